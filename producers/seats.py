"""How many answers of the query API are passed on at a time, and who has to wait or to go.

    asks -> waits -> is seated: its answer comes and moves -> ends
                          |  ^
                          v  |   the client takes nothing: it stands, and its seat is free for who waits
                         stands -> has stood longest of too many: it is shown out

Fair between clients: whoever has asked is seated in turn, by address and by what he asks with, and no address has more
than some. So who asks a thousand times, or takes nothing of what he asked for, costs nobody else more than one turn.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

STANDS_AFTER_S = 0.05  # a client on this machine takes a piece in less than a millisecond; one far away may stand, too

_Turn = asyncio.Future[None]


class Who(NamedTuple):
    """A client's address, and what he asks with: a token, a path."""

    address: str
    key: str


class NoSeatError(Exception):
    """Nobody could be seated for `wait_s`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """At most so many at a time. `of_one` are for one address."""

    moving: int
    moving_of_one: int
    standing: int = 256  # each may hold a whole answer in the API's memory
    standing_of_one: int = 32
    waiting: int = 4_096  # 2 kB each
    wait_s: float = 10.0  # as long as the store gives a read


class State(Enum):
    """Whether an answer moves, stands, or was shown out."""

    MOVES = auto()
    STANDS = auto()
    OUT = auto()


class Seat:
    """One answer's place. `show_out` ends it: its client has taken nothing for the longest time of too many."""

    __slots__ = ("_seats", "address", "show_out", "state")

    def __init__(self, seats: "Seats", address: str, show_out: Callable[[], object]) -> None:
        self._seats = seats
        self.address = address
        self.show_out = show_out
        self.state = State.MOVES

    async def while_it_is_taken(self, sending: Awaitable[None]) -> None:
        """Sends a piece; where the client does not take it soon, this seat stands until he has."""
        late = asyncio.get_running_loop().call_later(STANDS_AFTER_S, self._seats.stand, self)
        try:
            await sending
        finally:
            late.cancel()
            self._seats.move(self)


class Seats:
    """For one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._moving: Counter[str] = Counter()
        self._standing: OrderedDict[Seat, None] = OrderedDict()  # the one that has stood longest first
        self._standing_of: Counter[str] = Counter()
        self._waiting: OrderedDict[Who, deque[_Turn]] = OrderedDict()  # whose turn it is first
        self._waiting_count = 0

    @asynccontextmanager
    async def seated(self, who: Who, show_out: Callable[[], object]) -> AsyncIterator[Seat]:
        """A seat for the block, as soon as there is one. Raises NoSeatError."""
        await self._take(who)
        seat = Seat(self, who.address, show_out)
        try:
            yield seat
        finally:
            self._leave(seat)

    async def _take(self, who: Who) -> None:
        if self._has_room(who.address):
            self._moving[who.address] += 1
            return
        if self._waiting_count >= self._limits.waiting:
            raise NoSeatError
        turn: _Turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(who, deque()).append(turn)
        self._waiting_count += 1
        try:
            async with asyncio.timeout(self._limits.wait_s):
                await turn  # who is called has the seat already
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._free(who.address)
            else:
                self._forget(who, turn)
            if isinstance(error, TimeoutError):
                raise NoSeatError from None
            raise

    def _forget(self, who: Who, turn: "_Turn") -> None:
        turns = self._waiting.get(who, deque())
        if turn in turns:  # else it was passed over when its turn came
            turns.remove(turn)
            self._waiting_count -= 1
            if not turns:
                del self._waiting[who]

    def _has_room(self, address: str) -> bool:
        limits = self._limits
        return self._moving[address] < limits.moving_of_one and self._moving.total() < limits.moving

    def _free(self, address: str) -> None:
        _less(self._moving, address)
        for who in list(self._waiting):
            if self._has_room(who.address) and self._call(who):
                return

    def _call(self, who: Who) -> bool:
        """Seats the next of these, and puts them behind the others; False where all of them have gone meanwhile."""
        turns = self._waiting.pop(who)
        turn = None
        while turns and turn is None:
            turn = turns.popleft()
            self._waiting_count -= 1
            if turn.done():
                turn = None
        if turns:
            self._waiting[who] = turns
        if turn is None:
            return False
        self._moving[who.address] += 1
        turn.set_result(None)
        return True

    def stand(self, seat: Seat) -> None:
        """It stands, and gives its seat to who waits. Where too many stand, the one that has longest goes."""
        seat.state = State.STANDS
        self._standing[seat] = None
        self._standing_of[seat.address] += 1
        if self._standing_of[seat.address] > self._limits.standing_of_one:
            self._show_out(next(each for each in self._standing if each.address == seat.address))
        elif len(self._standing) > self._limits.standing:
            self._show_out(next(iter(self._standing)))
        self._free(seat.address)

    def _show_out(self, seat: Seat) -> None:
        self._stand_no_more(seat)
        seat.state = State.OUT
        seat.show_out()

    def _stand_no_more(self, seat: Seat) -> None:
        del self._standing[seat]
        _less(self._standing_of, seat.address)

    def move(self, seat: Seat) -> None:
        """It goes on at once: a client that takes its answer does not wait for it twice."""
        if seat.state is State.STANDS:
            self._stand_no_more(seat)
            self._moving[seat.address] += 1
            seat.state = State.MOVES

    def _leave(self, seat: Seat) -> None:
        if seat.state is State.MOVES:
            self._free(seat.address)
        elif seat.state is State.STANDS:
            self._stand_no_more(seat)
        seat.state = State.OUT


def _less(counts: Counter[str], address: str) -> None:
    counts[address] -= 1
    if not counts[address]:
        del counts[address]
