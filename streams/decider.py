"""The one decider: takes the commands in order, one at a time; its only write is one entry a command to `catalog`.

Its state is the fold of that topic and nothing else. It goes on only when it has read its own entry back; the first
entry for a command holds, so a decider that was replaced and wakes up again harms nothing.
"""

import asyncio
from dataclasses import replace

from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import decide
from tilde.domain.catalog.state import CommandId
from tilde.eventlog import Append, LogError, LogReader, LogWriter, Record
from tilde.runtime.clock import Clock
from tilde.runtime.retrying import Retrying
from tilde.runtime.telling import Outage, tell
from tilde.schemas.codec import PoisonError, decode, oldest_encoder
from tilde.schemas.records import command_of, entry_record
from tilde.schemas.topics import CATALOG, COMMANDS, OF_POINTS

POLL_S = 5.0  # a lost wake-up costs this much
RETRY_S = 1.0


class Decider:
    """Answers the commands. It runs wherever partition 0 of `commands` is assigned."""

    def __init__(self, log: LogReader, writer: LogWriter, clock: Clock) -> None:
        self._log = log
        self._writer = writer
        self._clock = clock
        self._follower = CatalogFollower(log)
        self._encode = oldest_encoder(CATALOG.subject)
        self._next_offset: int | None = None
        self._retrying = Retrying(LogError, RETRY_S, outage=Outage("decider", "the log"))

    async def run(self) -> None:
        """Decides until cancelled; waits for a log that cannot be read or written."""
        while True:
            # What a step had appended before it failed it reads back, and does not append again.
            if not await self._retrying.run(self.step):
                await self._log.wait(POLL_S)

    async def step(self) -> int:
        """Answers the commands that stand in the log now; returns how many messages it read. Raises LogError."""
        await self._follower.read_to_end()
        if self._next_offset is None:
            self._next_offset = max(0, self._follower.catalog.commands_offset)
        records = await self._log.read(COMMANDS.name, 0, self._next_offset)
        for record in records:
            await self._answer(record)
            self._next_offset = record.offset + 1
        return len(records)

    async def _answer(self, record: Record) -> None:
        try:
            batch = decode(record.value, COMMANDS.subject)
        except PoisonError as poison:
            _tell_of(record, poison)  # that is enough: an edge writes what it can read, so no sender waits for this one
            return
        catalog = self._follower.catalog
        for index, command in enumerate(batch["events"]):
            id_ = CommandId(batch["edge"], batch["epoch"], batch["offset"], index)
            while not catalog.is_done(id_):
                entry = decide(catalog, command_of(command), id_, record.offset, self._clock.now_ms())
                if any(fact.NEEDS_ENDS for fact in entry.facts):
                    entry = replace(entry, ends=await self._ends())
                await self._writer.append([Append(CATALOG.name, 0, [self._encode(entry_record(entry))])])
                await self._follower.read_to_end()

    async def _ends(self) -> tuple[int, ...]:
        """Where the partitions that points come from end now: behind all that was acknowledged before the command was.
        An edge ships a command after all that it took in before. Raises LogError.
        """
        places = [(topic.name, partition) for topic in OF_POINTS for partition in range(topic.partitions)]
        return tuple(await asyncio.gather(*(self._log.end_offset(*place) for place in places)))


def _tell_of(record: Record, poison: PoisonError) -> None:
    """One line with where the message stands, and why it is passed over."""
    tell("decider", f"{COMMANDS.name}/0: the message at offset {record.offset} is passed over: {poison}")
