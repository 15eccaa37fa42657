"""The charts of a brief, drawn from what was composed: the same ink on the page and on paper, and nothing read again."""

import datetime as dt
from decimal import Decimal

from ..charts import chart_of
from ..models import Indicator, Observation, Revision

AS_COMPOSED = ("name", "unit", "direction", "frequency", "is_context", "is_published_source", "source")


def charts_of(content):
    """[{facts, chart}]: what was composed, and its `Chart`."""
    return [{"facts": facts, "chart": chart_of(indicator_of(facts), figures_of(facts))} for facts in content["charts"]]


def asides_of(content):
    """Sentences about the charts whose figures all lie before the period, each once."""
    late = [facts for facts in content["charts"] if not facts["is_in_period"]]
    said = {}
    for facts in late:
        known = [row for row in facts["figures"] if row["value"] is not None]
        month = f"{day(known[-1]['start']):%B %Y}" if known else ""
        said.setdefault((facts["is_published_source"], month), []).append(facts["name"])
    return [aside(is_published, month, names) for (is_published, month), names in said.items()]


def aside(is_published, month, names):
    what = "The published counts" if is_published and len(names) > 1 else " and ".join(f"“{name}”" for name in names)
    have = "have" if len(names) > 1 else "has"
    latest = f" The latest {'published' if is_published else 'released'} is {month}." if month else ""
    return f"{what} {have} no figure in this period.{latest}"


def indicator_of(facts):
    return Indicator(
        **{
            key: facts[key] for key in ("name", "unit", "direction", "frequency", "is_context", "is_published_source", "source")
        },
        baseline_value=decimal(facts["baseline_value"]),
        baseline_on=day(facts["baseline_on"]),
        target_value=decimal(facts["target_value"]),
        target_on=day(facts["target_on"]),
    )


def figures_of(facts):
    made = []
    for row in facts["figures"]:
        figure = Observation(
            period_start=day(row["start"]),
            period_end=day(row["end"]),
            value=decimal(row["value"]),
            missing_reason=row["missing_reason"],
            is_provisional=row["is_provisional"],
            is_released=True,
        )
        revisions = [Revision(value=decimal(value)) for value in row["revised_from"]]
        figure._prefetched_objects_cache = {"revisions": revisions}  # as prefetch_related leaves them; these rows are nowhere
        made.append(figure)
    return made


def decimal(text):
    return None if text is None else Decimal(text)


def day(text):
    return dt.date.fromisoformat(text) if text else None
