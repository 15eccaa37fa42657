"""The tabs of a workspace's pages. Apps above add theirs, so that this app need not know their pages."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from .models import Standing, Workspace


@dataclass(frozen=True)
class Tab:
    """`url_name` takes the workspace's slug, or what `args(workspace)` gives; `kinds` are the kinds of workspace that have the
    tab; tabs stand by `order`.

    `is_for(standing)`, where it is given, tells whose tab it is."""

    key: str
    label: str
    url_name: str
    order: int
    kinds: tuple[str, ...] = ("city", "cohort")
    is_for: Callable[[Standing], bool] | None = None
    args: Callable[[Workspace], list] = lambda workspace: [workspace.slug]


_tabs: list[Tab] = []


def register_tab(tab):
    _tabs.append(tab)
    _tabs.sort(key=lambda each: each.order)


def tabs_of(standing, current, unread=None):
    """Rows for `_tabs.html`: [{label, url, is_current, count}]; `unread` counts what is new in the discussion."""
    workspace = standing.workspace
    return [
        {
            "label": tab.label,
            "url": reverse(tab.url_name, args=tab.args(workspace)),
            "is_current": tab.key == current,
            "count": unread if tab.key == "discussion" else None,
        }
        for tab in _tabs
        if workspace.kind in tab.kinds and (tab.is_for is None or tab.is_for(standing))
    ]


register_tab(Tab("discussion", "Discussion", "workspaces:detail", 10, kinds=("city", "cohort", "convening")))
register_tab(Tab("decisions", "Decisions", "workspaces:decisions", 45, kinds=("city",)))
register_tab(Tab("files", "Files", "workspaces:files", 50, kinds=("city", "cohort", "convening")))
register_tab(Tab("people", "People", "workspaces:people", 90))
register_tab(
    Tab("audit", "Audit trail", "workspaces:audit", 95, kinds=("city",), is_for=lambda standing: standing.may_read_audit)
)
