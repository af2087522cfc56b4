"""Waits for the tables: until they hold what stood in the log when the waiting began."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from api.reads.fresh_store import has_waited
from api.reads.unanswered import BehindError
from tilde.domain.log.partitioner import partition_of_metric
from tilde.eventlog import LogReader
from tilde.runtime.shared import Shared
from tilde.schemas.topics import TOPICS, Topic
from tilde.store.progress import Progress
from tilde.store.tables import SOURCES

SETTLING_S = 10.0  # the tables are less than a second behind the log, where nothing is wrong
POLL_S = 0.05
SETTLED_S = 2.0  # so long a read waits for the writes before it; then it answers what there is
SOON_POLL_S = 0.01  # for who has just written, and waits for that

PassedBySource = Mapping[str, Sequence[int]]
"""By topic, for each partition: the offset below which all of it can be queried."""
Ends = Mapping[str, Mapping[int, int]]
"""By topic, and partition of it: the offset below which all is waited for."""


class Settling:
    """Waits for all of the log, or for what one topic has. A hundred who wait look at the tables together, each time,
    and a request that has waited here does not wait again when it reads. Where nothing came since somebody has looked,
    nobody looks again: what tables have, they keep.
    """

    def __init__(self, log: LogReader, progress: Progress, generation: Callable[[], int]) -> None:
        """`generation` is the one whose tables `progress` is of."""
        self._log = log
        self._progress = progress
        self._generation = generation
        self._known: tuple[int, PassedBySource] | None = None  # of a generation, by the latest look
        self._later = Shared(partial(self._look, POLL_S))
        self._soon = Shared(partial(self._look, SOON_POLL_S))

    async def settle_all(self) -> None:
        """Returns once all that stands in the log now is in the tables. Raises BehindError where that takes too long,
        LogError, StoreError.
        """
        due = {name: await self._ends(name, range(TOPICS[name].partitions)) for name in SOURCES}
        if not await self._wait(due, SETTLING_S, self._later):
            raise BehindError

    async def settle(self, topics: Iterable[Topic], *metrics: int | None) -> bool:
        """Whether all that these topics, which are keyed by the stat, say of some now is in the tables; None is all.
        Waits for it, SETTLED_S at most, and not at all where nothing is under way. Raises LogError, StoreError.
        """
        due = {topic.name: await self._ends(topic.name, _partitions(topic, metrics)) for topic in topics}
        return await self._wait(due, SETTLED_S, self._soon)

    async def _ends(self, topic: str, partitions: Sequence[int]) -> Mapping[int, int]:
        ends = await asyncio.gather(*(self._log.end_offset(topic, partition) for partition in partitions))
        return dict(zip(partitions, ends, strict=True))

    async def _wait(self, due: Ends, within_s: float, looks: Shared[PassedBySource]) -> bool:
        generation = self._generation()  # before the look: a newer one may have less
        try:
            if self._known is not None and self._known[0] == generation and _reaches(self._known[1], due):
                return True
            async with asyncio.timeout(within_s):
                passed: PassedBySource = await self._progress.passed()
                while not _reaches(passed, due):
                    passed = await looks.answer()
            self._known = generation, passed
        except TimeoutError:
            return False
        finally:
            has_waited()
        return True

    async def _look(self, after_s: float) -> PassedBySource:
        """How far the tables are, a moment after it was asked for."""
        self._progress.flush()
        await asyncio.sleep(after_s)
        return await self._progress.passed()


def _partitions(topic: Topic, metrics: Sequence[int | None]) -> Sequence[int]:
    some = {partition_of_metric(metric, topic.partitions) for metric in metrics if metric is not None}
    return range(topic.partitions) if not metrics or None in metrics else sorted(some)


def _reaches(passed: PassedBySource, due: Ends) -> bool:
    return all(passed[topic][partition] >= end for topic, ends in due.items() for partition, end in ends.items())
