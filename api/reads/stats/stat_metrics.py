"""Reads stats as metrics: over time from their points, by segment from what the meta of their samples says."""

from typing import Any, NamedTuple

from api.reads.durations import Buckets
from api.reads.settling import Settling
from api.reads.stats.segments import Segmenting
from api.reads.stats.series import EMPTY, Bucketed, Series
from api.reads.stats.stat import Stat
from api.reads.stats.stats import Stats
from api.reads.tables import Tables
from tilde.domain.people.question import QuestionError, Span
from tilde.schemas.topics import OF_POINTS


class StatNumber(NamedTuple):
    """The sum of a counter, the average of a value; None where there is none. And of how many points."""

    value: float | None
    points: int


class StatSegment(NamedTuple):
    """What the meta says, None where it says nothing; what is in that segment."""

    value: Any
    number: StatNumber


class StatMetrics:
    """Reads what was acknowledged before it was asked. Raises StoreError, LogError."""

    def __init__(self, tables: Tables, stats: Stats, series: Series, settling: Settling) -> None:
        self._stats = stats
        self._series = series
        self._segmenting = Segmenting(tables)
        self._settling = settling

    async def over_time(self, stat: Stat, starts: list[int], until: int) -> tuple[list[StatNumber], StatNumber]:
        """Of each step, and of all of them as one."""
        await self._settled(stat)
        where = self._stats.where(stat.product, stat.metric)
        cells = await self._series.cells(where, Buckets(tuple(starts), until))
        whole = await self._series.totals(where, (starts[0], until))
        return [_number(stat, cell) for cell in cells], _number(stat, whole.cell)

    async def by_segment(self, stat: Stat, span: Span, key: str) -> tuple[list[StatSegment], int, StatNumber]:
        """Those with the most points first, how many more there are, and all together. Raises QuestionError where
        nothing is said under the key.
        """
        await self._settled(stat)
        where, range_ = self._stats.where(stat.product, stat.metric), (span.since, span.until)
        found = await self._segmenting.segments(where, key, Buckets((span.since,), span.until), range_)
        if all(segment.value is None for segment in found.shown):
            raise QuestionError(
                f"a stat is told apart by what the meta of its numbers says, and none says anything under {key!r}"
            )
        whole = await self._series.totals(where, range_)
        shown = [
            StatSegment(segment.value, _number(stat, segment.cells.get(span.since, EMPTY))) for segment in found.shown
        ]
        return shown, found.left_out, _number(stat, whole.cell)

    async def _settled(self, stat: Stat) -> None:
        while not await self._settling.settle(OF_POINTS, stat.metric):
            pass


def _number(stat: Stat, cell: Bucketed) -> StatNumber:
    """Where a sum is beyond all floats the nearest of them, as JSON has no other."""
    is_there = cell.value(stat.kind) is not None
    return StatNumber(cell.nearest(stat.kind) if is_there else None, cell.points)
