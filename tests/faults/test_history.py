"""The checker itself: what it must find wrong, and that it finds nothing where nothing is."""

import pytest

from tests.faults.history import History

ONE, TWO, THREE = ("c1", "m1", 1), ("c2", "m2", 2), ("c3", "m3", 3)


def test_all_is_well():
    whole = [(1, "m1"), (2, "m2"), (3, "m3")]
    assert History([ONE, TWO, THREE], {"ada": whole, "ben": whole}).wrongs() == []


def test_what_nobody_acknowledged_may_be_seen_or_not():
    assert History([ONE, THREE], {"ada": [(1, "m1"), (2, "m2"), (3, "m3")]}).wrongs() == []


def test_the_same_answer_twice_is_one_message():
    assert History([ONE, ONE], {"ada": [(1, "m1")]}).wrongs() == []


@pytest.mark.parametrize(
    "acknowledged, seen, wrong",
    [
        ([ONE, TWO], [(1, "m1")], "ada never saw m2, which was acknowledged"),
        ([ONE], [(1, "m1"), (1, "m1")], "ada saw m1 twice"),
        ([ONE], [(1, "m1"), (2, "m1")], "ada saw m1 twice"),
        ([ONE, TWO], [(2, "m2"), (1, "m1")], "ada saw messages out of order"),
        ([ONE], [(2, "m1")], "ada saw m1 as number 2, which was acknowledged as 1"),
        ([ONE, ("c1", "m2", 2)], [(1, "m1"), (2, "m2")], "c1 was acknowledged as two messages"),
        ([ONE, ("c2", "m2", 1)], [(1, "m1"), (1, "m2")], "number 1 was given to two messages"),
    ],
)
def test_what_is_wrong_is_said(acknowledged, seen, wrong):
    assert wrong in History(acknowledged, {"ada": seen}).wrongs()
