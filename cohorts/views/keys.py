"""What lets a program in for somebody, an API token or a calendar address: the page of one's own, and the form for a new one.
The secret itself is on the page that answers, and nowhere after."""

from dataclasses import dataclass

from django.shortcuts import render
from django.urls import reverse

from ..models import holdings_of, rules_of


@dataclass(frozen=True)
class Kind:
    """`rule`: the office's rule that allows it; `leads`: what the page begins with where one may make one, where the office
    forbids it, and where one holds no seat; `one`: what it is called. `list`, `new` and `revocation` are names of addresses."""

    title: str
    rule: str
    leads: tuple[str, str, str]
    make: str
    one: str
    none: tuple[str, str]
    used: tuple[str, str]
    list: str
    new: str
    revocation: str


def index(request, kind, keys):
    keys, may_make = keys.visible_to(request.user), bool(holdings_of(request.user).terms)
    is_refused = not getattr(rules_of(request.user), kind.rule)
    working = set(keys.valid().values_list("pk", flat=True))
    context = {
        "kind": kind,
        "lead": kind.leads[1 if is_refused else 0 if may_make else 2],
        "new_url": reverse(kind.new) if may_make and not is_refused else "",
        "rows": [{"key": key, "works": key.pk in working} for key in keys.order_by("-created_at")],
        "is_refused": is_refused,
    }
    return render(request, "cohorts/settings/keys.html", context)


def ask(request, kind, form):
    return render(request, "cohorts/settings/key_form.html", {"kind": kind, "form": form}, status=422 if form.errors else 200)
