"""Erasures for tests: a catalog in memory that decides at once, and edges that follow it with files of keyholders."""

from pathlib import Path
from typing import cast

from producers.edge.command_desk import CommandDesk
from producers.edge.continuing import Continuing
from producers.edge.erasing import Erasing
from testkit.builders import NOON_MS, a_command_id, an_entry
from testkit.edges import KEYRING
from testkit.memory_log import MemoryLog
from tilde.catalog.follower import CatalogFollower
from tilde.data_folder import keyholders_path
from tilde.domain.catalog.entries import Action, Command, Entry, Fact, decide, fold
from tilde.domain.catalog.erasures import EraseVisitors
from tilde.domain.catalog.state import Catalog
from tilde.eventlog import Append
from tilde.keys.keyholder_file import KeyholderFile
from tilde.keys.keyholders import ErasedError, Identity, Keyholders
from tilde.schemas.codec import oldest_encoder
from tilde.schemas.records import entry_record
from tilde.schemas.topics import CATALOG

SITE = 32
SAID = {"address": "203.0.113.77"}
ADDRESS = "address of"


def hash_of(about: str, text: str) -> int:
    """That of an identity, or of a trait, of the site."""
    return KEYRING.keyed_hash(SITE, about, text)


class World:
    """A catalog, and edges that follow it. While `is_away` nobody decides."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.catalog = Catalog()
        self.is_away = False
        self._encode = oldest_encoder(CATALOG.subject)

    async def ask(self, action: Action) -> Entry:
        """As CommandDesk.ask of any edge: but that who asks has not read the answer yet."""
        if self.is_away:
            raise TimeoutError
        number = self.catalog.sequence
        entry = decide(self.catalog, Command(NOON_MS, NOON_MS + 1, action), a_command_id(number), number, NOON_MS)
        await self._append(entry)
        return entry

    async def take(self, fact: Fact) -> None:
        """Has it happen, whoever decided it."""
        number = self.catalog.sequence
        await self._append(an_entry(number + 1, fact, command=a_command_id(number), commands_offset=number))

    async def _append(self, entry: Entry) -> None:
        assert fold(self.catalog, entry)
        await self.log.append([Append(CATALOG.name, 0, [self._encode(entry_record(entry))])])

    async def erase(self, *hashes: int) -> int:
        """Has it decided; returns the entry's sequence."""
        return (await self.ask(EraseVisitors(SITE, hashes))).sequence

    async def edge(self, folder: Path) -> "Edge":
        """One that begins."""
        edge = Edge(self, folder)
        await edge.follower.read_to_end()
        await edge.erasing.begin()
        return edge

    def erased_by_catalog(self) -> list[tuple[tuple[int, ...], int]]:
        """What the catalog says is erased, and for which entry."""
        return [(erased.hashes, erased.first) for erased in self.catalog.erasures.values()]


class Edge:
    """What an edge has of erasures."""

    def __init__(self, world: World, folder: Path) -> None:
        self.follower = CatalogFollower(world.log)
        self.file = KeyholderFile(keyholders_path(folder))
        self.keyholders = Keyholders(self.file, KEYRING)
        self.continuing = Continuing(cast("CommandDesk", world), self.follower.catalog, self.keyholders)
        self.erasing = Erasing(self.follower, self.keyholders, self.continuing.hear)

    def knows(self, identity: Identity, *addresses: str) -> tuple[int, bytes]:
        """Has a key for somebody who had these addresses; returns it, and what is sealed with it."""
        keyholder = self.keyholders.of(identity)
        for address in addresses:
            self.keyholders.note(keyholder, ADDRESS, address)
        self.keyholders.keep()
        return keyholder.key, keyholder.seal(SAID)

    def opens(self, sealed: tuple[int, bytes]) -> bool:
        """Whether the key is there."""
        try:
            return bool(self.keyholders.opened(*sealed) == SAID)
        except ErasedError:
            return False

    async def read(self) -> None:
        """Carries out what the catalog has, and has others told of it."""
        await self.follower.read_to_end()
        await self.erasing.catch_up()
        await self.continuing.tell_all()
