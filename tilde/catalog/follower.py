"""A process's own copy of the catalog: reads the topic to its end, then goes on reading. Edges, processors and APIs
have one.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from tilde.domain.catalog.entries import Entry, Fact, fold
from tilde.domain.catalog.state import Catalog, CommandId
from tilde.errors import TildeError
from tilde.eventlog import LogError, LogReader, Record
from tilde.runtime.retrying import Retrying
from tilde.schemas.codec import PoisonError, decode
from tilde.schemas.records import entry_of
from tilde.schemas.topics import CATALOG

POLL_S = 5.0  # a lost wake-up costs this much
LOOK_AGAIN_S = 0.02  # look-ups of unknown keys are joined: one reading of the log's end per this time
RETRY_S = 0.2
RECENT_MAX = 1_000  # an answer may be folded before its sender begins to wait for it

T = TypeVar("T")
Listener = Callable[[Entry], None]


class CatalogUnreadableError(TildeError):
    """An entry cannot be decoded. Passed over, this copy would be another one than everybody else's, for ever."""


class CatalogFollower:
    """Folds `catalog` into `self.catalog`. Listeners are told of what it has folded."""

    def __init__(self, log: LogReader) -> None:
        self.catalog = Catalog()
        self._log = log
        self._listeners: list[tuple[Listener, tuple[type[Fact], ...]]] = []
        self._next_offset = 0
        self._reading = asyncio.Lock()
        self._answers: dict[CommandId, asyncio.Future[Entry]] = {}
        self._recent: OrderedDict[CommandId, Entry] = OrderedDict()
        self._look: asyncio.Task[None] | None = None

    def listen(self, listener: Listener, *kinds: type[Fact]) -> None:
        """From now on `listener` is told of each entry that holds, once it is folded; where there are `kinds`, only of
        those with a fact of one of these: `listen(forget, KeyStored, KeyRevoked)`.
        """
        self._listeners.append((listener, kinds))

    async def read_to_end(self) -> None:
        """Takes in everything that was appended before the call. Raises LogError, CatalogUnreadableError."""
        async with self._reading:
            while records := await self._log.read(CATALOG.name, 0, self._next_offset):
                for record in records:
                    entry = _entry_of(record)
                    self._next_offset = record.offset + 1
                    if fold(self.catalog, entry):
                        self._tell(entry)

    def _tell(self, entry: Entry) -> None:
        for listener, kinds in self._listeners:
            if not kinds or any(isinstance(fact, kinds) for fact in entry.facts):
                listener(entry)
        self._recent[entry.command] = entry
        if len(self._recent) > RECENT_MAX:
            self._recent.popitem(last=False)
        answer = self._answers.pop(entry.command, None)
        if answer is not None and not answer.done():
            answer.set_result(entry)

    async def run(self) -> None:
        """Follows until cancelled. While the log cannot be read the copy stands still. Ends with
        CatalogUnreadableError, CorruptError.
        """
        retrying = Retrying(LogError, RETRY_S)  # whoever opened the log tells that it is away
        while True:
            await retrying.run(self.read_to_end)
            await self._log.wait(POLL_S)

    async def catch_up(self) -> None:
        """Takes in what was appended before the call; where that is nothing, it costs one look at the log's end. For
        who has to see what another process was just told. Raises LogError, CatalogUnreadableError.
        """
        if await self._log.end_offset(CATALOG.name, 0) > self._next_offset:
            await self.read_to_end()

    async def look_again(self) -> None:
        """Returns after a reading of the log's end that began after the call; joined with others'. Raises LogError,
        CatalogUnreadableError.
        """
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._look_soon())
        await asyncio.shield(self._look)

    async def find(self, known: Callable[[], T | None]) -> T | None:
        """What `known` finds in this copy; where that is nothing, once more after `look_again`, since another edge may
        have made it a moment ago. Raises as `look_again`.
        """
        found = known()
        if found is None:
            await self.look_again()
            found = known()
        return found

    async def _look_soon(self) -> None:
        await asyncio.sleep(LOOK_AGAIN_S)
        self._look = None  # later callers may not join: this reading may have begun before they called
        await self.read_to_end()

    async def answer_to(self, command: CommandId, timeout_s: float) -> Entry:
        """The entry of a command, once this copy has folded it. Raises TimeoutError."""
        if command in self._recent:
            return self._recent[command]
        answer = self._answers.setdefault(command, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        finally:
            self._answers.pop(command, None)


async def read_catalog(log: LogReader) -> Catalog:
    """The catalog as it stands; closes the log. Raises LogError, CatalogUnreadableError."""
    follower = CatalogFollower(log)
    try:
        await follower.read_to_end()
    finally:
        await log.close()
    return follower.catalog


def _entry_of(record: Record) -> Entry:
    """The entry in a record. Raises CatalogUnreadableError."""
    try:
        return entry_of(decode(record.value, CATALOG.subject))
    except PoisonError as poison:
        raise CatalogUnreadableError(
            f"{CATALOG.name}/0: the entry at offset {record.offset} cannot be decoded: {poison}; nobody but the"
            " decider may write there. Upgrade this process if a newer release wrote it, else bring back the topic from"
            " a backup"
        ) from poison
