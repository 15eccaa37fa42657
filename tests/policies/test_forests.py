"""What a forest plot draws and says. Its numbers are invented."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.forests import forests_of, ratio_ticks
from policies.models import Study

SVG = "{http://www.w3.org/2000/svg}"


def study(title, effect, low=None, high=None, measure="odds_ratio", **more):
    return Study(title=title, year=2020, effect=effect, ci_low=low, ci_high=high, effect_measure=measure, **more)


def test_each_study_stands_with_its_interval_and_a_diamond_only_for_a_cited_meta_analysis():
    studies = [
        study("Pooled elsewhere", 0.5, 0.4, 0.7, is_meta_analysis=True),
        study("Clear", 0.35, 0.2, 0.59, direction="favourable"),
        study("Open", 0.9, 0.5, 1.6, direction="null"),
        study("Bare", 1.2),
        Study(title="Words alone"),
    ]
    (forest,) = forests_of("reinjury", studies)
    assert forest.title == "reinjury: odds ratio"
    assert forest.sentence == (
        "1 study has an interval away from no difference; 1 study has an interval that includes no difference; "
        "1 study gives no interval; the diamond as a cited meta-analysis states it. Nothing is pooled here."
    )
    assert [(row.study, row.effect, row.interval, row.is_pooled) for row in forest.rows] == [
        ("(2020): Clear", "0.35", "0.2 to 0.59", False),
        ("(2020): Open", "0.9", "0.5 to 1.6", False),
        ("(2020): Bare", "1.2", "not set", False),
        ("(2020): Pooled elsewhere", "0.5", "0.4 to 0.7", True),
    ]
    assert forest.without == 1
    drawing = ElementTree.fromstring(forest.svg)
    assert drawing.find(f"{SVG}title").text == forest.title
    assert len([each for each in drawing.iter(f"{SVG}path") if each.get("d").endswith("z")]) == 4  # three squares, a diamond


def test_measures_are_not_mixed_and_words_alone_are_not_drawn():
    plots = forests_of("arrests", [study("A", 0.5), study("B", -12.0, -20.0, -4.0, measure="percent_change")])
    assert [(plot.title, plot.without) for plot in plots] == [("arrests: odds ratio", 1), ("arrests: change in percent", 1)]
    assert forests_of("arrests", [Study(title="Words alone")]) == []


def test_a_name_cannot_break_the_drawing():
    (forest,) = forests_of("<b>&", [study("</svg><script>\x00", 2.0, 1.0, 3.0)])
    assert ElementTree.fromstring(forest.svg).find(f"{SVG}title").text == "<b>&: odds ratio"


@pytest.mark.parametrize(
    "measure, numbers", [("odds_ratio", st.floats(1e-4, 1e4)), ("mean_difference", st.floats(-1e6, 1e6, allow_subnormal=False))]
)
def test_whatever_the_numbers_every_mark_stands_inside(measure, numbers):
    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.tuples(numbers, numbers, numbers).map(sorted), min_size=1, max_size=6))
    def inside(triples):
        (forest,) = forests_of("x", [study("S", mid, low, high, measure=measure) for low, mid, high in triples])
        for path in ElementTree.fromstring(forest.svg).iter(f"{SVG}path"):
            across = float(path.get("d")[1:].split()[0].split("H")[0])
            assert 5 <= across <= 355

    inside()


def test_ratios_have_round_ends_that_hold_them_and_no_difference():
    assert ratio_ticks([0.35, 0.59]) == [0.2, 0.5, 1.0]
    assert ratio_ticks([2.43, 3.61]) == [1.0, 2.0, 5.0]
    assert ratio_ticks([1.0]) == [0.5, 1.0, 2.0]
