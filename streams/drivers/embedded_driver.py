"""Runs the processors over the embedded log: outputs, what is said of them, state and positions are one transaction of
one file, so nothing can part them.

read raw batches -> fold -> [ append outputs and progress, save state and positions ] in one commit -> ring the bell
"""

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from streams.contract import Processor
from streams.drivers.catalog_wait import CatalogWait
from streams.drivers.embedded_state import EmbeddedState
from streams.drivers.partition_fold import EVENTS_PER_FLUSH_MAX, PartitionFold, SharedRecord
from streams.state import NOTHING, Kept
from tilde.domain.log.position import Position
from tilde.eventlog import Append, LogError, LogReader
from tilde.eventlog.bell import wait_for
from tilde.eventlog.logfile import LogFile
from tilde.runtime.clock import Clock
from tilde.runtime.retrying import Retrying
from tilde.runtime.rounds import Rounds
from tilde.runtime.tasks import first_of, in_thread
from tilde.runtime.telling import Outage
from tilde.runtime.unique import require_unique
from tilde.schemas.dead_letters import POISON_RUN_MAX
from tilde.schemas.progress import Milestone, milestone_message
from tilde.schemas.topics import PROGRESS, Topic

POLL_S = 5.0  # no ring is lost but where a process dies between a commit and its ring, and a read looks for itself
BUSY_EVENTS = 400  # in one step; below that there is a rest between steps
# A step costs 10 ms of CPU and more with the inserts behind it, however little it takes: so it waits for as many events
# as cost about as much themselves. Whoever reads the tables of a data folder asks for a step first.
WORTH_A_STEP = 150
REST_S_MIN, REST_S_MAX = 0.05, 3.0
PACED_S = 0.3  # with a shorter rest rows are there within a second by themselves, and nobody needs to ask
WHOLE_BYTES = 512 << 10  # a reading ends where twice as much would be: with less it has taken all there was
BYTES_AT_ONCE = 2_000
FLUSHES_PER_TRIM = 500
RECORDS_KEPT = 100_000  # of an output partition, for `tilde tail` and for positions that lag; some 6 MB
BATCHES_PER_DROP = 200
RETRY_S = 1.0


_Ends = Mapping[tuple[str, int], int]
"""Where outputs end, by topic and partition."""


class _Flushed(NamedTuple):
    """What one fold gives to a commit: outputs, what was changed of the state, and the position that covers them."""

    processor: Processor
    partition: int
    appends: list[Append]
    position: Position
    state: Mapping[str, Kept]


def _position_name(processor: str, partition: int) -> str:
    return f"position.{processor}.{partition}"


class EmbeddedDriver:
    """Drives every processor over all partitions of its source. The only writer of `outputs`.

    `taken`: how much of the log (as `appended` counts it) has been taken, and stands in the outputs if anything came
    of it. `ends`: where the outputs end then, by topic and partition.
    """

    def __init__(
        self,
        log: LogReader,
        outputs: LogFile,
        processors: Sequence[Processor],
        clock: Clock,
        *,
        on_flush: Callable[[], object] = lambda: None,
        sunk: Callable[[], Mapping[tuple[str, int], int]] = dict,
        poison_run_max: int = POISON_RUN_MAX,
        appended: Callable[[], int] | None = None,
    ) -> None:
        """`on_flush` is called after each commit; `sunk` says, by topic and partition, below which offset all is in
        the tables for good; `poison_run_max`, how many bad messages may come in a row; `appended` counts what stands in
        the log, and where it is not given each step looks into every partition.
        """
        require_unique("processors", (processor.name for processor in processors))
        self._clock = clock
        self._flush_asked = asyncio.Event()
        self._rests_s = 0.0  # after the last step
        self._appended = appended or itertools.count().__next__
        self.taken = -1
        self.ends: _Ends = outputs.ends()
        self._steps = Rounds()
        self._log = log
        self._file = outputs
        self._state = EmbeddedState(outputs)
        self._on_flush = on_flush
        self._sunk = sunk
        self._flushes = 0
        self._events = 0  # of the last step
        self._unflushed: list[_Flushed] = []
        self._retrying = Retrying(LogError, RETRY_S, outage=Outage("pipeline", "its log"))
        self._catalog_wait = CatalogWait("pipeline")
        self._by_source = {
            (source, partition): [
                self._fold(processor, partition, poison_run_max)
                for processor in processors
                if processor.source == source
            ]
            for source in dict.fromkeys(processor.source for processor in processors)
            for partition in range(source.partitions)
        }

    def _fold(self, processor: Processor, partition: int, poison_run_max: int) -> PartitionFold:
        saved = self._file.meta(_position_name(processor.name, partition))
        position = Position() if saved is None else Position.from_json(json.loads(str(saved)))
        state = self._state.saved(processor.name, partition)
        return PartitionFold(processor, partition, position, poison_run_max, state)

    async def run(self) -> None:
        """Processes until cancelled; waits for a log that cannot be read or written. Ends with HoleError,
        TooMuchPoisonError, CorruptError.
        """
        before_s = self._clock.monotonic_s()
        while True:
            self._flush_asked.clear()
            started_s = self._clock.monotonic_s()
            took = await self._retrying.run(self.step)
            self._rests_s = rest_s(max(took, self._events), started_s - before_s)
            self._steps.ended()
            if not took:
                await first_of(self._log.wait(POLL_S), self._flush_asked.wait())
            elif self._rests_s:
                await wait_for(self._flush_asked, self._rests_s)
            before_s = started_s

    def flush(self) -> None:
        """Asks for a step now, whatever the rest: somebody waits for what has come. Returns at once."""
        self._flush_asked.set()

    async def until_it_has_taken(self, appended: int) -> None:
        """Has it go on at once, and returns when it has taken so much of the log."""
        await self._steps.until(lambda: self.taken >= appended, self.flush)

    @property
    def is_paced(self) -> bool:
        """Whether it rests between steps for so long that who reads should ask for one, and gets on."""
        return self._rests_s >= PACED_S and self._retrying.trouble is None

    def appended(self) -> int:
        """How much stands in the log now. Raises LogError, CorruptError."""
        return self._appended()

    async def step(self) -> int:
        """Takes one portion of every partition and flushes it; returns how many messages that were. Raises LogError.

        The folds of a source partition that stand at one offset take a portion together. A fold that waits for the
        catalog is left behind.
        """
        await self._flush()  # what an earlier step could not: no more is taken in before
        appended, is_whole = self._appended(), True
        messages = events = self._events = 0
        all_folds = itertools.chain(*self._by_source.values())
        if waiting := [fold for fold in all_folds if fold.waits_for is not None and fold.is_waiting]:
            await self._catalog_wait.read_on(waiting)
        elif self.taken == appended:
            return 0  # nothing has come: to look costs the same however many partitions there are
        for (source, partition), folds in self._by_source.items():
            for next_offset, together in self._by_offset(folds).items():
                records = await self._log.read(source.name, partition, next_offset)
                if not records:
                    continue
                is_whole = is_whole and sum(len(record.value) for record in records) < WHOLE_BYTES
                taken = await self._take(together, [SharedRecord(record, source.subject) for record in records])
                events += taken
                self._events += taken
                messages += max(fold.position.next_offset for fold in together) - next_offset
                if events >= EVENTS_PER_FLUSH_MAX:
                    await self._flush()
                    events = 0
        await self._flush()
        if is_whole:
            self.taken = appended
        return messages

    def _by_offset(self, folds: Sequence[PartitionFold]) -> dict[int, list[PartitionFold]]:
        """Those that may go on, by the offset that they take next."""
        together: dict[int, list[PartitionFold]] = {}
        for fold in folds:
            if fold.waits_for is None or self._catalog_wait.is_over(fold):
                together.setdefault(fold.position.next_offset, []).append(fold)
        return together

    async def _take(self, folds: Sequence[PartitionFold], records: Sequence[SharedRecord]) -> int:
        """Returns how many events were folded. Where a fold finds that it needs more of the catalog, it is read on."""
        events = await _taken(folds, records)
        waiting = [fold for fold in folds if fold.waits_for is not None]
        if waiting:
            await self._catalog_wait.read_on(waiting)
            events += await _taken(waiting, records)
        return events

    async def _flush(self) -> None:
        """Raises LogError; what was folded is then kept for the next one."""
        folds = itertools.chain.from_iterable(self._by_source.values())
        self._unflushed += [_flushed(fold) for fold in folds if fold.is_dirty]
        if not self._unflushed:
            return
        self.ends = await in_thread(self._commit, self._unflushed)
        self._unflushed = []
        self._on_flush()
        self._flushes += 1
        if self._flushes % FLUSHES_PER_TRIM == 0:
            await in_thread(self.trim)

    def trim(self, kept: int = RECORDS_KEPT) -> None:
        """Drops the oldest outputs: what is in the tables, but for the last `kept` records of a partition."""
        for (topic, partition), offset in self._sunk().items():
            while self._file.drop_before(topic, partition, offset - kept, BATCHES_PER_DROP) == BATCHES_PER_DROP:
                pass

    def _commit(self, all_flushed: list[_Flushed]) -> _Ends:
        """Returns where the outputs end then."""
        with self._file.transaction():
            for flushed in all_flushed:
                name, partition = flushed.processor.name, flushed.partition
                position = json.dumps(flushed.position.to_json())
                self._file.append(flushed.appends, **{_position_name(name, partition): position})
                if flushed.state:
                    self._state.save(name, partition, flushed.state)
            sources = {(flushed.processor.source, flushed.partition): None for flushed in all_flushed}
            ends = self._file.ends()
            self._file.append([self._progress(*source, ends) for source in sources])
        return self._file.ends()

    def _progress(self, source: Topic, partition: int, ends: _Ends) -> Append:
        """What is said of the outputs that a source partition has given: how far all of its processors are. A flush
        takes all that was folded, so that far they are durable.
        """
        folds = self._by_source[source, partition]
        outputs = dict.fromkeys(topic.name for fold in folds for topic in fold.processor.outputs)
        of_outputs = {topic: ends.get((topic, partition), 0) for topic in outputs}
        milestone = Milestone(source.name, partition, _next_offset(folds), of_outputs)
        return Append(PROGRESS.name, partition, [milestone_message(milestone)])


def rest_s(events: int, within_s: float) -> float:
    """How long to rest after a step that took so many events, which came within so long: until as many more will have
    come as are worth a step. Not at all after many, and the longest where nothing comes.
    """
    if events >= BUSY_EVENTS:
        return 0.0
    return min(REST_S_MAX, max(REST_S_MIN, within_s * WORTH_A_STEP / events)) if events else REST_S_MAX


def _next_offset(folds: Sequence[PartitionFold]) -> int:
    """Below it all of them have taken everything."""
    return min(fold.position.next_offset for fold in folds)


def _flushed(fold: PartitionFold) -> _Flushed:
    appends = [Append(topic, fold.partition, values) for topic, values in fold.drain().items() if values]
    state = fold.state.drain() if fold.processor.remembers else NOTHING
    return _Flushed(fold.processor, fold.partition, appends, fold.position, state)


async def _taken(folds: Sequence[PartitionFold], records: Sequence[SharedRecord]) -> int:
    """In a thread, so that queries are answered meanwhile; a post or two take no longer than to hand them over."""
    if sum(len(shared.record.value) for shared in records) <= BYTES_AT_ONCE:
        return _take_all(folds, records)
    return await in_thread(_take_all, folds, records)


def _take_all(folds: Sequence[PartitionFold], records: Sequence[SharedRecord]) -> int:
    """Each takes what it has not taken yet, up to what has to wait."""
    before = sum(fold.events for fold in folds)
    for shared in records:
        for fold in folds:
            if fold.position.next_offset == shared.record.offset:
                fold.take_shared(shared)
    return sum(fold.events for fold in folds) - before
