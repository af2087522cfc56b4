"""Group commit: events gathered while the last commit ran are sealed into batches, one a partition, and committed as
one.

    post -> open group -> sealed batches -> one transaction -> everybody who waits is answered

A batch is sealed once: the bytes in the edge's log are those that every retry sends.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from producers.edge.edge_log import EdgeLog
from tilde.domain.catalog.entries import Command
from tilde.domain.catalog.state import CommandId
from tilde.domain.log.identity import EventIds
from tilde.domain.log.versions import EVENTS_MAX
from tilde.eventlog import Append, LogError
from tilde.runtime.portions import portions
from tilde.schemas.codec import oldest_encoder
from tilde.schemas.hot import sealed_stats
from tilde.schemas.records import command_record
from tilde.schemas.topics import COMMANDS, STATS

BUSY_EVENTS = 8  # in the last group: then it is worth waiting for others to come into this one
GATHER_S = 0.002  # at most: a commit costs 250 us of CPU however much is in it; alone, a post does not wait at all
LULL_S = 0.0005  # when nobody has come in for that long, nobody is waited for
BYTES_MAX = 256 << 10

Events = defaultdict[int, list[bytes]]
"""StatPosted bodies by partition."""
Commands = list[tuple[dict[str, Any], asyncio.Future[CommandId]]]
"""Command records, each with who waits for its id."""


class EventWriter(Protocol):
    """Where a dialect leaves its events. What `durable` returned for survives kill -9 and a power cut."""

    def post(self, partition: int, event: bytes) -> None:
        """Adds one StatPosted body to the open group. Never blocks."""
        ...

    def durable(self) -> asyncio.Future[None]:
        """Done once everything posted before the call is durable; LogError when it could not be written.

        Many wait for one future: it cannot be cancelled, so who is cancelled while waiting harms nobody else, and
        ends when it is done.
        """
        ...


class Group(asyncio.Future[None]):
    """The end of a group, that all of its clients wait for; shielding each one's wait costs 3 us more a post."""

    def cancel(self, msg: object = None) -> bool:
        """Does nothing: a task cancels what it waits for, and this is others' too."""
        return False


class Sealer:
    """The one write path of an edge. Used from its event loop only; commits run in a thread of its own."""

    def __init__(
        self,
        log: EdgeLog,
        ids: EventIds,
        catalog_sequence: Callable[[], int],
        on_commit: Callable[..., object] | None = None,
        confirm: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        """`on_commit` is called after each commit with the names of the topics that have grown; `confirm`, with its
        last edge offset, is waited for before answers.
        """
        self._log = log
        self.ids = ids
        self._catalog_sequence = catalog_sequence
        self._on_commit = on_commit
        self._confirm = confirm
        self._confirming: set[asyncio.Task[None]] = set()
        self._encode_commands = oldest_encoder(COMMANDS.subject)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="edge-log")
        self._loop = asyncio.get_running_loop()
        self._events: Events = defaultdict(list)
        self._commands: Commands = []
        self._last_group = 0
        self._group = Group(loop=self._loop)
        self._sealed = Group(loop=self._loop)  # the last group that was closed
        self._sealed.set_result(None)
        self._committing: asyncio.Task[None] | None = None

    def post(self, partition: int, event: bytes) -> None:
        self._events[partition].append(event)

    def durable(self) -> asyncio.Future[None]:
        if not self._events and not self._commands:
            return self._sealed
        if self._committing is None:
            self._committing = self._loop.create_task(self._commit_groups())
        return self._group

    async def command(self, command: Command) -> CommandId:
        """Makes a command durable; returns its id. Raises LogError, ValueError where it cannot be encoded."""
        record = command_record(command)
        self._encode_commands(self._header(0, -1) | {"events": [record]})  # alone: it must not spoil others' group
        sealed: asyncio.Future[CommandId] = self._loop.create_future()
        self._commands.append((record, sealed))
        await self.durable()
        return await sealed

    async def trouble(self) -> str | None:
        """Why the log cannot be written; None where it can. A log that failed is tried again."""
        if self._log.trouble is not None:
            await self._loop.run_in_executor(self._thread, self._log.try_again)
        return self._log.trouble

    async def _commit_groups(self) -> None:
        try:
            while self._events or self._commands:
                if self._last_group >= BUSY_EVENTS:
                    await self._gather()
                await self._commit_group()
        finally:
            self._committing = None
            if self._events or self._commands:  # a bug ended it: who came in meanwhile is not to wait for ever
                self.durable()

    async def _gather(self) -> None:
        until = self._loop.time() + GATHER_S
        before, now = -1, self._waiting()
        while now > before and self._loop.time() < until:
            await asyncio.sleep(LULL_S)
            before, now = now, self._waiting()

    def _waiting(self) -> int:
        return sum(map(len, self._events.values()))

    async def _commit_group(self) -> None:
        group = self._sealed = self._group
        self._group = Group(loop=self._loop)
        events, self._events = self._events, defaultdict(list)
        commands, self._commands = self._commands, []
        self._last_group = sum(map(len, events.values()))
        try:
            batches = self._seal(events, commands)
            await self._loop.run_in_executor(self._thread, self._log.append, batches, self.ids.last)
        except LogError as error:
            _fail(group, error)
            return
        except Exception as bug:
            _fail(group, bug)
            raise
        if self._on_commit is not None:
            self._on_commit(*{batch.topic for batch in batches})
        if self._confirm is None:
            group.set_result(None)
        else:
            confirming = self._loop.create_task(self._answer_confirmed(group, self._log.next_offset - 1, self._confirm))
            self._confirming.add(confirming)
            confirming.add_done_callback(self._confirming.discard)

    @staticmethod
    async def _answer_confirmed(group: Group, offset: int, confirm: Callable[[int], Awaitable[None]]) -> None:
        await confirm(offset)
        group.set_result(None)

    def _seal(self, events: Events, commands: Commands) -> list[Append]:
        batches: list[Append] = []
        for partition, posted in events.items():
            before = self._log.last_offset(STATS.name, partition)
            for portion in batches_of(posted):
                offset = self._log.next_offset + len(batches)
                sealed = sealed_stats(
                    self._log.edge, self._log.epoch, offset, before, self._catalog_sequence(), portion
                )
                batches.append(Append(STATS.name, partition, (sealed,)))
                before = offset
        if commands:
            batches.append(self._seal_commands(commands, self._log.next_offset + len(batches)))
        return batches

    def _seal_commands(self, commands: Commands, offset: int) -> Append:
        sealed = self._header(offset, self._log.last_offset(COMMANDS.name, 0))
        sealed["events"] = [record for record, _ in commands]
        for index, (_, is_sealed) in enumerate(commands):
            is_sealed.set_result(CommandId(self._log.edge, self._log.epoch, offset, index))
        return Append(COMMANDS.name, 0, (self._encode_commands(sealed),))

    def _header(self, offset: int, before: int) -> dict[str, Any]:
        return {
            "edge": self._log.edge,
            "epoch": self._log.epoch,
            "offset": offset,
            "before": before,
            "catalog": self._catalog_sequence(),
        }

    async def close(self) -> None:
        """Commits what is open."""
        if self._committing is not None:
            await self._committing
        self._thread.shutdown()


def _fail(group: Group, error: Exception) -> None:
    group.set_exception(error)
    group.exception()  # a group of clients that all went away is nobody's to read


def batches_of(events: list[bytes]) -> Iterator[list[bytes]]:
    """The events, cut into batches of at most EVENTS_MAX events and BYTES_MAX bytes (a longer event stands alone)."""
    if len(events) <= EVENTS_MAX and sum(map(len, events)) <= BYTES_MAX:
        return iter([events])
    return portions(events, len, BYTES_MAX, EVENTS_MAX)
