"""All bodies that stand in memory at a time have a bound, and who sends one that never ends is in nobody's way."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
from starlette.types import Message

from producers.web.held_bodies import SMALL_BYTES, HeldBodies, HeldBody, NoRoomError
from producers.web.turns import Turns

KIB = 1024


class Sender:
    """Sends pieces of a body; what does not end waits for ever."""

    def __init__(self, *pieces: int, ends: bool = False) -> None:
        self.pieces = list(pieces)
        self.ends = ends

    async def receive(self) -> Message:
        """The next piece."""
        if not self.pieces:
            await asyncio.Event().wait()
        piece = self.pieces.pop(0)
        return {"type": "http.request", "body": b"x" * piece, "more_body": bool(self.pieces) or not self.ends}


async def taken(body: HeldBody) -> None:
    """Reads it to its end. Raises NoRoomError."""
    while (await body.receive())["more_body"]:
        pass


async def begun(bodies: HeldBodies, *pieces: int) -> tuple[HeldBody, asyncio.Task[None]]:
    """A body that has come so far, and goes on for ever."""
    body = HeldBody(bodies, Sender(*pieces).receive)
    task = asyncio.create_task(taken(body))
    for _ in range(5):
        await asyncio.sleep(0)
    return body, task


class Whole:
    """Bodies that are whole at once; `order` is whose went on, one after the other."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self._bodies = HeldBodies(Turns(of_one=20))
        self._tasks: list[asyncio.Task[None]] = []

    def send(self, address: str, *pieces: int) -> None:
        """One more, of a client at an address."""
        self._tasks.append(asyncio.create_task(self._taken(address, *pieces)))

    async def _taken(self, address: str, *pieces: int) -> None:
        await taken(HeldBody(self._bodies, Sender(*pieces, ends=True).receive, {"client": (address, 1)}))
        self.order.append(address)

    async def require_few_a_turn(self) -> None:
        """All go on, few in a turn of the loop."""
        counts = []
        while len(self.order) < len(self._tasks):
            await asyncio.sleep(0)
            counts.append(len(self.order))
        assert counts[0] <= 4
        assert all(after - before <= 2 for before, after in pairwise(counts))
        await asyncio.gather(*self._tasks)


async def test_of_many_that_are_whole_few_go_on_in_one_turn_and_anothers_goes_on_at_once() -> None:
    """What a route makes of each takes milliseconds; one below a KiB is nothing of that kind."""
    whole = Whole()
    for _ in range(20):
        whole.send("many", 10 * KIB, 0)
    whole.send("other", 10 * KIB)
    whole.send("many", 100)

    await whole.require_few_a_turn()
    assert "other" in whole.order[:4]


async def test_many_addresses_of_one_network_have_one_share() -> None:
    """Of IPv6 everybody has as many as he likes."""
    whole = Whole()
    for number in range(20):
        whole.send(f"2001:db8::{number + 1:x}", 10 * KIB)
    whole.send("2001:db8:0:1::1", 10 * KIB)

    await whole.require_few_a_turn()
    assert "2001:db8:0:1::1" in whole.order[:4]


async def test_the_oldest_that_still_comes_goes_when_there_is_no_room() -> None:
    """It waits for more, and is told at once."""
    bodies = HeldBodies(Turns(), large_bytes_max=300 * KIB)
    _, first = await begun(bodies, 200 * KIB)
    _, second = await begun(bodies, 90 * KIB)

    await taken(HeldBody(bodies, Sender(100 * KIB, ends=True).receive))

    with pytest.raises(NoRoomError):
        await first
    assert not second.done()
    assert bodies.bytes == 190 * KIB
    second.cancel()


async def test_small_ones_have_room_whatever_large_ones_do() -> None:
    """Large ones that never end, and small ones that never end: the next small one is taken."""
    bodies = HeldBodies(Turns(), small_bytes_max=10 * KIB, large_bytes_max=300 * KIB)
    tasks = [(await begun(bodies, pieces))[1] for pieces in (200 * KIB, 99 * KIB, 3 * KIB, 3 * KIB, 3 * KIB, 900)]

    await taken(HeldBody(bodies, Sender(2 * KIB, ends=True).receive))

    with pytest.raises(NoRoomError):
        await tasks[2]
    assert [task.done() for task in tasks] == [False, False, True, False, False, False]
    for task in tasks:
        task.cancel()


async def test_one_that_grows_is_counted_with_the_large_ones() -> None:
    """All of it; and nothing is counted any more when it is answered."""
    bodies = HeldBodies(Turns())
    body, task = await begun(bodies, SMALL_BYTES, 1)

    assert (bodies.small.bytes, bodies.large.bytes) == (0, SMALL_BYTES + 1)
    task.cancel()
    body.close()
    assert bodies.bytes == 0


@pytest.mark.parametrize("pieces", [[400 * KIB], [100 * KIB] * 4])
async def test_what_has_no_room_by_itself_is_refused(pieces: Sequence[int]) -> None:
    """All the others are whole, and wait for their answers: these are not taken back."""
    bodies = HeldBodies(Turns(), large_bytes_max=300 * KIB)
    whole = HeldBody(bodies, Sender(100 * KIB, ends=True).receive)
    await taken(whole)

    with pytest.raises(NoRoomError):
        await taken(HeldBody(bodies, Sender(*pieces, ends=True).receive))
    assert bodies.bytes == 100 * KIB
