"""What tilde/keys/opener.py promises of an Opener: over a folder, over two edges, and the fake."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from testkit.memory_opener import MemoryOpener
from testkit.openers import KeyEdge, asking
from tilde.keys.opener import KeysAwayError, Opener, Sealed

PEOPLE = ("ann", "bob", "cid")


class Place(Protocol):
    """Where people are known, and somebody who opens what is sealed of them."""

    opener: Opener
    seal: Callable[[str, Any], Sealed]
    erase: Callable[[str], Awaitable[None]]
    break_: Callable[[], object]


class OfMemory:
    def __init__(self, folder: Path) -> None:
        self.opener = MemoryOpener()

    def seal(self, person: str, said: Any) -> Sealed:
        return self.opener.seal(PEOPLE.index(person), said)

    async def erase(self, person: str) -> None:
        self.opener.erase(PEOPLE.index(person))

    def break_(self) -> None:
        self.opener.is_away = True

    def close(self) -> None:
        """Nothing is open."""


class OfAFolder:
    def __init__(self, folder: Path) -> None:
        self._edge = KeyEdge(folder, "one")
        self._file = folder / "one" / "visitors.db"
        self.opener, self.seal, self.erase = self._edge.opener, self._edge.seal, self._edge.erase

    def break_(self) -> None:
        self.close()
        self._file.write_bytes(b"something else")

    def close(self) -> None:
        self._edge.close()


class OfEdges:
    """Ann and Bob are known to one, Cid to the other."""

    def __init__(self, folder: Path) -> None:
        self._edges = [KeyEdge(folder, "one"), KeyEdge(folder, "other")]
        self.opener = asking(self._edges)

    def seal(self, person: str, said: Any) -> Sealed:
        return self._edges[person == "cid"].seal(person, said)

    async def erase(self, person: str) -> None:
        await self._edges[person == "cid"].erase(person)

    def break_(self) -> None:
        self._edges[1].failing = 1

    def close(self) -> None:
        for edge in self._edges:
            edge.close()


@pytest.fixture(params=[OfMemory, OfAFolder, OfEdges])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    made = request.param(tmp_path)
    yield made
    made.close()


async def test_each_is_opened_in_its_place(place: Place) -> None:
    """Also one that is asked for twice, and two of one person."""
    ann, bob, cid = (place.seal(person, {"id": person}) for person in PEOPLE)
    more = place.seal("ann", {"texts": ["Gold"]})

    opened = await place.opener.opened([cid, ann, more, bob, ann])

    assert opened == [{"id": "cid"}, {"id": "ann"}, {"texts": ["Gold"]}, {"id": "bob"}, {"id": "ann"}]


async def test_nothing_is_asked_and_nothing_is_opened(place: Place) -> None:
    """Where nobody is known, too."""
    assert await place.opener.opened([]) == []


@pytest.mark.parametrize("erased", ["ann", "cid"])
async def test_who_is_erased_is_opened_by_nobody_though_he_was_opened_before(place: Place, erased: str) -> None:
    """The others are, as before."""
    sealed = {person: place.seal(person, {"id": person}) for person in PEOPLE}
    assert await place.opener.opened(list(sealed.values())) == [{"id": person} for person in PEOPLE]

    await place.erase(erased)

    opened = await place.opener.opened(list(sealed.values()))
    assert opened == [None if person == erased else {"id": person} for person in PEOPLE]


async def test_where_keys_are_away_nobody_is_taken_for_erased(place: Place) -> None:
    """It fails for all, those whom another edge knows included."""
    sealed = [place.seal(person, {"id": person}) for person in PEOPLE]
    place.break_()

    with pytest.raises(KeysAwayError):
        await place.opener.opened(sealed)
