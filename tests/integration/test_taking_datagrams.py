"""Datagrams are taken some at a time, in order, no more at once than may be; and none after the end."""

import asyncio
import socket
from collections.abc import Iterator, Sequence

import pytest

from producers import datagrams
from producers.datagrams import Datagram, taking
from testkit.waiting import until_it_holds


@pytest.fixture
def bound() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound


@pytest.fixture
def sender(bound: socket.socket) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(bound.getsockname())
        yield sender


class Taker:
    """Takes what comes, and holds it back until `go`."""

    def __init__(self) -> None:
        self.portions: list[list[bytes]] = []
        self.taken = 0
        self.go = asyncio.Event()

    async def take(self, portion: Sequence[Datagram]) -> None:
        self.portions.append([each.data for each in portion])
        await self.go.wait()
        self.taken += len(portion)

    @property
    def came(self) -> list[bytes]:
        return [data for portion in self.portions for data in portion]

    async def until(self, came: int) -> None:
        await until_it_holds(lambda: len(self.came) >= came, pause_s=0.001)


async def test_all_that_comes_is_taken_in_its_order(bound: socket.socket, sender: socket.socket) -> None:
    """The longest that there can be, and the empty one, too."""
    taker = Taker()
    taker.go.set()
    sent = [b"%d" % number for number in range(50)] + [b"", b"x" * 65_507]
    async with taking(bound, taker.take):
        for data in sent:
            sender.send(data)
        await taker.until(len(sent))

    assert taker.came == sent
    assert taker.taken == len(sent)


async def test_of_long_ones_few_are_taken_at_a_time(bound: socket.socket, sender: socket.socket) -> None:
    """Else one turn of the loop would read megabytes of them."""
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    taker = Taker()
    taker.go.set()
    for _ in range(5):
        sender.send(b"x" * 30_000)
    async with taking(bound, taker.take):
        await taker.until(5)

    assert [len(portion) for portion in taker.portions] == [3, 2]


async def test_no_more_are_under_way_than_may_be(
    bound: socket.socket, sender: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes beyond stays in the socket until there is room again."""
    monkeypatch.setattr(datagrams, "PORTIONS_MAX", 3)
    monkeypatch.setattr(datagrams, "PORTION_MAX", 2)
    taker = Taker()
    async with taking(bound, taker.take):
        for number in range(20):
            sender.send(b"%d" % number)
        await taker.until(6)
        await asyncio.sleep(0.05)
        assert [len(portion) for portion in taker.portions] == [2, 2, 2]
        taker.go.set()
        await taker.until(20)

    assert taker.came == [b"%d" % number for number in range(20)]


async def test_at_the_end_all_that_was_read_is_taken_and_nothing_else(
    bound: socket.socket, sender: socket.socket
) -> None:
    """What comes later waits in the socket, for whoever takes its datagrams next."""
    first, second = Taker(), Taker()
    second.go.set()
    async with taking(bound, first.take):
        sender.send(b"before")
        await first.until(1)
        asyncio.get_running_loop().call_later(0.05, first.go.set)
    assert first.taken == 1

    sender.send(b"after")
    await asyncio.sleep(0.05)
    assert first.came == [b"before"]
    async with taking(bound, second.take):
        await second.until(1)
    assert second.came == [b"after"]


async def test_a_bug_is_told_and_stops_nobody_else(
    bound: socket.socket, sender: socket.socket, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever finds one out there must not end the edge with it."""
    came: list[bytes] = []

    async def take(portion: Sequence[Datagram]) -> None:
        came.extend(each.data for each in portion)
        if came == [b"bad"]:
            raise ZeroDivisionError("a bug of ours")

    async with taking(bound, take):
        for data in (b"bad", b"good"):
            sender.send(data)
            await until_it_holds(lambda: data in came, pause_s=0.001)

    assert "ZeroDivisionError: a bug of ours" in capsys.readouterr().err
