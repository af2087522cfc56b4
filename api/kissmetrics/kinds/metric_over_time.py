"""Metrics over time: of each hour, day, week or month of the product's clock, and of the whole range."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

import orjson

from api.kissmetrics.kinds.kind import Heading, Results
from api.kissmetrics.kinds.metric_asked import (
    KEYS,
    PARTS,
    PARTS_OF_STATS,
    AskedMetric,
    asked_metric,
    meant,
    of_people,
    of_stat,
    read_metric,
)
from api.kissmetrics.questions.fields import FilterError, fields_of, word_in
from api.kissmetrics.questions.filters import Reader
from api.reads.people.metrics import PeopleMetrics
from api.reads.people.opened import Cell
from api.reads.stats.metric_lookup import MetricLookup
from api.reads.stats.stat import Stat
from api.reads.stats.stat_metrics import StatMetrics
from tilde.domain.people.metric import Metric
from tilde.domain.people.question import Span
from tilde.domain.sites.clock import SiteClock
from tilde.domain.sites.time_steps import TimeStep, step_starts, steps_at_most

STEPS_MAX = 10_000  # more than a year by the hour
_HEADINGS = (Heading("Row"), Heading("From", is_time=True), Heading("To", is_time=True), Heading("Begins"))
_STEPS = {step.value: step for step in TimeStep}
_WHOLE, _STEP = "whole", "step"


class AskedOverTime(NamedTuple):
    """A metric, and how long each step of its span is."""

    about: AskedMetric
    step: TimeStep

    def json(self) -> str:
        """As `asked_over_time` reads it."""
        return orjson.dumps({**self.about.said(), "step": self.step}).decode()


def asked_over_time(text: str) -> AskedOverTime:
    """What `AskedOverTime.json` wrote."""
    said = orjson.loads(text)
    return AskedOverTime(asked_metric(said), TimeStep(said["step"]))


class OverTime(NamedTuple):
    """An answer: how the parts of its numbers are called, and its rows: the whole, then step by step."""

    parts: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def json(self) -> bytes:
        """As `over_time_of` reads it."""
        return orjson.dumps({"parts": self.parts, "rows": self.rows})


def over_time_of(answer: bytes) -> OverTime:
    """What `OverTime.json` wrote."""
    return OverTime(**orjson.loads(answer))


class MetricOverTimeKind:
    """Its answer is its rows: the whole range first, and then step by step."""

    name = "metric_over_time"
    runs_one_by_one = False

    def __init__(
        self,
        lookup: MetricLookup,
        people: PeopleMetrics,
        stats: StatMetrics,
        clock_of: Callable[[int], SiteClock],
        week_begins: int,
    ) -> None:
        self._lookup = lookup
        self._people = people
        self._stats = stats
        self._clock_of = clock_of
        self._week_begins = week_begins

    def read(self, said: Any, reader: Reader, span: Span) -> str:
        """`{"metric_id": .., "step": "day", "date_range": ..}`."""
        fields = fields_of(said, "step", "interval", *KEYS)
        asked = read_metric(fields, reader, span)
        step = word_in(fields.get("step", fields.get("interval", TimeStep.DAY.value)), _STEPS, "step")
        if steps_at_most(*_ends(asked.span), step) > STEPS_MAX:
            raise FilterError(f"these are more than {STEPS_MAX:,} steps; take longer ones, or a shorter range")
        return AskedOverTime(asked, step).json()

    async def answer(self, product: int, asked: str) -> bytes:
        """By the product's clock as it is set now."""
        about, step = asked_over_time(asked)
        metric, clock = await meant(self._lookup, product, about), self._clock_of(product)
        since, until = _ends(about.span)
        starts = step_starts(clock, since, until, step, self._week_begins)
        parts, whole, steps = await self._cells(product, metric, starts, until)
        rows = [[_WHOLE, since, until, _shown(clock, since), *whole]]
        for start, end, cells in zip(starts, [*starts[1:], until], steps, strict=True):
            rows.append([_STEP, start, end, _shown(clock, start), *cells])
        return OverTime(parts, rows).json()

    async def _cells(
        self, product: int, metric: Metric | Stat, starts: list[int], until: int
    ) -> tuple[Sequence[str], list[Cell], list[list[Cell]]]:
        """How the parts of a number are called, and the number with its parts, of the whole and of each step."""
        if isinstance(metric, Stat):
            steps, whole = await self._stats.over_time(metric, starts, until)
            return PARTS_OF_STATS, of_stat(whole), list(map(of_stat, steps))
        found = await self._people.over_time(product, metric, starts, until)
        kind = metric.kind
        return PARTS.get(kind, ()), of_people(kind, found.whole), [of_people(kind, step) for step in found.steps]

    async def page(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """Each with when it begins, as the product's clock shows it."""
        found = over_time_of(answer)
        headings = [*_HEADINGS, *map(Heading, ("Value", *found.parts))]
        return Results(len(found.rows), headings, found.rows[offset : offset + limit])


def _ends(span: Span) -> tuple[int, int]:
    return span.since, span.until


def _shown(clock: SiteClock, instant: int) -> str:
    zone = timezone(timedelta(seconds=clock.offset_at(instant)))
    return datetime.fromtimestamp(instant, UTC).astimezone(zone).isoformat()
