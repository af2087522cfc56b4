"""Who is served when many ask at once, or take nothing of what they asked for."""

import asyncio
import contextlib
import random
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from producers.web import seats
from producers.web.seats import Limits, NoSeatError, Seat, Seats, SeatState, Who
from testkit.waiting import PATIENCE_S, until_it_holds
from tilde.runtime.tasks import cancel

FEW = Limits(moving=4, moving_of_one=2, standing=3, standing_of_one=2, waiting=20, wait_s=30)


class Asker:
    """One request of a client; its answer comes in pieces, and is taken as soon as `taken` is set for each."""

    def __init__(self, seats: Seats, address: str, token: str = "/x/T", what: str = "", pieces: int = 1) -> None:
        self.shown_out = asyncio.Event()
        self.is_seated = False
        self.taken = asyncio.Event()
        self.refused = False
        self.sent = 0
        self._pieces = pieces
        self._seat: Seat | None = None
        self._asking = seats.seated(Who(address, token), self.shown_out.set, what)
        self.task = asyncio.create_task(self._ask())

    def stands(self) -> bool:
        return self._seat is not None and self._seat.state is SeatState.STANDS

    async def _ask(self) -> None:
        try:
            async with self._asking as seat:
                self.is_seated, self._seat = True, seat
                sending = asyncio.create_task(self._send(seat))
                leaving = asyncio.create_task(self.shown_out.wait())
                await asyncio.wait([sending, leaving], return_when=asyncio.FIRST_COMPLETED)
                await cancel(sending, leaving)
        except NoSeatError:
            self.refused = True

    async def _send(self, seat: Seat) -> None:
        for _ in range(self._pieces):
            await seat.while_it_is_taken(self.taken.wait())
            self.sent += 1
            if self.sent < self._pieces:
                self.taken.clear()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def ended(*askers: Asker) -> None:
    for asker in askers:
        asker.taken.set()
    await asyncio.gather(*(asker.task for asker in askers))


async def test_an_address_has_no_more_than_its_own(monkeypatch):
    """The third of one address waits, while another address is served."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 60)
    room = Seats(FEW)
    greedy = [Asker(room, "1.1.1.1") for _ in range(3)]
    other = Asker(room, "2.2.2.2")
    await settled()

    assert [asker.is_seated for asker in greedy] == [True, True, False]
    assert other.is_seated

    await ended(greedy[0])
    await settled()
    assert greedy[2].is_seated
    await ended(*greedy, other)


async def test_who_asks_with_another_token_waits_one_turn(monkeypatch):
    """Behind one address, as of a balancer: ten that ask with one token cost the other token one turn."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 60)
    room = Seats(FEW)
    many = [Asker(room, "1.1.1.1", "/x/A") for _ in range(10)]
    await settled()
    other = Asker(room, "1.1.1.1", "/x/B")
    await settled()

    await ended(many[0], many[1])
    await settled()

    assert other.is_seated
    assert [asker.is_seated for asker in many] == [True] * 3 + [False] * 7
    await ended(*many, other)


async def test_who_takes_nothing_holds_no_seat(monkeypatch):
    """After a moment his answer stands, and the next one has the seat."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 0.01)
    room = Seats(FEW)
    idle = [Asker(room, "1.1.1.1") for _ in range(2)]
    await settled()
    third = Asker(room, "1.1.1.1")
    third.taken.set()  # else it stands as well once it is seated
    await until_it_holds(lambda: third.is_seated)

    assert not any(asker.shown_out.is_set() for asker in idle)
    await ended(third, *idle)


async def test_of_too_many_that_take_nothing_the_one_that_has_stood_longest_goes(monkeypatch):
    """Two of an address may stand, three in all."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 0.01)
    room = Seats(FEW)
    idle = []
    for address in ("1.1.1.1", "1.1.1.1", "1.1.1.1", "2.2.2.2", "2.2.2.2"):
        asker = Asker(room, address)
        idle.append(asker)
        await until_it_holds(lambda asker=asker: asker.is_seated)
        await asyncio.sleep(0.05)

    assert [asker.shown_out.is_set() for asker in idle] == [True, True, False, False, False]
    await ended(*idle[2:])


async def test_of_one_address_that_takes_nothing_the_oldest_goes_while_there_is_room_for_others(monkeypatch):
    """Two of it may stand, and three did; the one of another address stands, though he has stood longest."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 0.01)
    room = Seats(replace(FEW, standing=9))
    idle = []
    for address in ("2.2.2.2", "1.1.1.1", "1.1.1.1", "1.1.1.1"):
        asker = Asker(room, address)
        idle.append(asker)
        await until_it_holds(lambda asker=asker: asker.is_seated)
        await asyncio.sleep(0.05)

    assert [asker.shown_out.is_set() for asker in idle] == [False, True, False, False]
    await ended(idle[0], *idle[2:])


async def test_who_goes_while_he_waits_takes_nobodys_place(monkeypatch):
    """A waiting request that was cancelled is passed over, also when its turn has just come."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 60)
    room = Seats(FEW)
    first, second, third, fourth = (Asker(room, "1.1.1.1") for _ in range(4))
    await settled()
    third.task.cancel()
    first.taken.set()  # in the same turn of the loop
    await settled()

    assert fourth.is_seated
    await ended(second, fourth)
    async with AsyncExitStack() as stack:  # all seats are free again
        for _ in range(FEW.moving_of_one):
            await asyncio.wait_for(
                stack.enter_async_context(room.seated(Who("1.1.1.1", "/"), lambda: None)), PATIENCE_S
            )


async def test_of_one_token_who_asks_for_something_else_waits_one_turn(monkeypatch):
    """A chart does not wait behind ten lists, though all of them come from one address, with one token."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 60)
    room = Seats(FEW)
    lists = [Asker(room, "1.1.1.1", what="list") for _ in range(10)]
    await settled()
    chart = Asker(room, "1.1.1.1", what="chart")
    await settled()

    await ended(lists[0], lists[1])
    await settled()

    assert chart.is_seated
    assert [asker.is_seated for asker in lists] == [True] * 3 + [False] * 7
    await ended(*lists, chart)


async def test_answers_of_one_address_that_go_on_again_keep_no_other_waiting(monkeypatch):
    """Five stand and then all go on, which is more than there are seats: it is as if two did."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 0.01)
    room = Seats(Limits(moving=3, moving_of_one=2, wait_s=30))
    greedy = []
    for _ in range(5):
        greedy.append(Asker(room, "1.1.1.1", pieces=2))
        await until_it_holds(greedy[-1].stands)
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 60)
    for asker in greedy:
        asker.taken.set()
    await until_it_holds(lambda: all(asker.sent == 1 for asker in greedy))
    late, other = Asker(room, "1.1.1.1"), Asker(room, "2.2.2.2")
    await settled()

    assert (late.is_seated, other.is_seated) == (False, True)

    await ended(*greedy, other, late)
    askers = [Asker(room, address) for address in ("1.1.1.1", "1.1.1.1", "2.2.2.2", "2.2.2.2")]
    await settled()
    assert [asker.is_seated for asker in askers] == [True, True, True, False]  # as at the start
    await ended(*askers)


async def test_all_that_wait_of_one_client_go_at_once(monkeypatch):
    """And a seat becomes free before they have left the line: it is the next client's."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 60)
    room = Seats(Limits(moving=1, moving_of_one=1, wait_s=30))
    first = Asker(room, "1.1.1.1")
    await settled()
    gone = [Asker(room, "2.2.2.2") for _ in range(300)]
    await settled()
    other = Asker(room, "3.3.3.3")
    await settled()
    first.taken.set()
    for asker in gone:
        asker.task.cancel()
    await settled()

    assert other.is_seated
    assert not any(asker.is_seated for asker in gone)
    await ended(other)
    last = Asker(room, "2.2.2.2")
    await settled()
    assert last.is_seated
    await ended(last)


async def test_one_address_does_not_take_all_the_room_to_wait_in():
    room = Seats(Limits(moving=1, moving_of_one=1, waiting=3, waiting_of_one=2))
    first, *greedy = (Asker(room, "1.1.1.1") for _ in range(4))
    await settled()
    other = Asker(room, "2.2.2.2")
    await settled()

    assert [asker.refused for asker in (*greedy, other)] == [False, False, True, False]
    await ended(first, *greedy, other)


async def test_nobody_waits_for_ever():
    """Then he is told so, and the seats are as they were."""
    room = Seats(Limits(moving=1, moving_of_one=1, wait_s=0.01))
    async with room.seated(Who("1.1.1.1", "/"), lambda: None):
        with pytest.raises(NoSeatError):
            async with room.seated(Who("2.2.2.2", "/"), lambda: None):
                pass
    async with room.seated(Who("2.2.2.2", "/"), lambda: None):
        pass


async def test_more_than_may_wait_are_told_at_once():
    room = Seats(Limits(moving=1, moving_of_one=1, waiting=1))
    async with room.seated(Who("1.1.1.1", "/"), lambda: None):
        waiting = Asker(room, "2.2.2.2")
        await settled()
        late = Asker(room, "2.2.2.2")
        await settled()

        assert late.refused
        assert not waiting.is_seated
    await ended(waiting)


async def test_a_thousand_tokens_are_one_address(monkeypatch):
    """Who invents a key for each request waits behind another address all the same."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 60)
    room = Seats(Limits(moving=1, moving_of_one=1))
    first = Asker(room, "1.1.1.1")
    await settled()
    many = [Asker(room, "1.1.1.1", f"/x/{number}") for number in range(50)]
    await settled()
    other = Asker(room, "2.2.2.2")
    await settled()

    await ended(first, many[0])
    await settled()

    assert other.is_seated
    other.taken.set()
    for asker in many:
        asker.taken.set()
    await asyncio.gather(other.task, *(asker.task for asker in many))


async def test_who_goes_on_after_he_stood_takes_no_seat_of_others(monkeypatch):
    """Three of one address go on together where two may move: another address still finds its own."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 0.01)
    room = Seats(Limits(moving=3, moving_of_one=2, standing=9, standing_of_one=9))
    piece, more = asyncio.Event(), asyncio.Event()
    seated = 0

    async def in_two_pieces() -> None:
        nonlocal seated
        async with room.seated(Who("1.1.1.1", "/"), lambda: None) as seat:
            seated += 1
            await seat.while_it_is_taken(in_time(piece))
            await in_time(more)

    two_pieces = [asyncio.create_task(in_two_pieces()) for _ in range(4)]
    await until_it_holds(lambda: seated == 4)
    piece.set()
    await settled()
    async with asyncio.timeout(PATIENCE_S):
        async with room.seated(Who("2.2.2.2", "/"), lambda: None):
            pass
    more.set()
    await asyncio.gather(*two_pieces)


async def in_time(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), PATIENCE_S)


@pytest.mark.parametrize("seed", range(20))
async def test_seats_are_all_free_when_everybody_has_gone(seed, monkeypatch):
    """Whatever ends an asker: the end of his answer, of his patience, or himself, at any moment."""
    monkeypatch.setattr(seats, "STANDS_AFTER_S", 0.002)
    chance = random.Random(seed)
    limits = Limits(moving=4, moving_of_one=2, standing=5, standing_of_one=3, waiting=30, wait_s=0.02)
    room = Seats(limits)

    async def ask() -> None:
        me = asyncio.current_task()
        with contextlib.suppress(NoSeatError):
            async with room.seated(Who(chance.choice("abc"), chance.choice("xyz")), me.cancel) as seat:
                for _ in range(chance.randrange(4)):
                    await seat.while_it_is_taken(asyncio.sleep(chance.choice([0, 0.001, 0.002, 0.004])))

    asking = []
    for _ in range(150):
        asking.append(asyncio.create_task(ask()))
        if chance.random() < 0.3:
            await asyncio.sleep(chance.choice([0, 0.001, 0.003]))
        if chance.random() < 0.4:
            chance.choice(asking).cancel()
    await asyncio.gather(*asking, return_exceptions=True)

    holding = [room._moving, room._standing, room._standing_of, room._waiting, room._waiting_of, room._moving_count]
    assert not any(holding), holding
    assert all(count > 0 for count in room._moving.values())
