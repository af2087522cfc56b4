"""Group commit: events gathered while the last commit ran are sealed into batches, one a partition, and committed as
one.

    post -> open group -> sealed batches -> one transaction -> everybody who waits is answered

A batch is sealed once: the bytes in the edge's log are those that every retry sends.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from producers.edge_log import EdgeLog
from tilde.domain.commands import Command, CommandId
from tilde.domain.identity import EventIds
from tilde.eventlog import Append, LogError
from tilde.schemas.codec import encoder
from tilde.schemas.records import command_record
from tilde.schemas.topics import COMMANDS, STATS

EVENTS_MAX = 500  # below 512, so that offset x 512 + place is a version
BYTES_MAX = 256 << 10
_EVENT_BYTES = 48  # what an event takes besides its name, at most
Event = dict[str, Any]


class EventSink(Protocol):
    """Where a dialect leaves its events. What `durable` returned for survives kill -9 and a power cut."""

    def post(self, partition: int, event: Event) -> None:
        """Adds one event of topic `stats` to the open group. Never blocks."""
        ...

    def durable(self) -> asyncio.Future[None]:
        """Done once everything posted before the call is durable; LogError when it could not be written."""
        ...


class Sealer:
    """The one write path of an edge. Used from its event loop only; commits run in a thread of its own."""

    def __init__(
        self,
        log: EdgeLog,
        ids: EventIds,
        catalog_sequence: Callable[[], int],
        on_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._log = log
        self.ids = ids
        self._catalog_sequence = catalog_sequence
        self._on_commit = on_commit
        self._encode = {topic.name: encoder(topic.subject) for topic in (STATS, COMMANDS)}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="edge-log")
        self._loop = asyncio.get_running_loop()
        self._events: defaultdict[int, list[Event]] = defaultdict(list)
        self._commands: list[tuple[Event, asyncio.Future[CommandId]]] = []
        self._group: asyncio.Future[None] = self._loop.create_future()
        self._committing: asyncio.Task[None] | None = None

    def post(self, partition: int, event: Event) -> None:
        self._events[partition].append(event)

    def durable(self) -> asyncio.Future[None]:
        if self._committing is None:
            self._committing = self._loop.create_task(self._commit_groups())
        return self._group

    async def command(self, command: Command) -> CommandId:
        """Makes a command durable; returns its id. Raises LogError."""
        sealed: asyncio.Future[CommandId] = self._loop.create_future()
        self._commands.append((command_record(command), sealed))
        await asyncio.shield(self.durable())
        return await sealed

    async def _commit_groups(self) -> None:
        try:
            while self._events or self._commands:
                await self._commit_group()
        finally:
            self._committing = None

    async def _commit_group(self) -> None:
        group, self._group = self._group, self._loop.create_future()
        events, self._events = self._events, defaultdict(list)
        commands, self._commands = self._commands, []
        try:
            batches = self._seal(events, commands)
            await self._loop.run_in_executor(self._thread, self._log.append, batches, self.ids.last)
        except LogError as error:
            group.set_exception(error)
            group.exception()  # a group of clients that all went away is nobody's to read
            return
        except Exception as bug:
            group.set_exception(bug)
            raise
        group.set_result(None)
        self._on_commit()

    def _seal(
        self, events: dict[int, list[Event]], commands: list[tuple[Event, asyncio.Future[CommandId]]]
    ) -> list[Append]:
        batches: list[Append] = []
        last_seqs: dict[tuple[str, int], int] = {}

        def seal(topic: str, partition: int, portion: list[Event]) -> int:
            seq = self._log.next_seq + len(batches)
            key = topic, partition
            before = last_seqs.get(key, self._log.last_seq(topic, partition))
            last_seqs[key] = seq
            sealed = {
                "edge": self._log.edge,
                "epoch": self._log.epoch,
                "offset": seq,
                "before": before,
                "catalog": self._catalog_sequence(),
                "events": portion,
            }
            batches.append(Append(topic, partition, (self._encode[topic](sealed),)))
            return seq

        for partition, posted in events.items():
            for portion in portions(posted):
                seal(STATS.name, partition, portion)
        for command, done in commands:
            seq = seal(COMMANDS.name, 0, [command])
            if not done.done():
                done.set_result(CommandId(self._log.edge, self._log.epoch, seq, 0))
        return batches

    async def close(self) -> None:
        """Commits what is open."""
        if self._committing is not None:
            await self._committing
        self._thread.shutdown()


def portions(events: list[Event]) -> list[list[Event]]:
    """The events, cut into batches of at most EVENTS_MAX events and about BYTES_MAX bytes."""
    if len(events) > EVENTS_MAX or (len(events) > 1 and _bytes(events) > BYTES_MAX):
        half = min(len(events) // 2, EVENTS_MAX)
        return portions(events[:half]) + portions(events[half:])
    return [events]


def _bytes(events: list[Event]) -> int:
    return sum(4 * len(event["name"] or "") + _EVENT_BYTES for event in events)
