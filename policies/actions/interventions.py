"""The library's own data: interventions with their playbook, candidate indicators, studies and printed ratings."""

import json
from pathlib import Path

from django.db import transaction

from workspaces.search.index import index

from ..models import ClearinghouseRating, IndicatorTemplate, Intervention, PlaybookStep, Study

DATA = Path(__file__).resolve().parent.parent / "data" / "interventions.json"


def load_interventions(path=DATA):
    """Put the interventions of `path` into the library, and return them. One that is there already, by its slug, is left as it
    is: people may have edited it since. What the data does not hold stays empty, to be shown as “not set”."""
    entries = json.loads(Path(path).read_text(encoding="utf-8"))["interventions"]
    return [Intervention.objects.filter(slug=each["slug"]).first() or add_intervention(each) for each in entries]


@transaction.atomic
def add_intervention(entry):
    intervention = Intervention(
        slug=entry["slug"],
        name=entry["name"],
        summary=entry["summary"],
        problem_areas=[entry["problem_area"]],
        tags=entry["tags"],
        lead=entry["lead_office"],
        mayor_role=entry["office_roles"].get("mayor") or "",
        prosecutor_role=entry["office_roles"].get("prosecutor") or "",
        cautions=entry["cautions"],
    )
    rows = [
        *(
            PlaybookStep(intervention=intervention, position=number, title=title)
            for number, title in enumerate(entry["milestones"])
        ),
        *(template_of(intervention, number, each) for number, each in enumerate(entry["indicators"])),
        *(study_of(intervention, number, each) for number, each in enumerate(entry["evidence"])),
        *(rating_of(intervention, each) for each in entry["clearinghouse_ratings"]),
    ]
    intervention.full_clean()
    intervention.save()
    for row in rows:
        row.full_clean()
        row.save()
    index("intervention", intervention.pk)
    return intervention


def template_of(intervention, position, entry):
    return IndicatorTemplate(
        intervention=intervention,
        position=position,
        name=entry["name"],
        unit=entry["unit"],
        direction=entry["direction"],
        kind=entry["kind"],
        definition=entry.get("definition") or "",
        data_owner=entry["data_owner"],
        numerator=entry.get("numerator") or "",
        denominator=entry.get("denominator") or "",
    )


def study_of(intervention, position, entry):
    return Study(
        intervention=intervention,
        position=position,
        authors=entry["authors"] or "",
        year=entry["year"],
        title=entry["title"],
        source=entry["source"] or "",
        design=entry["design"] or "",
        setting=entry["setting"] or "",
        sample=entry["sample"] or "",
        outcome=entry["outcome"],
        direction=entry["effect_direction"],
        effect_text=entry["effect"] or "",
        ci95=entry["ci95"] or "",
        doi=entry["doi"] or "",
        read_at=entry["read_at"] or "",
        note=entry.get("note") or "",
        is_verified=entry["verified"],
        unverified_fields=entry["unverified_fields"],
        is_meta_analysis="meta-analysis" in (entry["design"] or ""),
    )


def rating_of(intervention, entry):
    return ClearinghouseRating(
        intervention=intervention,
        clearinghouse=entry["clearinghouse"],
        scope=entry["scope"],
        rating=entry["rating"],
        extent=entry["extent"] or "",
        profile_date=entry["profile_date"] or "",
        address=entry["read_at"],
        note=entry.get("note") or "",
        is_verified=entry["verified"],
    )
