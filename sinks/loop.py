"""The sink: output topics into tables, in batches, each row at least once and counted once.

Over and over:

1. read what topic `progress` says of how far the outputs are
2. for every table, read what its output topic has at our own next offset, partition by partition
3. if the table is due, or somebody has asked for a flush, insert it, one Avro block a schema, until the store has it;
   if not it waits, and so do its positions
4. only now the positions hold, and what 1 said of the outputs below them; save them now and then

A crash anywhere repeats 2 for what waited, and 3 for what 4 had not saved; the rows are the same rows.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import inf

from sinks.block import by_schema, join
from sinks.milestones import Milestones
from sinks.pending import ROWS_DUE, Pending, Reading
from sinks.sift import Sieve
from tilde.errors import TildeError
from tilde.eventlog import LogError, LogReader, OffsetOutOfRangeError
from tilde.runtime.clock import Clock
from tilde.runtime.retrying import Retrying
from tilde.runtime.rounds import Rounds
from tilde.runtime.telling import Outage, tell
from tilde.schemas.codec import PoisonError, schema_of
from tilde.schemas.registry import Schema
from tilde.schemas.topics import DEAD_LETTERS, PROGRESS
from tilde.store import BlockRefusedError, Store, StoreError
from tilde.store.positions import SinkPosition, save_positions
from tilde.store.tables import TABLES, Table, passed_by_source

# CPU a row by the size of a block: 7 us at a thousand rows, 2.2 at ten thousand, 1.0 at fifty thousand. Blocks grow
# only while the input does not drain, so nobody waits for it; fifty thousand rows are 10 MB of Python.
ROWS_MAX = 50_000
AGE_MAX_S = 0.3  # so often a table is looked at, however slowly a round over its partitions goes
ROUND_S = 0.2  # rounds begin this far apart while little comes: one looks into all partitions of all topics
SAVE_S = 5.0  # positions are saved this often; what came since is inserted again after a crash
SAVE_S_MIN = 0.5  # and this often while so much comes that it would be more than a block
POLL_S = 30.0  # who appends rings, in this process or from the broker: a look into every partition is for nothing
RETRY_S, RETRY_S_MAX = 0.2, 5.0
_FOLLOWED = {PROGRESS.name, *(table.name for table in TABLES)}


class ReplayNeededError(TildeError):
    """The output topics no longer hold what the tables lack."""


def _groups(messages: Iterable[bytes]) -> Iterator[tuple[Schema, list[bytes]]]:
    """By the schema they were written with. Raises PoisonError."""
    for group in by_schema(messages).values():
        yield schema_of(group[0]), group


def _by_writer(table: Table, readings: Sequence[Reading]) -> Iterator[tuple[Schema, list[bytes]]]:
    """The same for what was read; a schema of another table is poison as well."""
    groups: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for reading in readings:
        for head, messages in reading.messages.items():
            groups[head] += messages
    for group in groups.values():
        schema = schema_of(group[0])
        if schema.subject != table.topic.subject:
            raise PoisonError(f"a {schema.subject} where a {table.topic.subject} belongs")
        yield schema, group


class Sink:
    """Fills the tables of one generation, and says how far it is, as `Progress` has it. Make it with `open_sink`."""

    def __init__(
        self,
        log: LogReader,
        store: Store,
        database: str,
        clock: Clock,
        saved: Sequence[SinkPosition],
        save_s: float = SAVE_S,
    ) -> None:
        self._log = log
        self._store = store
        self._database = database
        self._clock = clock
        self._milestones = Milestones(saved)
        self._pending = [Pending(table, saved) for table in TABLES]
        self._sieves = {table.name: Sieve(table.topic) for table in TABLES}
        self._done = {(position.topic, position.partition): position for position in saved}
        self._unsaved: dict[tuple[str, int], SinkPosition] = {}
        self._unsaved_rows = 0
        self._saved = self.next_offsets()
        self._saved_s = clock.monotonic_s()
        self._save_s = save_s
        self._flush_asked = asyncio.Event()
        self._rounds = Rounds()
        self._rows: Counter[str] = Counter()
        self._reading = Retrying(LogError, RETRY_S)  # whoever opened the log tells that it is away
        self._storing = Retrying(StoreError, RETRY_S, RETRY_S_MAX, Outage("sinks", "the store"))

    async def passed(self) -> dict[str, list[int]]:
        return passed_by_source({where: position.passed for where, position in self._done.items()})

    def trouble(self) -> str | None:
        return self._reading.trouble or self._storing.trouble

    def rows(self) -> Mapping[str, int]:
        return self._rows

    def flush(self) -> None:
        self._flush_asked.set()

    def holds(self, ends: Mapping[tuple[str, int], int]) -> bool:
        """Whether all that the outputs have below these ends is in the tables, and `passed` says so."""
        return all(self._next_offset(*where) >= end for where, end in ends.items() if where[0] in _FOLLOWED)

    def _next_offset(self, topic: str, partition: int) -> int:
        done = self._done.get((topic, partition))
        return 0 if done is None else done.next_offset

    async def until_it_holds(self, ends: Mapping[tuple[str, int], int]) -> None:
        """Has it go on at once, and returns when it holds all below these ends."""
        await self._rounds.until(partial(self.holds, ends), self.flush)

    def next_offsets(self) -> dict[tuple[str, int], int]:
        """By topic and partition: the offset below which all is inserted."""
        return {where: position.next_offset for where, position in self._done.items()}

    def saved_offsets(self) -> Mapping[tuple[str, int], int]:
        """By topic and partition, the offset below which all was saved: nothing below is needed again, after a crash
        neither.
        """
        return self._saved

    async def run(self) -> None:
        """Fills the tables until cancelled. Ends with ReplayNeededError, TooMuchPoisonError, CorruptError."""
        while True:
            started_s = self._clock.monotonic_s()
            took = await self._reading.run(partial(self._storing.run, self.step))
            self._rounds.ended()
            if took >= ROWS_MAX:
                await asyncio.sleep(0)
                continue
            if took or self._due_s() < inf:
                await self._pause(min(started_s + ROUND_S, self._due_s()) - self._clock.monotonic_s())
            # A round that took few has taken all there was, and nothing waits for its table: so the log is waited for.
            # (What stands behind a dead letter of a megabyte comes with the next round.)
            if took < ROWS_DUE and self._due_s() == inf:
                await self._log.wait(self._save_s if self._unsaved else max(self._save_s, POLL_S))

    def _due_s(self) -> float:
        """When the first of the tables is due."""
        return min(pending.due_s for pending in self._pending)

    async def _pause(self, pause_s: float) -> None:
        """Until somebody asks for a flush."""
        await asyncio.sleep(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0, pause_s)):
                await self._flush_asked.wait()

    async def step(self) -> int:
        """One round: takes some records of every partition, inserts into the tables that are due, and saves positions
        where that is; returns how many messages it took.

        Raises LogError where a partition could not be read, once those that could are in; StoreError of a save.
        """
        everything = self._flush_asked.is_set()
        self._flush_asked.clear()
        took = 0
        failed: LogError | None = None
        for partition in range(PROGRESS.partitions):
            try:
                took += await self._follow(partition)
            except LogError as error:
                failed = error
        for pending in self._pending:
            since_s = self._clock.monotonic_s()
            for partition in range(pending.table.topic.partitions):
                try:
                    took += await self._read(pending, partition)
                except LogError as error:
                    failed = error
                now_s = self._clock.monotonic_s()
                if pending.rows >= ROWS_MAX or now_s - since_s >= AGE_MAX_S:
                    await self._flush_due(pending, now_s, everything=everything)
                    since_s = self._clock.monotonic_s()
            await self._flush_due(pending, self._clock.monotonic_s(), everything=everything)
        self._keep(self._milestones.reached(self.next_offsets()))
        if failed is not None:
            raise failed
        if self._is_save_due(self._clock.monotonic_s()):
            await self.save()
        return took

    async def save(self) -> None:
        """Saves the positions now, so that nothing is inserted again after a stop in good order. Raises StoreError."""
        done = self.next_offsets()
        if self._unsaved:
            await save_positions(self._store, self._database, self._unsaved.values())
        self._saved = done
        self._unsaved.clear()
        self._unsaved_rows = 0
        self._saved_s = self._clock.monotonic_s()

    def _is_save_due(self, now_s: float) -> bool:
        after_s = SAVE_S_MIN if self._unsaved_rows >= ROWS_MAX else self._save_s
        return bool(self._unsaved) and now_s - self._saved_s >= after_s

    async def _follow(self, partition: int) -> int:
        """Before the outputs are read: what is said of them is there then."""
        next_offset = self._milestones.next_offset(partition)
        if next_offset is None:
            return 0
        try:
            records = await self._log.read(PROGRESS.name, partition, next_offset)
        except OffsetOutOfRangeError:  # cut off by its retention while nobody read it, or made anew
            self._milestones.go_on_at(partition, await self._log.start_offset(PROGRESS.name, partition))
            return 0
        if letters := self._milestones.take(partition, records):
            for schema, group in _groups(letters):
                await self._insert(DEAD_LETTERS.name, schema, group)
            tell("sinks", f"{len(letters)} messages of {PROGRESS.name} say nothing; see `tilde tail dead_letters`")
        return len(records)

    async def _read(self, pending: Pending, partition: int) -> int:
        topic = pending.table.name
        try:
            records = await self._log.read(topic, partition, pending.next_offset(partition))
        except OffsetOutOfRangeError as error:
            raise ReplayNeededError(
                f"output topic {topic}/{partition} does not hold what the tables lack ({error});"
                " `tilde replay` builds them again from the raw topics"
            ) from error
        if records:
            pending.take(partition, records)
        return len(records)

    async def _flush_due(self, pending: Pending, now_s: float, *, everything: bool) -> None:
        if everything or not pending.rows or pending.due_s <= now_s:
            await self._flush(pending, now_s)

    async def _flush(self, pending: Pending, now_s: float) -> None:
        rows = pending.rows
        readings, positions = pending.drain(now_s)
        if readings:
            await self._insert_readings(pending.table, readings)
        self._keep(positions)
        self._rows[pending.table.name] += rows
        self._unsaved_rows += rows

    def _keep(self, positions: Iterable[SinkPosition]) -> None:
        for position in positions:
            where = position.topic, position.partition
            self._done[where] = self._unsaved[where] = position

    async def _insert_readings(self, table: Table, readings: list[Reading]) -> None:
        try:
            for schema, messages in _by_writer(table, readings):
                await self._insert(table.name, schema, messages)
        except (BlockRefusedError, PoisonError):
            await self._insert_sifted(table, readings)
        else:
            sieve = self._sieves[table.name]
            if sieve.poison.is_on:
                sieve.saw_none(readings)

    async def _insert_sifted(self, table: Table, readings: list[Reading]) -> None:
        """What a schema's block had before it was refused comes again; it is the same rows."""
        sifted = await asyncio.to_thread(self._sieves[table.name].sift, readings)
        for name, messages in ((table.name, sifted.rows), (DEAD_LETTERS.name, sifted.letters)):
            for schema, group in _groups(messages):
                await self._insert(name, schema, group)
        tell("sinks", f"{len(sifted.letters)} messages of {table.name} cannot be rows; see `tilde tail dead_letters`")

    async def _insert(self, table: str, schema: Schema, messages: list[bytes]) -> None:
        """Inserts until the store has it. Raises BlockRefusedError."""
        block = join(schema, messages)
        await self._storing.run(partial(self._store.insert_block, f"{self._database}.{table}", block))
