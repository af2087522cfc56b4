"""Reads a stat's numbers over time: what fell into each bucket is summed or averaged, as the stat's kind says."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from math import gcd, isfinite
from typing import NamedTuple

from api.reads.durations import Buckets
from api.reads.local_buckets import T_MAX
from api.reads.stats.stats import Where
from api.reads.tables import Tables
from tilde.domain.stats.metrics import Kind

MOST = sys.float_info.max
SCALE = 2.0**-64
"""What numbers are multiplied by where their sum is beyond all floats: then no sum of as many as can be is. Exact."""


class Bucketed(NamedTuple):
    """What fell into one bucket. Where the sum is beyond all floats `total` is infinite, and `scaled` is it, scaled."""

    total: float = 0.0
    points: int = 0
    scaled: float | None = None

    @property
    def mean(self) -> float | None:
        """The average, which is never beyond all floats; None where there is no data."""
        if not self.points:
            return None
        if self.scaled is None:
            return self.total / self.points
        return max(-MOST, min(MOST, self.scaled / self.points / SCALE))

    def value(self, kind: Kind) -> float | None:
        """The sum of a counter, infinite where it is beyond all floats; the average of a value, None without data."""
        return self.total if kind is Kind.COUNTER else self.mean

    def nearest(self, kind: Kind) -> float:
        """The same for forms that know numbers only: the nearest float, and 0 without data."""
        return max(-MOST, min(MOST, self.value(kind) or 0.0))


EMPTY = Bucketed()


@dataclass(frozen=True, slots=True)
class Totals:
    """A range of time as one cell, and the least and the greatest number in it; None where there is no point."""

    cell: Bucketed
    least: float | None
    most: float | None


class Series:
    """Reads the points of a stat as cells: one a bucket, one a day, or one for a range."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def cells(self, where: Where, buckets: Buckets, range_: tuple[int, int] | None = None) -> list[Bucketed]:
        """One cell a bucket; only points whose time lies in `range_` count (unix seconds, its end excluded)."""
        from_, to = range_ or (buckets.starts[0], buckets.end)
        where = {**where, **between(from_, to)}
        if buckets.step is not None:
            even = {"start_ms": buckets.starts[0] * 1000, "step_ms": buckets.step * 1000}
            found = await self._found("series.step", where | even)
            return [found.get(place, EMPTY) for place in range(len(buckets.starts))]
        found = await self._found("series.bounds", where | grains(buckets))
        return [found.get(start, EMPTY) for start in buckets.starts]

    async def by_day(self, where: Where) -> dict[int, Bucketed]:
        """Every UTC day that has data, by its number since 1970."""
        whole = {**between(0, T_MAX), "start_ms": 0, "step_ms": 86_400_000}
        return dict(sorted((await self._found("series.step", {**where, **whole})).items()))

    async def totals(self, where: Where, range_: tuple[int, int]) -> Totals:
        """Over the points whose time lies in `range_`."""
        where = {**where, **between(*range_)}
        points, total, least, most = (await self._tables.rows("series.totals", {**where, "scale": 1.0}))[0]
        if not points:
            return Totals(EMPTY, None, None)
        cell = Bucketed(total, points)
        if not isfinite(total):
            points, scaled, least, most = (await self._tables.rows("series.totals", {**where, "scale": SCALE}))[0]
            cell = Bucketed(scaled / SCALE, points, scaled)
        return Totals(cell, least, most)

    async def _found(self, name: str, where: Mapping[str, object]) -> dict[int, Bucketed]:
        """By bucket."""
        return {bucket: cell for (bucket,), cell in (await cells_of(self._tables, name, where)).items()}


async def cells_of(tables: Tables, name: str, where: Mapping[str, object]) -> dict[tuple[int, ...], Bucketed]:
    """What a statement finds, by all of its columns but the last two, which are sums and counts. Where a sum is beyond
    all floats they are asked for again.
    """
    found = {tuple(row[:-2]): Bucketed(*row[-2:]) for row in await tables.rows(name, {**where, "scale": 1.0})}
    if all(isfinite(cell.total) for cell in found.values()):
        return found
    for *place, scaled, points in await tables.rows(name, {**where, "scale": SCALE}):
        bucket = tuple(place)
        if bucket not in found or not isfinite(found[bucket].total):
            found[bucket] = Bucketed(scaled / SCALE, points, scaled)
    return found


def between(from_: int, to: int) -> dict[str, int]:
    """The parameters of a range of unix seconds, cut to the times that can be: the engine would clamp what lies outside
    of its own range.
    """
    return {"from_ms": min(max(0, from_), T_MAX) * 1000, "to_ms": min(max(0, to), T_MAX) * 1000}


def grains(buckets: Buckets) -> dict[str, object]:
    """The longest even grains of which every bucket is made."""
    origin = buckets.starts[0]
    grain = reduce(gcd, (start - origin for start in buckets.starts))
    return {"starts": list(buckets.starts), "origin_s": origin, "grain_s": grain or buckets.end - origin}
