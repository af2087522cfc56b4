"""Follows topics for all watchers. Over and over:

1. read each partition once for all its watchers, from the offset where the last of them is
2. let them look, message by message; a repeat is passed over, and so is what cannot be decoded, which is told
3. what follows, what they remember and how far they are becomes durable, in one transaction; where nothing follows,
   how far they are now and then
4. wake the senders

A crash anywhere before 3 repeats it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tilde.domain.log.position import Header
from tilde.errors import TildeError
from tilde.eventlog import LogError, LogReader, OffsetOutOfRangeError, Record
from tilde.runtime.clock import Clock
from tilde.runtime.retrying import Retrying
from tilde.runtime.telling import Outage, tell
from tilde.schemas.codec import PoisonError
from tilde.schemas.dead_letters import POISON_RUN_MAX, Place, require_run
from tilde.schemas.reading import READERS
from tilde.schemas.topics import CATALOG, TOPICS
from watchers.causes import Cause, partition_source
from watchers.contract import Message, Watcher
from watchers.ledger import Ledger
from watchers.looked import Looked
from watchers.outbox import Outbox

POLL_S = 5.0  # a lost wake-up costs this much
REST_S = 1.0  # between rounds: each is a commit, and no letter is in such a hurry
BUSY_MESSAGES = 100  # with so many in one round there is no rest
RETRY_S = 1.0
SAVE_S = 10.0  # so often positions are saved where nothing else is

Partition = tuple[str, int]


class TopicLoop:
    """Shows messages to all watchers, in the order given."""

    def __init__(
        self,
        log: LogReader,
        ledger: Ledger,
        watchers: Sequence[Watcher],
        clock: Clock,
        on_commit: Callable[[], object] = lambda: None,
        poison_run_max: int = POISON_RUN_MAX,
    ) -> None:
        """`on_commit` is called once something that goes out is durable."""
        self._log = log
        self._ledger = ledger
        self._outbox = Outbox(ledger)
        self._clock = clock
        self._on_commit = on_commit
        self._poison_run_max = poison_run_max
        self._retrying = Retrying(LogError, RETRY_S, outage=Outage("watchers", "the log"))
        self._looking: defaultdict[Partition, list[Watcher]] = defaultdict(list)
        for watcher in watchers:
            for topic in watcher.topics:
                if not topic.is_raw and topic is not CATALOG:
                    raise ValueError(f"{watcher.name} follows {topic.name}: its offsets are not for ever")
                for partition in range(topic.partitions):
                    self._looking[topic.name, partition].append(watcher)
        self._looked: dict[tuple[str, Partition], Looked] = {}
        self._unsaved: dict[tuple[str, Partition], Looked] = {}
        self._saved_s = clock.monotonic_s()

    async def run(self) -> None:
        """Follows until cancelled; waits for a log, or a file, that cannot be read or written. Ends with HoleError,
        TooMuchPoisonError, CorruptError.
        """
        if not self._looking:
            return
        while True:
            took = await self._retrying.run(self.step)
            if not took:
                await self._log.wait(POLL_S)
            else:
                await asyncio.sleep(REST_S if took < BUSY_MESSAGES else 0)

    async def step(self) -> int:
        """Goes one round; returns how many messages it read. Raises LogError, where a partition could not be read once
        those that could are looked at.
        """
        await self._open()
        read: dict[Partition, list[Record]] = {}
        failed: LogError | None = None
        for where, watchers in self._looking.items():
            try:
                read[where] = await self._read(where, watchers)
            except LogError as error:
                failed = error
        count = sum(map(len, read.values()))
        if count:
            self._look(read)
        if failed is not None:
            raise failed
        return count

    async def _open(self) -> None:
        """Goes on where it was left; a partition that is new to a watcher begins now."""
        known: dict[tuple[str, Partition], Looked] = {}
        new: dict[tuple[str, Partition], Looked] = {}
        for where, watchers in self._looking.items():
            for watcher in watchers:
                key = watcher.name, where
                if key in self._looked:
                    continue
                saved = self._ledger.position(watcher.name, partition_source(*where))
                if saved is not None:
                    known[key] = Looked.from_json(saved)
                else:
                    new[key] = Looked.first(await self._log.end_offset(*where), learns=watcher.learns)
        if new:
            with self._ledger.transaction():
                self._save(new)
        self._looked.update(known | new)

    async def _read(self, where: Partition, watchers: Sequence[Watcher]) -> list[Record]:
        offset = min(self._looked[watcher.name, where].position.next_offset for watcher in watchers)
        try:
            return await self._log.read(*where, offset)
        except OffsetOutOfRangeError as cause:
            raise TildeError(
                f"{where[0]}/{where[1]} has no offset {offset}, where its watchers are ({cause}): this log is not the"
                " one that they have read. Was it restored from a backup?"
            ) from cause

    def _look(self, read: dict[Partition, list[Record]]) -> None:
        round_ = _Round(self._ledger, self._outbox, self._looked, self._clock.now_ms(), self._poison_run_max)
        moved = self._unsaved
        with self._ledger.transaction():
            changes = self._ledger.db.total_changes
            for where, records in read.items():
                for record in records:
                    round_.take(where, record, self._looking[where])
            moved = {**moved, **round_.looked}
            # Where nothing follows and nothing is remembered, a look that is repeated does no harm: no commit for it.
            is_due = self._clock.monotonic_s() - self._saved_s >= SAVE_S
            if is_due or self._ledger.db.total_changes != changes:
                self._save(moved)
                moved, self._saved_s = {}, self._clock.monotonic_s()
        self._unsaved = moved
        self._looked.update(round_.looked)
        if round_.has_effects:
            self._on_commit()

    def _save(self, moved: Mapping[tuple[str, Partition], Looked]) -> None:
        for (watcher, where), looked in moved.items():
            self._ledger.save_position(watcher, partition_source(*where), looked.to_json())


class _Round:
    """What one round has looked at, inside its transaction; `looked` holds the positions that have moved."""

    def __init__(
        self,
        ledger: Ledger,
        outbox: Outbox,
        before: dict[tuple[str, Partition], Looked],
        now_ms: int,
        poison_run_max: int,
    ) -> None:
        self._ledger = ledger
        self._outbox = outbox
        self._before = before
        self._now_ms = now_ms
        self._poison_run_max = poison_run_max
        self.looked: dict[tuple[str, Partition], Looked] = {}
        self.has_effects = False

    def take(self, where: Partition, record: Record, watchers: Sequence[Watcher]) -> None:
        """Shows the message to the watchers that have not looked at it; it is read once for all of them."""
        here = [each for each in watchers if self._at(each, where).position.next_offset == record.offset]
        if not here:
            return
        try:
            content = READERS[TOPICS[where[0]].subject](record.value)
        except PoisonError as poison:
            self._pass_over(Place(*where, record.offset), str(poison), here)
            return
        for watcher in here:
            self._take(watcher, where, record.offset, content)

    def _at(self, watcher: Watcher, where: Partition) -> Looked:
        key = watcher.name, where
        return self.looked[key] if key in self.looked else self._before[key]

    def _take(self, watcher: Watcher, where: Partition, offset: int, content: dict[str, Any]) -> None:
        looked = self._at(watcher, where)
        header = Header.of(content, is_raw=TOPICS[where[0]].is_raw)
        if looked.is_repeat(header):
            self.looked[watcher.name, where] = looked.at(looked.position.after(offset, None))
            return
        message = Message(*where, offset, content, is_old=offset < looked.tells_from)
        effects = watcher.look(message, self._ledger.memory(watcher.name))
        if effects and not message.is_old:
            self._outbox.add(Cause(watcher.name, partition_source(*where), offset), effects, self._now_ms)
            self.has_effects = True
        self.looked[watcher.name, where] = looked.after(offset, header)

    def _pass_over(self, place: Place, reason: str, watchers: Sequence[Watcher]) -> None:
        where = place.topic, place.partition
        for watcher in watchers:
            looked = self._at(watcher, where)
            require_run(looked.position.poison_run + 1, self._poison_run_max, place, reason)
            self.looked[watcher.name, where] = looked.at(looked.position.after_poison(place.offset))
        tell("watchers", f"{place.topic}/{place.partition}: the message at {place.offset} is passed over: {reason}")
