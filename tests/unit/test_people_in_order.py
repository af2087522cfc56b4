"""Funnels, cohorts and A/B tests: what they mean, what becomes of them as JSON, and which of them have no answer."""

from math import inf
from typing import Any

import pytest
from hypothesis import given

from api.reads.people.segments import unpacked_value
from testkit.questions import AB_TESTS, COHORTS, FUNNELS
from tilde.domain.people.ab_test import AbTest, Difference, Seen, ab_test_json, ab_test_of, difference, original_of
from tilde.domain.people.cohort import Cohorts, begun, cohorts_json, cohorts_of
from tilde.domain.people.funnel import Funnel, funnel_json, funnel_of, require_funnel
from tilde.domain.people.question import Bound, Did, Group, Had, Join, Part, QuestionError, Times, Values
from tilde.domain.people.segment import Of, Value

RED, BLUE = Value(Of.VALUE, text=7), Value(Of.VALUE, number=20.0)
DID = Did("a")


@given(FUNNELS, COHORTS, AB_TESTS)
def test_what_is_asked_is_read_back(funnel: Funnel, cohorts: tuple[Cohorts, object], test: AbTest) -> None:
    assert funnel_of(funnel_json(funnel)) == funnel
    assert cohorts_of(cohorts_json(cohorts[0])) == cohorts[0]
    assert ab_test_of(ab_test_json(test)) == test


def funnel(*steps: Part) -> Funnel:
    return Funnel(Group(Join.THEN, steps), ("",) * len(steps))


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ((DID,), "a funnel has at least 2 steps"),
        ((DID,) * 21, "there are at most 20 steps"),
        ((DID, Group(Join.ANY, ())), "a step is an event, a property, or one of several of these"),
        ((DID, Group(Join.THEN, (DID, DID))), "a step is an event, a property, or one of several of these"),
        (
            (DID, Group(Join.ALL, (DID, DID))),
            "a step of a sequence is an event, a property, or one of several of these",
        ),
        ((DID, Did("a", negated=True)), "a step of a sequence has been done: it cannot be negated"),
        ((DID, Did("a", times=Times(Bound.AT_LEAST, 2))), "a step is done once: it has no frequency"),
        ((DID, Group(Join.ANY, (DID,) * 61)), "a question has at most 60 conditions"),
    ],
)
def test_a_step_is_something_that_was_done(steps: tuple[Part, ...], why: str) -> None:
    with pytest.raises(QuestionError, match=why):
        require_funnel(funnel(*steps))


def test_a_step_may_be_one_of_several_things() -> None:
    require_funnel(funnel(*(Group(Join.ANY, (DID, Group(Join.ANY, (Had("p"), DID)))) for _ in range(20))))


@pytest.mark.parametrize(
    ("variation", "original", "improvement", "significance"),
    [
        ((200, 40), (200, 20), 1.0, 0.9948986),  # z = 2.8006
        ((200, 20), (200, 40), -0.5, 0.9948986),
        ((1000, 105), (1000, 100), 0.05, 0.2875871),  # z = 0.3686
        ((50, 5), (50, 5), 0.0, 0.0),
        ((50, 5), (50, 0), None, 0.9782185),  # nobody did of the original: there is nothing to be better than
        ((50, 0), (70, 0), None, None),
        ((50, 50), (70, 70), 0.0, None),
    ],
)
def test_a_variation_is_compared_with_the_original(
    variation: tuple[int, int], original: tuple[int, int], improvement: float | None, significance: float | None
) -> None:
    """By the z test of two proportions: the right values are those of the error function, at z divided by the square root of 2."""
    found = difference(Seen(RED, *variation), Seen(BLUE, *original))
    assert found == Difference(
        None if improvement is None else pytest.approx(improvement),  # type: ignore[arg-type]
        None if significance is None else pytest.approx(significance, abs=1e-6),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (Values(texts=frozenset({7})), RED),
        (Values(20.0, 20.0, frozenset({9})), BLUE),
        (Values(texts=frozenset({20})), None),
    ],
)
def test_the_original_is_a_text_or_a_number(values: Values, found: Value | None) -> None:
    seen = [Seen(RED, 5, 1), Seen(BLUE, 5, 1), Seen(Value(Of.OTHERS), 9, 1)]
    original = original_of(seen, values)
    assert (original and original.variation) == found


def test_periods_that_have_not_begun_are_not_known() -> None:
    edges = (10, 20, 30, 40, 50)
    assert [begun(edges, nth, 3, 30) for nth in (0, 1)] == [3, 2]


@pytest.mark.parametrize(
    ("packed", "value"),
    [
        (("none", 0), Value(Of.NOBODY)),
        (("others", 0), Value(Of.OTHERS)),
        (("everybody", 0), Value(Of.EVERYBODY)),
        (("value", 1 << 64), Value(Of.VALUE, text=0)),
        (("value", (1 << 64) + 2**63 - 1), Value(Of.VALUE, text=2**63 - 1)),
        (("value", 2 << 64), Value(Of.VALUE, number=0.0)),
        (("value", (2 << 64) + 0x7FF0000000000000), Value(Of.VALUE, number=inf)),
        (("value", (2 << 64) + 0xBFF8000000000000), Value(Of.VALUE, number=-1.5)),
    ],
)
def test_values_come_packed(packed: tuple[Any, ...], value: Value) -> None:
    assert unpacked_value(*packed) == value
