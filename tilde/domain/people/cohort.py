"""Cohorts: people by the period in which they did something first, and how many of them did something in each period
from then on.

A person is in one cohort. What he did counts when it was in a later second than that first one: so who signed up and
came again in the same month has come again in period 0, and who only signed up has not, though both be one event.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tilde.domain.people.question import Group, Join, Part, Span
from tilde.domain.people.search import part_json, part_of
from tilde.domain.people.segment import Segment, Value, segment_json, segment_of, value_of
from tilde.domain.people.steps import require_steps

COHORTS_MAX = 400
"""Rows by period: a year of days, and a month."""
PERIODS_MAX = 60
"""Columns behind the first period."""


@dataclass(frozen=True, slots=True)
class Cohorts:
    """`span` is when they did it first. `edges` are the second in which each period begins, and that in which the last
    one ends: first as many as there are `days`, which say when a cohort's period begins (`2026-10-01`), then those in
    which they may come again. Of periods that begin later than `asked_at` nothing is known.
    """

    first: Part
    again: Part
    span: Span
    edges: tuple[int, ...]
    days: tuple[str, ...]
    asked_at: int
    segment: Segment | None = None

    @property
    def periods(self) -> int:
        """How many periods are told of each cohort, its own included."""
        return len(self.edges) - len(self.days)

    def known(self, cohort: int) -> int:
        """How many periods of a cohort have begun, its own included."""
        return sum(1 for edge in self.edges[cohort : cohort + self.periods] if edge <= self.asked_at)


class Cohort(NamedTuple):
    """A row. By period it is of EVERYBODY in cohort `nth`; else of a segment. `again` has how many did it again, by
    period, from their own on.
    """

    nth: int | None
    segment: Value
    people: int
    again: tuple[int, ...]


def require_cohorts(cohorts: Cohorts) -> None:
    """Raises QuestionError for what cannot be answered."""
    require_steps(Group(Join.THEN, (cohorts.first, cohorts.again)))


def cohorts_json(cohorts: Cohorts) -> str:
    """As `cohorts_of` reads it."""
    said = {
        "first": part_json(cohorts.first),
        "again": part_json(cohorts.again),
        "span": [cohorts.span.since, cohorts.span.until],
        "edges": cohorts.edges,
        "days": cohorts.days,
        "asked_at": cohorts.asked_at,
        "segment": segment_json(cohorts.segment),
    }
    return json.dumps(said, ensure_ascii=False)


def cohorts_of(text: str) -> Cohorts:
    """What `cohorts_json` wrote."""
    said: dict[str, Any] = json.loads(text)
    return Cohorts(
        part_of(said["first"]),
        part_of(said["again"]),
        Span(*said["span"]),
        tuple(said["edges"]),
        tuple(said["days"]),
        said["asked_at"],
        segment_of(said["segment"]),
    )


def answer_json(rows: Sequence[Cohort]) -> bytes:
    """An answer, as `answer_of` reads it."""
    return json.dumps(rows).encode()


def answer_of(answer: bytes) -> list[Cohort]:
    """What `answer_json` wrote."""
    rows = json.loads(answer)
    return [Cohort(nth, value_of(segment), people, tuple(again)) for nth, segment, people, again in rows]
