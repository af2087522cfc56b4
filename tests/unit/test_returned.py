"""Which deleted stats are in sight again: by the place of their newest point in each raw partition."""

from collections.abc import Mapping
from typing import Any

import pytest

from api.reads.stats.returned import returned
from tilde.domain.catalog.stat_records import Deletion, Sight, StatRecord
from tilde.domain.log.identity import first_id_at
from tilde.domain.log.versions import EVENTS_PER_VERSION

AT_MS = 1_793_000_000_000
BY_ENDS = StatRecord(deletions=(Deletion(AT_MS, Sight(ends=(5, 9, 0))),))
BY_TIME = StatRecord(deletions=(Deletion(AT_MS, Sight(first_id=first_id_at(AT_MS))),))


class Newest:
    """Tables in which the newest points are these: metric, partition, version, event id."""

    def __init__(self, *points: tuple[int, int, int, int]) -> None:
        self._points = points
        self.asked: list[int] = []

    async def packed(self, name: str, where: Mapping[str, Any], form: str) -> list[tuple[int, ...]]:
        return list(self._points)

    async def rows(self, name: str, where: Mapping[str, Any]) -> list[tuple[int, int]]:
        self.asked += [metric for metric in where["metrics"] if metric]
        return [(metric, AT_MS + 1) for metric in self.asked]


@pytest.mark.parametrize(
    ("record", "partition", "version", "event_id", "is_back"),
    [
        (BY_ENDS, 0, 5 * EVENTS_PER_VERSION - 1, 1 << 52, False),  # the last event of the batch before the end
        (BY_ENDS, 0, 5 * EVENTS_PER_VERSION, 0, True),  # the first one of the batch behind it
        (BY_ENDS, 1, 6 * EVENTS_PER_VERSION, 0, False),
        (BY_ENDS, 2, 0, 0, True),
        (BY_ENDS, 3, 0, 0, True),  # a partition that the deletion knew nothing of
        (BY_ENDS, -1, 9 * EVENTS_PER_VERSION, 0, False),  # nobody knows which
        (BY_TIME, 0, 0, first_id_at(AT_MS) - 1, False),
        (BY_TIME, 0, 0, first_id_at(AT_MS), True),
        (BY_TIME, -1, 0, first_id_at(AT_MS) - 1, False),  # both of a release that went by the time of receipt
        (BY_TIME, -1, 0, first_id_at(AT_MS), True),
    ],
)
async def test_a_deleted_stat_is_back_with_a_point_behind_the_deletion(
    record: StatRecord, partition: int, version: int, event_id: int, is_back: bool
) -> None:
    """To the event; a stat between others that was never deleted is nobody's business."""
    tables = Newest((76, 0, 1 << 40, 1 << 52), (77, partition, version, event_id))

    found = await returned(tables, 1, {77: record})  # type: ignore[arg-type]

    assert found == ({77: AT_MS + 1} if is_back else {})
    assert tables.asked == ([77] if is_back else [])


async def test_where_nothing_was_deleted_nothing_is_asked() -> None:
    assert await returned(Newest(), 1, {}) == {}  # type: ignore[arg-type]
