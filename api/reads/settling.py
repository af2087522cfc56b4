"""Waits for the tables: until they hold what stood in the log when the waiting began."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from api.reads.refused import RefusedError
from tilde.domain.log.partitioner import partition_of_metric
from tilde.eventlog import LogReader
from tilde.schemas.topics import TOPICS, Topic
from tilde.store.progress import Progress
from tilde.store.tables import SOURCES

SETTLING_S = 10.0  # the tables are less than a second behind the log, where nothing is wrong
POLL_S = 0.05
SETTLED_S = 2.0  # so long a read waits for the writes before it; then it answers what there is
SOON_POLL_S = 0.01  # for who has just written, and waits for that

Ends = Mapping[str, Mapping[int, int]]
"""By topic, and partition of it: the offset below which all is waited for."""


class Settling:
    """Waits for all of the log, or for what one topic has."""

    def __init__(self, log: LogReader, progress: Progress) -> None:
        self._log = log
        self._progress = progress

    async def settle(self) -> None:
        """Returns once all that stands in the log now is in the tables. Raises RefusedError where that takes too long,
        LogError, StoreError.
        """
        wanted = {name: await self._ends(name, range(TOPICS[name].partitions)) for name in SOURCES}
        if not await self._wait(wanted, SETTLING_S, POLL_S):
            raise RefusedError(503, "the tables are behind the log; try again soon", {"retry-after": "5"})

    async def settled(self, topics: Iterable[Topic], metric: int | None = None) -> bool:
        """Whether all that these topics, which are keyed by the stat, say of one now, or of all, is in the tables.
        Waits for it, SETTLED_S at most, and not at all where nothing is under way. Raises LogError, StoreError.
        """
        wanted = {topic.name: await self._ends(topic.name, _partitions(topic, metric)) for topic in topics}
        return await self._wait(wanted, SETTLED_S, SOON_POLL_S)

    async def _ends(self, topic: str, partitions: Sequence[int]) -> Mapping[int, int]:
        ends = await asyncio.gather(*(self._log.end_offset(topic, partition) for partition in partitions))
        return dict(zip(partitions, ends, strict=True))

    async def _wait(self, wanted: Ends, within_s: float, poll_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                while not _reaches(await self._progress.passed(), wanted):
                    self._progress.flush()
                    await asyncio.sleep(poll_s)
        except TimeoutError:
            return False
        return True


def _partitions(topic: Topic, metric: int | None) -> Sequence[int]:
    return range(topic.partitions) if metric is None else [partition_of_metric(metric, topic.partitions)]


def _reaches(passed: Mapping[str, Sequence[int]], wanted: Ends) -> bool:
    return all(passed[topic][partition] >= end for topic, ends in wanted.items() for partition, end in ends.items())
