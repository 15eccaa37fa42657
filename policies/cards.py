"""What links to this app's pages unfold into, in a message: trackers and briefs."""

from workspaces.cards import Card, register_card

from .models import Brief, Tracker


def read_tracker(tracker):
    return {
        "title": tracker.title,
        "note": f"{tracker.get_stage_display()}, {tracker.get_health_display().lower()}, in {tracker.workspace.name}",
    }


def read_brief(brief):
    return {
        "title": str(brief),
        "note": f"{brief.get_status_display()}, {day(brief.period_start)} to {day(brief.period_end)}",
    }


def day(on):
    return f"{on:%B} {on.day}, {on.year}"


register_card(
    Card(
        "policies:tracker",
        "Tracker",
        lambda person: Tracker.objects.visible_to(person).select_related("workspace"),
        read_tracker,
    )
)
register_card(
    Card("policies:brief", "Brief", lambda person: Brief.objects.visible_to(person).select_related("workspace"), read_brief)
)
