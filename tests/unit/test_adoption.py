"""What the edge takes in of others in the folder: in whose name, behind what, and when that is durable."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from producers.edge.adoption import Adoption
from producers.edge.edge_log import EdgeLog, require_catalog
from producers.edge.event_writer import EventPlace
from producers.edge.sealer import Sealer
from testkit.sealed import NOON_MS
from tilde.domain.catalog.entries import Command
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.stats import CommentOnStat
from tilde.domain.log.identity import EventIds
from tilde.errors import TildeError
from tilde.eventlog import LogError
from tilde.eventlog.segments import SegmentReader
from tilde.schemas.codec import decode, encoder, event_encoder
from tilde.schemas.hot import long, posted_name, stat_posted
from tilde.schemas.records import command_record
from tilde.schemas.topics import COMMANDS, STATS
from watchers.causes import Cause

ACTION = CommentOnStat(1, 77, "seen")
HANDED = Cause("w", "clock", 7).sealed([ACTION], NOON_MS)


class Place:
    """The log of an edge, which has read so much of the catalog as the test says."""

    def __init__(self, folder: Path) -> None:
        self.catalog = Catalog(sequence=5)
        self.folder = folder
        self.log = EdgeLog(folder, NOON_MS)
        self.sealer = Sealer(self.log, EventIds(1), self.catalog)
        self.adoption = Adoption(self.sealer, self.catalog)

    def post(self) -> None:
        event = stat_posted(self.sealer.ids.next(NOON_MS), posted_name(1, 2, "counter", "x"), 1.0, None, long(NOON_MS))
        self.sealer.writer(STATS).post(0, event)

    async def command(self) -> asyncio.Task[EventPlace]:
        """Left in the open group when this returns."""
        schema, body = event_encoder(COMMANDS.subject)(command_record(Command(NOON_MS, NOON_MS, ACTION)))
        asking = asyncio.create_task(self.sealer.writer(COMMANDS, schema=schema).placed(0, body))
        await asyncio.sleep(0)
        return asking

    async def messages(self) -> list[tuple[int, dict[str, Any]]]:
        """Those of `commands`, each behind its number in the log."""
        await self.sealer.close()
        self.log.close()
        return [
            (batch.seq, decode(batch.append.values[0], COMMANDS.subject))
            for batch in SegmentReader(self.folder).read_after(0, 1 << 20)
            if batch.append.topic == COMMANDS.name
        ]


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def test_own_commands_keep_their_places_beside_adopted_ones_of_one_group(place: Place) -> None:
    """An own batch is known by its place in the log; what is adopted comes behind it."""
    asking = await place.command()
    await place.adoption.take(HANDED)

    own, adopted = await place.messages()
    assert own[1]["offset"] == own[0] == (await asking).offset
    assert adopted[1]["edge"] == "w/clock"


async def test_what_could_not_be_written_is_not_said_to_be_durable(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise LogError("full")

    monkeypatch.setattr(place.log, "append", full)

    with pytest.raises(LogError):
        await place.adoption.take(HANDED)


async def test_nobody_speaks_in_an_edges_own_name(place: Place) -> None:
    """One such batch with a high offset, and every later command of that edge would count as done."""
    batch = decode(HANDED, COMMANDS.subject)
    with pytest.raises(LogError, match="in the name of 'embedded'"):
        await place.adoption.take(encoder(COMMANDS.subject)({**batch, "edge": "embedded"}))

    assert await place.messages() == []


async def test_what_is_adopted_names_as_much_of_the_catalog_as_the_posts_before_it(place: Place) -> None:
    """The edge reads an entry while a group is written, and what waits for the next group is sealed after that: the
    last batch of the log says how much of the catalog has to be there at the next start.
    """
    place.post()
    first = place.sealer.writer(STATS).durable()
    adopted = place.sealer.adopt(lambda: sealed_as_of(place.catalog.sequence))
    place.catalog.sequence = 6
    place.post()
    await first
    await adopted

    ((_, message),) = await place.messages()
    assert message["catalog"] == 6
    with pytest.raises(TildeError, match="the catalog ends at entry 5"):
        require_catalog(place.folder, 5)


def sealed_as_of(sequence: int) -> bytes:
    return encoder(COMMANDS.subject)({**decode(HANDED, COMMANDS.subject), "catalog": sequence})
