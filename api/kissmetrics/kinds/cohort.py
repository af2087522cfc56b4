"""Cohorts: people by when they did something first, and how many of them did something in each period from then on.

{"first": {"type": "event", "event": "signed up"}, "again": {"type": "event", "event": "purchased"},
"period": "week", "periods": 8, "date_range": {"type": "preset", "preset": "last_90_days"}}

With a `segment` rows are by the value of a property.
"""

from collections.abc import Callable
from typing import Any

import orjson

from api.kissmetrics.kinds.kind import Heading, Results
from api.kissmetrics.kinds.steps import segment_cells, segment_headings, segment_in, step_in
from api.kissmetrics.questions.fields import DATES, FilterError, fields_of, flag_in, whole_in, word_in
from api.kissmetrics.questions.filters import Reader
from api.reads.people.cohorts import CohortReads
from api.reads.people.opened import Cell
from api.reads.people.segments import SegmentNames
from tilde.domain.people.asked_values import require_numbers
from tilde.domain.people.cohort import (
    COHORTS_MAX,
    PERIODS_MAX,
    Cohort,
    Cohorts,
    begun,
    cohorts_json,
    cohorts_of,
    require_cohorts,
)
from tilde.domain.people.question import EVER, Group, Join, Span
from tilde.domain.people.segment import Of, Value, value_of
from tilde.domain.sites.clock import SiteClock
from tilde.domain.sites.day_range import date_of
from tilde.domain.sites.time_steps import TimeStep, step_starts, steps_at_most
from tilde.runtime.clock import Clock

_KEYS = ("first", "again", "period", "periods", "first_ever", "segment", *DATES)
_PERIODS = {step.value: step for step in (TimeStep.DAY, TimeStep.WEEK, TimeStep.MONTH)}
_PERIODS_UNSAID = 12
_LONGEST_S = {TimeStep.DAY: 2 * 86_400, TimeStep.WEEK: 8 * 86_400, TimeStep.MONTH: 32 * 86_400}


class CohortKind:
    """Its answer is its rows, in which a segment is told by the keyed hash of a text until a page is read."""

    name = "cohort"
    runs_one_by_one = False

    def __init__(
        self,
        cohorts: CohortReads,
        names: SegmentNames,
        clock_of: Callable[[int], SiteClock],
        week_begins: int,
        clock: Clock,
    ) -> None:
        self._cohorts = cohorts
        self._names = names
        self._clock_of = clock_of
        self._week_begins = week_begins
        self._clock = clock

    def read(self, said: Any, reader: Reader, span: Span) -> str:
        """`first` and `again` are steps. Who did the first one before `date_range` is in no cohort, unless `first_ever`
        is false.
        """
        fields = fields_of(said, *_KEYS)
        span, step = reader.within(fields, span), word_in(fields.get("period", TimeStep.WEEK.value), _PERIODS, "period")
        periods = whole_in(fields.get("periods", _PERIODS_UNSAID), "periods")
        if periods > PERIODS_MAX:
            raise FilterError(f"periods is {periods}: at most {PERIODS_MAX} later ones are told")
        if span.since == EVER.since:
            raise FilterError("dates are missing: date_range says when the first cohort begins")
        if steps_at_most(span.since, min(span.until, self._now_s()), step) > COHORTS_MAX:
            raise FilterError(
                f"these are more than {COHORTS_MAX} cohorts; take longer periods, or a shorter date_range"
            )
        is_first_ever = fields.get("first_ever") is None or flag_in(fields, "first_ever")
        first = step_in(fields.get("first"), reader, EVER if is_first_ever else span)
        again = step_in(fields.get("again"), reader, EVER)
        cohorts = Cohorts(first, again, span, step, periods + 1, segment_in(fields, reader))
        require_cohorts(cohorts)
        require_numbers(Group(Join.THEN, (first, again)))
        return cohorts_json(cohorts)

    async def answer(self, product: int, asked: str) -> bytes:
        """By the product's clock as it is set now; of periods that have not begun nothing is told."""
        cohorts, clock, now_s = cohorts_of(asked), self._clock_of(product), self._now_s()
        edges = self._edges(cohorts, clock, now_s)
        found = await self._cohorts.counted(product, cohorts, edges) if edges else []
        if cohorts.segment is None:
            there = {row.nth: row for row in found}
            nobody = Value(Of.EVERYBODY), 0, (0,) * cohorts.periods
            found = [there.get(nth, Cohort(nth, *nobody)) for nth in range(len(edges) - cohorts.periods)]
        rows = []
        for row in found:
            nth = row.nth or 0
            known = begun(edges, nth, cohorts.periods, now_s)
            again = [times if period < known else None for period, times in enumerate(row.again)]
            day = date_of(clock.day_at(edges[nth])).isoformat()
            rows.append([day, tuple(row.segment), row.people, again])
        return orjson.dumps(rows)

    async def page(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """A row a cohort."""
        cohorts, rows = cohorts_of(asked), orjson.loads(answer)
        page = rows[offset : offset + limit]
        by = cohorts.segment
        named: list[list[Cell]] = [[day] for day, *_ in page]
        if by is not None:
            named = await segment_cells(self._names, product, by, [value_of(segment) for _, segment, *_ in page])
        cells = [[*name, people, *again] for name, (_, _, people, again) in zip(named, page, strict=True)]
        periods = [Heading(f"period_{nth}") for nth in range(cohorts.periods)]
        return Results(len(rows), [*(segment_headings(by) or [Heading("cohort")]), Heading("people"), *periods], cells)

    def _edges(self, cohorts: Cohorts, clock: SiteClock, now_s: int) -> list[int]:
        """When each period begins, and the last one ends: of cohorts that have begun, and of those in which people may
        come again. None where no cohort has begun.
        """
        step, since, until = TimeStep(cohorts.step), cohorts.span.since, min(cohorts.span.until, now_s + 1)
        if since >= until:
            return []
        many = len(step_starts(clock, since, until, step, self._week_begins)) + cohorts.periods
        last = until + (cohorts.periods + 1) * _LONGEST_S[step]
        return step_starts(clock, since, last, step, self._week_begins)[:many]

    def _now_s(self) -> int:
        return self._clock.now_ms() // 1000
