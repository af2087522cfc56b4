"""The parts of the watchers' process, one step at a time: for tests that end it between any two of them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

from testkit.builders import an_account_created, an_entry, an_entry_message
from testkit.memory_log import MemoryLog
from tilde.catalog.follower import read_catalog
from tilde.domain.catalog.state import Catalog
from tilde.eventlog import Append, LogWriter
from tilde.runtime.clock import Clock
from tilde.schemas.topics import CATALOG
from watchers.clockwork import Clockwork
from watchers.contract import Commands, Destination, Watcher
from watchers.delivery import CommandDelivery, LetterDelivery
from watchers.ledger import Ledger
from watchers.loop import TopicLoop
from watchers.outbox import Outbox


class KilledError(Exception):
    """The process is gone, in the middle of what it did."""


class Killing:
    """Commands, or a destination, at which the process dies when it is told to: `before` the work, or `after` it.

    `done` counts what was done, by letter id or batch; `hidden`, of which nobody was told.
    """

    def __init__(self, inner: object, name: str = "mail") -> None:
        self._inner = inner
        self.name = name
        self.dies = ""
        self.done: Counter[object] = Counter()
        self.hidden: Counter[object] = Counter()

    async def send(self, batches: Sequence[bytes]) -> int:
        self._die("before")
        sent: int = await self._inner.send(batches)  # type: ignore[attr-defined]
        self._is_done(*batches[:sent])
        return sent

    async def deliver(self, id_: str, body: bytes) -> None:
        self._die("before")
        await self._inner.deliver(id_, body)  # type: ignore[attr-defined]
        self._is_done(id_)

    def _is_done(self, *what: object) -> None:
        self.done.update(what)
        if self.dies == "after":
            self.hidden.update(what)
        self._die("after")

    def _die(self, when: str) -> None:
        if self.dies == when:
            raise KilledError


def the_watchers(
    path: Path, log: MemoryLog, watcher: Watcher, clock: Clock, commands: Commands, destination: Destination
) -> SimpleNamespace:
    """The open parts over a ledger, which goes on where it was left: `ledger`, `outbox`, `loop`, `clockwork`, `asking`,
    `sending`.
    """
    ledger = Ledger(path)
    outbox = Outbox(ledger)
    assert watcher.occasions is not None
    return SimpleNamespace(
        ledger=ledger,
        outbox=outbox,
        loop=TopicLoop(log, ledger, [watcher], clock),
        clockwork=Clockwork(watcher, watcher.occasions, ledger, clock),
        asking=CommandDelivery(outbox, commands, clock),
        sending=LetterDelivery(outbox, destination, clock),
    )


async def with_an_account(log: LogWriter) -> None:
    """Product 1 exists, of an account without keys: any keyring is that of its catalog."""
    await log.append([Append(CATALOG.name, 0, [an_entry_message(an_entry(1, an_account_created(keys=())))])])


def comments(catalog: Catalog, product: int = 1) -> Counter[tuple[int, str]]:
    """The comments of all stats, by metric and text."""
    records = catalog.stats_of(product).records.items()
    return Counter((metric, comment.text) for metric, record in records for comment in record.comments)


async def comments_in(log: MemoryLog) -> Counter[tuple[int, str]]:
    """The same of the catalog in a log, which is not closed: in memory that is nothing."""
    return comments(await read_catalog(log))
