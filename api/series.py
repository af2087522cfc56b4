"""A stat's numbers over time: what fell into each bucket, summed or averaged as its kind says."""

from dataclasses import dataclass
from functools import reduce
from math import gcd
from typing import NamedTuple

from api.local_buckets import T_MAX
from api.stats import Key, Stats
from api.timeframes import Buckets
from tilde.domain.metrics import Kind


class Cell(NamedTuple):
    """What fell into one bucket."""

    total: float = 0.0
    points: int = 0

    def value(self, kind: Kind) -> float | None:
        """The sum of a counter, the average of a value; None where a value has no data."""
        if kind is Kind.COUNTER:
            return self.total
        return self.total / self.points if self.points else None


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Totals:
    """Over a whole range."""

    points: int
    total: float
    least: float | None
    most: float | None


class Series:
    """Reads them."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats

    async def cells(self, key: Key, buckets: Buckets, range_: tuple[int, int] | None = None) -> list[Cell]:
        """One cell a bucket; only points whose time lies in `range_` count (unix seconds, its end excluded)."""
        from_, to = range_ or (buckets.starts[0], buckets.end)
        key = {**key, **_range(from_, to)}
        if buckets.step is not None:
            even = {"start_ms": buckets.starts[0] * 1000, "step_ms": buckets.step * 1000}
            found = {row[0]: Cell(*row[1:]) for row in await self._stats.rows("series.step", key | even)}
            return [found.get(place, EMPTY) for place in range(len(buckets.starts))]
        found = {row[0]: Cell(*row[1:]) for row in await self._stats.rows("series.bounds", key | _pieces(buckets))}
        return [found.get(start, EMPTY) for start in buckets.starts]

    async def by_day(self, key: Key) -> dict[int, Cell]:
        """Every UTC day that has data, by its number since 1970."""
        whole = {**_range(0, T_MAX), "start_ms": 0, "step_ms": 86_400_000}
        rows = await self._stats.rows("series.step", {**key, **whole})
        return {row[0]: Cell(*row[1:]) for row in sorted(rows)}

    async def totals(self, key: Key, range_: tuple[int, int]) -> Totals:
        """Over the points whose time lies in `range_`."""
        points, total, least, most = (await self._stats.rows("series.totals", {**key, **_range(*range_)}))[0]
        return Totals(points, total, least, most) if points else Totals(0, 0.0, None, None)


def _range(from_: int, to: int) -> dict[str, int]:
    """Cut to the times that can be: the engine would clamp what lies outside of its own range."""
    return {"from_ms": min(max(0, from_), T_MAX) * 1000, "to_ms": min(max(0, to), T_MAX) * 1000}


def _pieces(buckets: Buckets) -> dict[str, object]:
    """The longest even pieces of which every bucket is made."""
    origin = buckets.starts[0]
    piece = reduce(gcd, (start - origin for start in buckets.starts))
    return {"starts": list(buckets.starts), "origin_s": origin, "piece_s": piece or buckets.end - origin}
