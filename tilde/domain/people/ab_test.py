"""A/B tests: people by the variation that they saw first, and how many of them did the goal in a later second.

An experiment is a property, and the variation that somebody saw is its value. Whether a variation differs
from the original is told by a z test of two proportions, with both pooled, from both sides:

    difference(Seen(.., 200, 40), Seen(.., 200, 20))      improvement 1.0, significance 0.9949: one of 196 by chance
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any, NamedTuple

from tilde.domain.people.question import Group, Join, Part, Values
from tilde.domain.people.search import part_of, part_said
from tilde.domain.people.segment import Of, Segment, Value, segment_of, segment_said, value_of
from tilde.domain.people.steps import require_steps

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class AbTest:
    """`original` is the value that others are compared with, as somebody writes it."""

    experiment: Segment
    goal: Part
    original: str


class Seen(NamedTuple):
    """The people of a variation, and how many of them did the goal."""

    variation: Value
    people: int
    converted: int

    @property
    def conversion(self) -> float:
        """The share of them that did the goal, from 0 to 1."""
        return self.converted / self.people


class Difference(NamedTuple):
    """How a variation compares with the original. `improvement`: by which part more of its people did the goal, 1.0
    where twice as many did, -0.5 where half as many; None where nobody who saw the original did. `significance`: how
    sure it is, from 0 to 1, that there is a difference; None where nothing speaks for one or against.
    """

    improvement: float | None
    significance: float | None


def difference(variation: Seen, original: Seen) -> Difference:
    """How a variation differs from the original."""
    before, after = original.conversion, variation.conversion
    pooled = (original.converted + variation.converted) / (original.people + variation.people)
    error = sqrt(pooled * (1 - pooled) * (1 / original.people + 1 / variation.people))
    significance = 2 * _NORMAL.cdf(abs(after - before) / error) - 1 if error else None
    return Difference(after / before - 1 if before else None, significance)


def original_of(seen: Sequence[Seen], original: Values) -> Seen | None:
    """The variation that others are compared with; None where nobody saw it."""
    return next((each for each in seen if _is(each.variation, original)), None)


def _is(value: Value, original: Values) -> bool:
    if value.of is not Of.VALUE:
        return False
    return value.text in original.texts if value.number is None else value.number == original.low


def require_ab_test(test: AbTest) -> None:
    """Raises QuestionError for one that cannot be answered."""
    require_steps(Group(Join.THEN, (test.goal,)))


def ab_test_json(test: AbTest) -> str:
    """An A/B test as JSON, which `ab_test_of` reads."""
    said = {
        "experiment": segment_said(test.experiment),
        "goal": part_said(test.goal),
        "original": test.original,
    }
    return json.dumps(said, ensure_ascii=False)


def ab_test_of(text: str) -> AbTest:
    """The A/B test that `ab_test_json` wrote."""
    said: dict[str, Any] = json.loads(text)
    experiment = segment_of(said["experiment"])
    assert experiment is not None
    return AbTest(experiment, part_of(said["goal"]), said["original"])


def seen_json(seen: Sequence[Seen]) -> str:
    """An answer as JSON, which `seen_of` reads."""
    return json.dumps(seen)


def seen_of(text: str) -> list[Seen]:
    """The answer that `seen_json` wrote."""
    return [Seen(value_of(variation), people, converted) for variation, people, converted in json.loads(text)]
