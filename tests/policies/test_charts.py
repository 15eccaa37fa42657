import datetime as dt
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.charts import chart_of, number
from policies.models import Indicator, Observation, Revision

SVG = "{http://www.w3.org/2000/svg}"


def indicator(**told):
    return Indicator(**{"name": "Murders reported to police", "unit": "murders", "frequency": "monthly"} | told)


def figure(year, month, value, *, was=(), reason="", **told):
    made = Observation(
        period_start=dt.date(year, month, 1),
        period_end=dt.date(year, month, 28),
        value=None if value is None else Decimal(value),
        missing_reason=reason,
        **{"is_released": True} | told,
    )
    made.earlier = [Revision(value=Decimal(each), published_on=dt.date(2025, 2, 19)) for each in was]
    return made


def months(*values, first=2024):
    return [figure(first + place // 12, place % 12 + 1, value) for place, value in enumerate(values)]


def drawn(chart):
    return ElementTree.fromstring(chart.svg)


def words(chart):
    return ["".join(each.itertext()) for each in drawn(chart).iter(f"{SVG}text")]


def test_no_figures_are_no_chart():
    chart = chart_of(indicator(), [])
    assert (bool(chart), chart.svg, chart.sentence, chart.rows) == (False, "", "No figures yet.", ())


def test_only_reasons_are_no_chart_but_rows():
    chart = chart_of(indicator(), [figure(2024, 1, None, reason="System down")])
    assert (chart.svg, chart.rows[0].value) == ("", "not available: System down")


def test_names_are_escaped():
    chart = chart_of(indicator(name='<script>alert("x")</script> & more', unit="<b>"), months(1, 2))
    assert "<script" not in chart.svg and "<b>" not in chart.svg
    assert drawn(chart).find(f"{SVG}title").text == '<script>alert("x")</script> & more'


def test_it_needs_no_style_and_has_words_of_its_own():
    chart = chart_of(indicator(), months(3, 4))
    assert "style" not in chart.svg and "class=" not in chart.svg
    picture = drawn(chart)
    assert [child.tag for child in picture][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert picture.find(f"{SVG}desc").text == chart.sentence
    assert picture.get("role") == "img"


def test_the_last_24_published_months_are_shown_and_it_says_so():
    chart = chart_of(indicator(is_published_source=True), months(*range(30)))
    assert len(chart.rows) == 24
    assert chart.note.startswith("Shows the last 24 published months, July 2024 to June 2026.")


def test_baseline_and_target_are_lines_with_words():
    told = indicator(
        baseline_value=Decimal(7), baseline_on=dt.date(2022, 1, 1), target_value=Decimal(3), target_on=dt.date(2026, 12, 1)
    )
    chart = chart_of(told, months(6, 5))
    assert {"Baseline 7, Jan 2022", "Target 3 by Dec 2026"} <= set(words(chart))
    assert chart.svg.count('stroke-dasharray="8 3"') == 2 and chart.svg.count('stroke-dasharray="2 3"') == 2


def test_a_gap_breaks_the_line():
    whole = chart_of(indicator(), months(1, 2, 3, 4))
    missing = chart_of(indicator(), [*months(1, 2), figure(2024, 3, None, reason="System down"), figure(2024, 4, 4)])
    absent = chart_of(indicator(), [*months(1, 2), figure(2024, 4, 4)])
    runs = [path(chart).count("M") for chart in (whole, missing, absent)]
    assert runs == [1, 2, 2]


def path(chart):
    return next(each.get("d") for each in drawn(chart).iter(f"{SVG}path") if each.get("fill") == "none")


@pytest.mark.parametrize("frequency, step", [("monthly", 1), ("quarterly", 3), ("yearly", 12)])
def test_periods_of_every_frequency_join(frequency, step):
    figures = [figure(2020 + place * step // 12, place * step % 12 + 1, place) for place in range(4)]
    assert path(chart_of(indicator(frequency=frequency), figures)).count("M") == 1


def test_a_revised_figure_is_a_square_and_its_row_says_what_was():
    chart = chart_of(indicator(frequency="yearly"), [figure(2023, 1, 5), figure(2024, 1, 2231, was=[1971])])
    assert chart.svg.count("h7v7h-7z") == 1
    assert (chart.rows[0].period, chart.rows[0].marks) == ("2024", "revised, was 1,971 (published February 19, 2025)")


@pytest.mark.parametrize(
    "base, last, told",
    [
        ("20", "10", "10 murders in January 2024: 10 fewer than the baseline of 20 (Jan 2022)."),
        ("29", "30", "30 murders in January 2024: 1 more than the baseline of 29 (Jan 2022)."),
        ("30", "15", "15 murders in January 2024: 15 (50 percent) fewer than the baseline of 30 (Jan 2022)."),
        ("7", "7", "7 murders in January 2024: the same as the baseline of 7 (Jan 2022)."),
        ("0", "2", "2 murders in January 2024: 2 more than the baseline of 0 (Jan 2022)."),
    ],
)
def test_a_percentage_only_where_the_base_is_large_enough(base, last, told):
    chart = chart_of(indicator(baseline_value=Decimal(base), baseline_on=dt.date(2022, 1, 1)), [figure(2024, 1, last)])
    assert chart.sentence == told


def test_a_change_of_percentages_is_told_in_points():
    chart = chart_of(indicator(unit="percent", baseline_value=Decimal("40")), [figure(2024, 1, "43.5")])
    assert chart.sentence == "43.5 percent in January 2024: 3.5 points above the baseline of 40."


def test_without_a_baseline_the_same_month_a_year_before_is_told():
    chart = chart_of(indicator(), months(*[50] * 12, 60))
    assert chart.sentence == "60 murders in January 2025: 10 (20 percent) more than the 50 of January 2024."


@pytest.mark.parametrize(
    "value, read", [("1250.5000", "1,250.5"), ("12.0000", "12"), ("0", "0"), ("100", "100"), ("0.125", "0.12")]
)
def test_figures_are_read_without_what_says_nothing(value, read):
    assert number(Decimal(value)) == read


def test_it_is_small():
    told = indicator(
        baseline_value=Decimal(7), baseline_on=dt.date(2022, 1, 1), target_value=Decimal(3), target_on=dt.date(2026, 12, 1)
    )
    assert len(chart_of(told, months(*range(1000, 31000, 1000))).svg.encode()) < 4096


FIGURES = st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False, allow_infinity=False)
DAYS = st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2200, 1, 1))


@st.composite
def observations(draw):
    value = draw(st.none() | FIGURES)
    made = Observation(
        period_start=draw(DAYS),
        period_end=dt.date(2200, 1, 2),
        value=value,
        missing_reason="" if value is not None else draw(st.text(min_size=1, max_size=20)),
        is_provisional=draw(st.booleans()),
        is_released=draw(st.booleans()),
        source=draw(st.text(max_size=20)),
    )
    made.earlier = [Revision(value=draw(st.none() | FIGURES))] if draw(st.booleans()) else []
    return made


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=60),
    st.text(max_size=60),
    st.sampled_from(["monthly", "quarterly", "yearly"]),
    st.none() | FIGURES,
    st.none() | FIGURES,
    st.none() | DAYS,
    st.lists(observations(), max_size=30),
)
def test_it_is_always_well_formed(name, unit, frequency, baseline, target, on, figures):
    told = indicator(
        name=name, unit=unit, frequency=frequency, baseline_value=baseline, baseline_on=on, target_value=target, target_on=on
    )
    chart = chart_of(told, figures)
    assert bool(chart.svg) == any(each.value is not None for each in figures)
    if chart:
        picture = drawn(chart)
        assert "nan" not in chart.svg.split("</desc>")[1].replace(chart.title, "") or "nan" in unit
        assert picture.find(f"{SVG}title") is not None
