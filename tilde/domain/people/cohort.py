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
from tilde.domain.people.search import part_of, part_said
from tilde.domain.people.segment import Segment, Value, segment_of, segment_said
from tilde.domain.people.steps import require_steps

COHORTS_MAX = 400
"""Rows by period: a year of days, and a month."""
PERIODS_MAX = 60
"""Columns behind that of the own period."""


@dataclass(frozen=True, slots=True)
class Cohorts:
    """A question about cohorts, of those who did `first` within `span`; `periods` are told of each cohort, its own
    included, and `step` says how long one is.
    """

    first: Part
    again: Part
    span: Span
    step: str
    periods: int
    segment: Segment | None = None


class Cohort(NamedTuple):
    """A row. By period it is of EVERYBODY in cohort `nth`; else of a segment. `again` has how many did it again, by
    period, from their own on.
    """

    nth: int | None
    segment: Value
    people: int
    again: tuple[int, ...]


def begun(edges: Sequence[int], nth: int, periods: int, now_s: int) -> int:
    """How many periods of a cohort have begun, its own included. `edges` are when each period begins."""
    return sum(1 for edge in edges[nth : nth + periods] if edge <= now_s)


def require_cohorts(cohorts: Cohorts) -> None:
    """Raises QuestionError for what cannot be answered."""
    require_steps(Group(Join.THEN, (cohorts.first, cohorts.again)))


def cohorts_json(cohorts: Cohorts) -> str:
    """A question about cohorts as JSON, which `cohorts_of` reads."""
    said = {
        "first": part_said(cohorts.first),
        "again": part_said(cohorts.again),
        "span": [cohorts.span.since, cohorts.span.until],
        "step": cohorts.step,
        "periods": cohorts.periods,
        "segment": segment_said(cohorts.segment),
    }
    return json.dumps(said, ensure_ascii=False)


def cohorts_of(text: str) -> Cohorts:
    """The question that `cohorts_json` wrote."""
    said: dict[str, Any] = json.loads(text)
    return Cohorts(
        part_of(said["first"]),
        part_of(said["again"]),
        Span(*said["span"]),
        said["step"],
        said["periods"],
        segment_of(said["segment"]),
    )
