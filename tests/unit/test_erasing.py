"""What the catalog says is erased, every edge carries out once: when it reads of it, and again after a backup."""

import shutil
from pathlib import Path

import pytest

from producers.edge.erasing import Erasing
from testkit.builders import NOON_MS, a_command_id
from testkit.edges import KEYRING
from testkit.memory_log import MemoryLog
from tilde.catalog.follower import CatalogFollower
from tilde.data_folder import visitors_path
from tilde.domain.catalog.decide import decide
from tilde.domain.catalog.entries import Command, fold
from tilde.domain.catalog.erasures import EraseVisitors
from tilde.domain.catalog.state import Catalog
from tilde.eventlog import Append, LogError
from tilde.keys.visitor_file import VisitorFile
from tilde.keys.visitors import ErasedError, Identity, Visitors
from tilde.schemas.codec import oldest_encoder
from tilde.schemas.records import entry_record
from tilde.schemas.topics import CATALOG

ANN, BOB = Identity(32, "id", "3228480604"), Identity(32, "id", "1112223334")
SAID = {"address": "203.0.113.77"}


def hash_of(identity: Identity) -> int:
    return KEYRING.visitor_number(*identity)


class World:
    """A catalog, and edges that follow it."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self._catalog = Catalog()
        self._encode = oldest_encoder(CATALOG.subject)

    async def erase(self, *identities: Identity) -> int:
        """Has it decided; returns the entry's sequence."""
        number = self._catalog.sequence
        action = EraseVisitors(32, tuple(map(hash_of, identities)))
        entry = decide(self._catalog, Command(NOON_MS, NOON_MS + 1, action), a_command_id(number), number, NOON_MS)
        assert fold(self._catalog, entry)
        await self.log.append([Append(CATALOG.name, 0, [self._encode(entry_record(entry))])])
        return entry.sequence

    async def edge(self, folder: Path) -> "Edge":
        """One that begins."""
        edge = Edge(folder, CatalogFollower(self.log))
        await edge.follower.read_to_end()
        await edge.erasing.catch_up()
        return edge


class Edge:
    def __init__(self, folder: Path, follower: CatalogFollower) -> None:
        self.follower = follower
        self.visitors = Visitors(VisitorFile(visitors_path(folder)), KEYRING)
        self.erasing = Erasing(follower, self.visitors)

    def knows(self, identity: Identity) -> tuple[int, bytes]:
        """Has a key for somebody; returns it, and what is sealed with it."""
        visitor = self.visitors.of(identity)
        self.visitors.keep()
        return visitor.key, visitor.seal(SAID)

    def opens(self, sealed: tuple[int, bytes]) -> bool:
        try:
            return bool(self.visitors.opened(*sealed) == SAID)
        except ErasedError:
            return False


@pytest.fixture
def world() -> World:
    return World()


async def test_every_edge_erases_whom_it_knows_and_nobody_else(world, tmp_path):
    """Each says how many of its own that were."""
    one, other = await world.edge(tmp_path / "1"), await world.edge(tmp_path / "2")
    ann, bob, ann_there = one.knows(ANN), one.knows(BOB), other.knows(ANN)
    sequence = await world.erase(ANN)
    for edge in (one, other):
        await edge.follower.read_to_end()

    assert [await edge.erasing.of(sequence) for edge in (one, other)] == [1, 1]
    assert (one.opens(ann), one.opens(bob), other.opens(ann_there)) == (False, True, False)


async def test_an_edge_that_was_away_erases_before_it_begins(world, tmp_path):
    edge = await world.edge(tmp_path)
    ann = edge.knows(ANN)
    edge.visitors.close()
    await world.erase(ANN)

    assert not (await world.edge(tmp_path)).opens(ann)


async def test_who_comes_back_after_an_erasure_is_not_erased_again(world, tmp_path):
    """However often the edge begins, and also where it had nobody when the erasure came."""
    for folder in (tmp_path / "1", tmp_path / "2"):
        edge = await world.edge(folder)
        if folder.name == "1":
            edge.knows(ANN)
        sequence = await world.erase(ANN)
        await edge.follower.read_to_end()
        await edge.erasing.of(sequence)
        again = edge.knows(ANN)
        edge.visitors.close()

        assert (await world.edge(folder)).opens(again)


async def test_a_restored_backup_forgets_whom_the_catalog_says(world, tmp_path):
    """Its file still had them."""
    edge = await world.edge(tmp_path / "now")
    ann, bob = edge.knows(ANN), edge.knows(BOB)
    edge.visitors.close()
    shutil.copytree(tmp_path / "now", tmp_path / "backup")
    edge = await world.edge(tmp_path / "now")
    await world.erase(ANN)
    await edge.follower.read_to_end()
    await edge.erasing.catch_up()
    restored = await world.edge(tmp_path / "backup")

    assert (edge.opens(ann), restored.opens(ann), restored.opens(bob)) == (False, False, True)


async def test_an_erasure_that_could_not_be_written_is_carried_out_later(world, tmp_path, monkeypatch):
    """A crash or a full disk in the middle: the entry is not done, and the next look does it."""
    edge = await world.edge(tmp_path)
    ann = edge.knows(ANN)
    sequence = await world.erase(ANN)
    await edge.follower.read_to_end()
    with monkeypatch.context() as patch:
        patch.setattr(VisitorFile, "erase", _fail)
        with pytest.raises(LogError):
            await edge.erasing.catch_up()
    assert edge.visitors.erased_up_to() < sequence
    edge.visitors.close()

    assert not (await world.edge(tmp_path)).opens(ann)


def _fail(file: VisitorFile, keys: set[int], up_to: int) -> None:
    raise LogError("no room")
