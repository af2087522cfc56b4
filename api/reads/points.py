"""Lists the single points of a stat as they were posted, so that some can be taken back."""

import asyncio
import re
from typing import Any

from api.reads.lookup import in_sight
from api.reads.numbers import number
from api.reads.refused import RefusedError
from api.reads.series import between
from api.reads.stats import Stats
from tilde.domain.catalog.state import Account
from tilde.eventlog import LogReader
from tilde.schemas.topics import TOPICS
from tilde.store.progress import Progress
from tilde.store.tables import SOURCES

SETTLING_S = 10.0  # the tables are less than a second behind the log, where nothing is wrong
POLL_S = 0.05
_POINT_ID = re.compile(r"(\d{1,19})-(\d{1,5})", re.ASCII)
BEFORE_ALL = (0, -1)


class Settling:
    """Waits until the tables hold all that stood in the log when the waiting began."""

    def __init__(self, log: LogReader, progress: Progress) -> None:
        self._log = log
        self._progress = progress

    async def settle(self) -> None:
        """Returns once all that stands in the log now is in the tables. Raises RefusedError where that takes too long,
        LogError, StoreError.
        """
        wanted = {
            name: [await self._log.end_offset(name, partition) for partition in range(TOPICS[name].partitions)]
            for name in SOURCES
        }
        try:
            async with asyncio.timeout(SETTLING_S):
                while not _reaches(await self._progress.passed(), wanted):
                    self._progress.flush()
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise RefusedError(503, "the tables are behind the log; try again soon", {"retry-after": "5"}) from None


def _reaches(passed: dict[str, list[int]], wanted: dict[str, list[int]]) -> bool:
    return all(
        have >= want for topic, ends in wanted.items() for have, want in zip(passed.get(topic, ends), ends, strict=True)
    )


def place_of(id_: str) -> tuple[int, int]:
    """Event id and place of a point's id; BEFORE_ALL of none. Raises RefusedError."""
    if not id_:
        return BEFORE_ALL
    match = _POINT_ID.fullmatch(id_)
    if match is None or int(match[1]) >= 1 << 63:
        raise RefusedError(400, "after must be the id of a point, or empty")
    return int(match[1]), int(match[2])


async def page_of_points(
    stats: Stats, account: Account, stat: str, range_: tuple[int, int], after: str, limit: int
) -> list[dict[str, Any]]:
    """Points in sight whose time lies in a range, in the order of receipt. Raises RefusedError."""
    after_id, after_nth = place_of(after)
    page = {**between(*range_), "after_id": after_id, "after_nth": after_nth, "limit": limit}
    _, rows = await in_sight(stats, account, stat, lambda where: stats.tables.rows("points.page", {**where, **page}))
    return [
        {
            "id": f"{event_id}-{nth}",
            "time": time_ms // 1000,
            "time_ms": time_ms,
            "received_at": received_ms // 1000,
            "received_ms": received_ms,
            "value": number(value),
        }
        for event_id, nth, time_ms, received_ms, value in rows
    ]
