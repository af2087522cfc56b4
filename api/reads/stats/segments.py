"""Reads a stat's numbers over time apart: by what its samples' meta says under a key.

A number that was posted without meta, or is no sample, belongs to the segment None, as one whose meta has no such key.
So the segments together are the series.
"""

import json
from dataclasses import dataclass
from typing import Any

from api.reads.durations import Buckets
from api.reads.stats.series import Bucketed, between, grains
from api.reads.stats.stats import Where
from api.reads.tables import Tables
from tilde.schemas.topics import SAMPLE_WRITES, raw_partition

SEGMENTS_MAX = 100  # those with the most points; a key of which every number has another value is no key to look by
_NO_VERSION = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class MetaSegment:
    """What the meta says, and what it says it of: by the starts of buckets that have points."""

    value: Any
    cells: dict[int, Bucketed]


@dataclass(frozen=True, slots=True)
class Segments:
    """Those with the most points first; how many more there are."""

    shown: list[MetaSegment]
    left_out: int


class Segmenting:
    """Reads the segments of a stat from the tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def segments(self, where: Where, key: str, buckets: Buckets, range_: tuple[int, int]) -> Segments:
        """Of the points whose time lies in `range_`. Raises StoreError."""
        asked = {
            **where,
            **between(*range_),
            **grains(buckets),
            "key": key,
            "first_partition": raw_partition(SAMPLE_WRITES, 0),
            "no_version": _NO_VERSION,
            "scale": 1.0,
            "limit": SEGMENTS_MAX,
        }
        rows = await self._tables.rows("series.segments", asked)
        shown = [
            MetaSegment(
                json.loads(said) if said else None, {start: Bucketed(total, points) for start, total, points in cells}
            )
            for said, cells, _ in rows
        ]
        return Segments(_together(shown), (rows[0][2] if rows else 0) - len(rows))


def _together(segments: list[MetaSegment]) -> list[MetaSegment]:
    """None where a meta says null is that where none says anything."""
    said = [segment for segment in segments if segment.value is not None]
    unsaid = [segment for segment in segments if segment.value is None]
    cells: dict[int, Bucketed] = {}
    for segment in unsaid:
        for start, cell in segment.cells.items():
            before = cells.get(start, Bucketed())
            cells[start] = Bucketed(before.total + cell.total, before.points + cell.points)
    return said + ([MetaSegment(None, cells)] if unsaid else [])
