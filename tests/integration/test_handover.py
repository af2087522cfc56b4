"""Commands that are handed to the edge of a data folder: durable before the answer, and decided once under their own
identity.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from producers import wiring
from producers.edge.edge import Edge
from producers.wiring import open_adoption, open_embedded_edge
from testkit.builders import UUID
from testkit.deciding import deciding
from testkit.edges import KEYRING
from testkit.sealed import NOON_MS
from testkit.waiting import until_it_holds
from testkit.watching import comments
from tilde.data_folder import commands_path
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.catalog.stats import CommentOnStat
from tilde.domain.log.position import Header, Position
from tilde.eventlog import LogError
from tilde.eventlog.bell import Bell
from tilde.eventlog.handover import Handing, Handover
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import SystemClock
from tilde.schemas.codec import MESSAGE_BYTES_MAX, decode
from tilde.schemas.topics import COMMANDS
from tilde.settings import Settings
from watchers.causes import Cause

ACTION = CommentOnStat(1, 77, "seen")


@asynccontextmanager
async def an_adopting_edge(data: Path) -> AsyncIterator[Edge]:
    """The edge of a folder with one account, a decider beside it."""
    bell, clock = Bell(data / "bell.sock", serves=False), SystemClock()
    async with deciding(data, bell, clock), AsyncExitStack() as stack:
        edge = await open_embedded_edge(data, KEYRING, clock, bell, stack)
        await open_adoption(data, edge, stack)
        if not edge.follower.catalog.accounts:
            await edge.desk.ask(CreateAccount("main", (), UUID, ""))
        yield edge


async def followed(edge: Edge, count: int) -> None:
    """Returns once so many comments are in the edge's copy of the catalog."""
    await until_it_holds(lambda: comments(edge.follower.catalog).total() >= count)


async def test_a_command_that_is_handed_over_again_is_decided_once(tmp_path: Path) -> None:
    handing = Handing(commands_path(tmp_path))
    first, second = (Cause("w", "stats-3", at).sealed([ACTION], NOON_MS) for at in (7, 9))
    async with an_adopting_edge(tmp_path) as edge:
        await handing.send([first])
        await handing.send([first, second])
    async with an_adopting_edge(tmp_path) as edge:  # and by a decider that has just begun
        await handing.send([second])
        await edge.desk.ask(CommentOnStat(1, 77, "ours"))
        await followed(edge, 3)

        assert comments(edge.follower.catalog) == {(77, "seen"): 2, (77, "ours"): 1}


async def test_the_edges_own_commands_follow_on_each_other_whatever_is_adopted_between(tmp_path: Path) -> None:
    """Own commands and adopted ones in one group, in groups of their own, and over a start: a reader finds no hole."""
    handing, at = Handing(commands_path(tmp_path)), iter(range(100))
    for _ in range(2):
        async with an_adopting_edge(tmp_path) as edge:
            await handing.send([Cause("w", "clock", next(at)).sealed([ACTION], NOON_MS)])
            await edge.desk.ask(ACTION)
            await asyncio.gather(
                edge.desk.ask(ACTION), handing.send([Cause("w", "clock", next(at)).sealed([ACTION], NOON_MS)])
            )
            await edge.desk.ask(ACTION)
    log = SqliteLog(tmp_path)
    records = await log.read(COMMANDS.name, 0, 0, 1 << 30)
    await log.close()
    position, befores = Position(), []
    for record in records:
        header = Header.of_batch(decode(record.value, COMMANDS.subject))
        assert not position.is_repeat(header)
        befores.append((header.edge == "w/clock", header.before))
        position = position.after(record.offset, header)

    assert sum(is_adopted for is_adopted, _ in befores) == 4
    assert all(before == -1 for is_adopted, before in befores if is_adopted)
    assert [before for is_adopted, before in befores if not is_adopted].count(-1) == 1


async def test_what_is_adopted_says_what_the_edge_had_read_of_the_catalog(tmp_path: Path) -> None:
    """A catalog that is older than the log is noticed at the start by the newest batch."""
    async with an_adopting_edge(tmp_path) as edge:
        sequence = edge.follower.catalog.sequence
        await Handing(commands_path(tmp_path)).send([Cause("w", "clock", 1).sealed([ACTION], NOON_MS)])
    log = SqliteLog(tmp_path)
    newest = (await log.read(COMMANDS.name, 0, 0, 1 << 30))[-1]
    await log.close()

    assert decode(newest.value, COMMANDS.subject)["catalog"] >= sequence > 0


@pytest.fixture
def sealed() -> bytes:
    return Cause("w", "clock", 1).sealed([ACTION], NOON_MS)


async def test_nothing_is_said_to_be_durable_that_is_no_command(tmp_path: Path, sealed: bytes) -> None:
    handing = Handing(commands_path(tmp_path))
    async with an_adopting_edge(tmp_path):
        with pytest.raises(LogError, match="not be made durable"):
            await handing.send([b"poison"])
        await handing.send([sealed])


async def test_an_edge_that_is_away_is_a_log_error(tmp_path: Path, sealed: bytes) -> None:
    with pytest.raises(LogError, match="commands.sock"):
        await Handing(commands_path(tmp_path)).send([sealed])


async def test_one_that_goes_while_it_is_asked_is_too(tmp_path: Path, sealed: bytes) -> None:
    begun = asyncio.Event()

    async def never(_: bytes) -> None:
        begun.set()
        await asyncio.Event().wait()

    handover = Handover(commands_path(tmp_path), never)
    await handover.open()
    handing = asyncio.create_task(Handing(commands_path(tmp_path)).send([sealed]))
    await begun.wait()
    await handover.close()
    with pytest.raises(LogError):
        await handing


async def test_many_messages_may_take_longer_than_any_one_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a slow disk: with one limit for all of them they would be handed over for ever."""
    monkeypatch.setattr("tilde.eventlog.handover.ANSWER_S_MAX", 0.5)
    took = list[bytes]()

    async def slow(message: bytes) -> None:
        await asyncio.sleep(0.02)
        took.append(message)

    handover = Handover(commands_path(tmp_path), slow)
    await handover.open()
    messages = [b"%d" % n for n in range(40)]
    sent = await Handing(commands_path(tmp_path)).send(messages)
    await handover.close()

    assert sent == 40
    assert took == messages


@pytest.mark.parametrize("end", ["refused", "no answer"])
async def test_how_many_are_durable_is_known_where_a_later_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr("tilde.eventlog.handover.ANSWER_S_MAX", 0.2)

    async def until_the_third(message: bytes) -> None:
        if message == b"third":
            if end == "refused":
                raise LogError("the disk is full")
            await asyncio.Event().wait()

    handover = Handover(commands_path(tmp_path), until_the_third)
    await handover.open()
    handing = Handing(commands_path(tmp_path))
    sent = await handing.send([b"first", b"second", b"third", b"fourth"])
    with pytest.raises(LogError):
        await handing.send([b"third"])
    await handover.close()

    assert sent == 2


async def test_a_stranger_who_sends_what_is_too_long_is_let_go(tmp_path: Path, sealed: bytes) -> None:
    async with an_adopting_edge(tmp_path):
        reader, writer = await asyncio.open_unix_connection(commands_path(tmp_path))
        writer.write((MESSAGE_BYTES_MAX + 1).to_bytes(4, "big"))
        answer = await reader.read()
        writer.close()
        await Handing(commands_path(tmp_path)).send([sealed])

    assert answer == b""


@pytest.mark.parametrize("adopts", [False, True])
async def test_the_way_in_is_open_only_where_there_are_watchers(tmp_path: Path, adopts: bool) -> None:
    bell = Bell(tmp_path / "bell.sock", serves=True)
    await bell.open()
    async with (
        deciding(tmp_path, bell, SystemClock()),
        wiring._embedded(Settings(data=tmp_path), KEYRING, adopts=adopts),
    ):
        is_open = commands_path(tmp_path).exists()
    await bell.close()

    assert is_open is adopts
