"""An edge without its web application: its log, its copy of the catalog, its lease. The command line opens one too."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from producers.edge.command_desk import CommandDesk, CommandRefusedError
from producers.edge.continuing import Continuing
from producers.edge.edge_log import EdgeLog, require_catalog
from producers.edge.erasing import Erasing
from producers.edge.keeping import Keeping
from producers.edge.receipts import Receipts
from producers.edge.sealer import Sealer
from tilde.catalog.follower import CatalogFollower
from tilde.catalog.key_lookup import KeyLookup
from tilde.data_folder import keyholders_path
from tilde.domain.catalog.edges import EdgeStarted, StartEdge
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.log.identity import ID_END, EventIds
from tilde.errors import TildeError
from tilde.eventlog import LogError, LogReader
from tilde.keys.keyholder_file import DamagedError, KeyholderFile
from tilde.keys.keyholders import Keyholders
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import Clock
from tilde.runtime.tasks import cancel

NO_NUMBER = 0  # stands in until the lease; no event is posted before it
TAKEN_OVER = (
    "another process has started with this edge's folder, or a copy of it: only one may run. Starting again makes this"
    " one another edge"
)


@dataclass(slots=True)
class Edge:
    """The open parts of an edge."""

    log: EdgeLog
    follower: CatalogFollower
    keys: KeyLookup
    ids: EventIds
    receipts: Receipts
    sealer: Sealer
    desk: CommandDesk
    keyholders: Keyholders
    erasing: Erasing
    continuing: Continuing
    following: asyncio.Task[None]

    async def close(self) -> None:
        """Stops following, which may ask for something, and commits what is open."""
        await cancel(self.following)
        await self.sealer.close()
        self.keyholders.close()
        self.log.close()


async def open_edge(
    log: EdgeLog,
    reader: LogReader,
    keyring: Keyring,
    clock: Clock,
    on_commit: Callable[..., object],
    confirm: Callable[[int], Awaitable[None]] | None = None,
) -> Edge:
    """Reads the catalog to its end, leases the edge number for this epoch, and is then ready to take posts.

    While the log is away an edge that has a number goes on with it. Raises TildeError where it has none, or is refused
    one; all is closed then, `log` too.
    """
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(log.close)
        edge = await _opened(log, reader, keyring, clock, on_commit, confirm)
        stack.pop_all()  # the edge closes its log itself
        stack.push_async_callback(edge.close)
        await _lease(edge)
        edge.continuing.begin()
        stack.pop_all()
    return edge


async def _opened(
    log: EdgeLog,
    reader: LogReader,
    keyring: Keyring,
    clock: Clock,
    on_commit: Callable[..., object],
    confirm: Callable[[int], Awaitable[None]] | None,
) -> Edge:
    """An edge that follows the catalog, with the number that its log remembers."""
    taken_over = asyncio.Event()

    def on_lease(entry: Entry) -> None:
        lease = follower.catalog.edges.get(log.edge)
        if lease is not None and lease.epoch > log.epoch:
            taken_over.set()

    follower = CatalogFollower(reader)
    follower.listen(on_lease, EdgeStarted)
    with contextlib.suppress(LogError):
        await follower.read_to_end()
        require_catalog(log.folder, follower.catalog.sequence)
    keyring.require_ours(follower.catalog)
    if _was_restored(log, follower) or log.last_event_id >= ID_END:
        log.become_another_edge()
    taken_over.clear()
    ids = EventIds(max(log.number, NO_NUMBER), log.last_event_id)
    sealer = Sealer(log, ids, follower.catalog, on_commit, confirm)
    keyholders = Keyholders(KeyholderFile(keyholders_path(log.folder)), keyring)
    keeping = Keeping(sealer, keyholders)
    desk = CommandDesk(sealer, follower, clock)
    continuing = Continuing(desk, follower.catalog, keyholders)
    erasing = Erasing(follower, keyholders, continuing.hear)
    try:
        await erasing.begin()
    except DamagedError as error:
        raise TildeError(str(error)) from None
    following = asyncio.create_task(_follow(taken_over, follower.run, erasing.run, continuing.run, keeping.run))
    keys = KeyLookup(follower, keyring)
    return Edge(log, follower, keys, ids, Receipts(clock), sealer, desk, keyholders, erasing, continuing, following)


async def _follow(taken_over: asyncio.Event, *runs: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Follows the catalog until cancelled, erases whom it says, tells whom it has found, and tries again to keep who is
    new. Raises TildeError once another process is this edge.
    """
    waiting = asyncio.ensure_future(taken_over.wait())
    running = [asyncio.ensure_future(run()) for run in runs]
    try:
        await asyncio.wait([*running, waiting], return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            if task.done():
                task.result()
        raise TildeError(TAKEN_OVER)
    finally:
        await cancel(*running, waiting)


def _was_restored(log: EdgeLog, follower: CatalogFollower) -> bool:
    """Whether this folder is from a backup: its edge has done more than it knows of."""
    lease = follower.catalog.edges.get(log.edge)
    done = follower.catalog.done.get(log.edge)
    return (lease is not None and lease.epoch > log.epoch_before) or (
        done is not None and done.offset >= log.next_offset
    )


async def _lease(edge: Edge) -> None:
    try:
        entry = await edge.desk.ask(StartEdge(edge.log.edge, edge.log.epoch))
    except (TimeoutError, LogError, CommandRefusedError) as error:
        if isinstance(error, CommandRefusedError) and error.refusal is not Refusal.DEADLINE_PASSED:
            raise TildeError(str(error)) from None
        if edge.log.number < 0:
            raise TildeError(f"this edge has no number yet, and gets none: {error}") from None
        return
    number = entry.reply["number"]
    edge.log.keep_number(number)
    edge.ids.lease(number)
