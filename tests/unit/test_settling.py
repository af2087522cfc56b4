"""Who waits for the tables looks how far they are; not again where nothing came since the last look."""

from dataclasses import dataclass, field

import pytest

from api.reads.settling import Settling
from testkit.memory_log import MemoryLog
from testkit.told_progress import ToldProgress
from tilde.eventlog import Append
from tilde.schemas.topics import ACTIVITY, STATS


@dataclass
class Place:
    """A log, tables of generation 1, and who waits for them."""

    log: MemoryLog = field(default_factory=MemoryLog)
    progress: ToldProgress = field(default_factory=ToldProgress)
    generation: int = 1

    def __post_init__(self) -> None:
        self.settling = Settling(self.log, self.progress, lambda: self.generation)

    async def write(self) -> None:
        """One batch, which is in the tables at once."""
        await self.log.append([Append(ACTIVITY.name, 3, [b"1"])])
        self.progress.done[ACTIVITY.name][3] += 1

    async def settles(self) -> tuple[bool, int]:
        """Whether it has, and after how many looks."""
        before = self.progress.looks
        return await self.settling.settle([ACTIVITY]), self.progress.looks - before


@pytest.fixture
async def place() -> Place:
    place = Place()
    await place.write()
    assert await place.settles() == (True, 1)
    return place


async def test_nobody_looks_again_where_nothing_came(place: Place) -> None:
    """What tables have they keep, whoever asks."""
    assert [await place.settles(), await place.settles()] == [(True, 0), (True, 0)]


async def test_what_came_since_is_looked_for(place: Place) -> None:
    """Once."""
    await place.write()

    assert [await place.settles(), await place.settles()] == [(True, 1), (True, 0)]


async def test_other_tables_are_looked_at(place: Place) -> None:
    """Those of the next generation, which may be behind."""
    place.generation = 2

    assert [await place.settles(), await place.settles()] == [(True, 1), (True, 0)]


async def test_what_is_not_there_is_not_taken_for_there(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is looked for."""
    monkeypatch.setattr("api.reads.settling.SETTLED_S", 0.02)
    await place.log.append([Append(ACTIVITY.name, 3, [b"2"])])

    assert not await place.settling.settle([ACTIVITY])
    assert not await place.settling.settle([STATS, ACTIVITY])
