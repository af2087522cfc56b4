"""How many answers of the query API are passed on at a time, and who has to wait or to go.

    asks -> waits -> is seated: its answer comes and moves -> ends
                          |  ^
                          v  |   the client takes nothing: it stands, and its seat is free for who waits
                         stands -> has stood longest of too many: it is shown out

Fair between clients: addresses are seated in turn, those of one address in turn by token, and no address has more than
some. So who asks a thousand times, with a thousand tokens, or takes nothing of what he asked for, costs nobody else
more than one turn. Of those with the same address and token it is one's turn who asks for something else: a chart
does not wait behind a hundred lists.
"""

import asyncio
import heapq
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

TIDY = 100  # a line forgets who has gone when there are so many more of them than who wait: tidying looks at all
STANDS_AFTER_S = 0.05  # a client on this machine takes a piece in less than a millisecond; one far away may stand, too

_Turn = asyncio.Future[None]


class Who(NamedTuple):
    """A client's network, and the key that he asks with."""

    address: str
    token: str


class NoSeatError(Exception):
    """Nobody could be seated for `wait_s`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many answers may be under way at a time; `of_one` are for one address."""

    moving: int
    moving_of_one: int
    standing: int = 256  # each may hold a whole answer in the API's memory
    standing_of_one: int = 32
    waiting: int = 8_192  # 20 kB each, with its connection
    waiting_of_one: int = 2_048
    wait_s: float = 10.0  # as long as the store gives a read


class SeatState(Enum):
    """Whether an answer moves, stands, or was shown out."""

    MOVES = auto()
    STANDS = auto()
    OUT = auto()


class Seat:
    """The place of one answer that is passed on. `show_out` ends that answer: too many stand, and this client has taken
    nothing for the longest time of all.
    """

    __slots__ = ("_seats", "address", "show_out", "state")

    def __init__(self, seats: "Seats", address: str, show_out: Callable[[], object]) -> None:
        self._seats = seats
        self.address = address
        self.show_out = show_out
        self.state = SeatState.MOVES

    async def while_it_is_taken(self, sending: Awaitable[object]) -> None:
        """Sends a piece; where the client does not take it soon, this seat stands until he has."""
        late = asyncio.get_running_loop().call_later(STANDS_AFTER_S, self._seats.stand, self)
        try:
            await sending
        finally:
            late.cancel()
            self._seats.move(self)


class _Line:
    """The requests of one address and token that wait, in rounds: each round seats one of those that ask the same."""

    def __init__(self) -> None:
        self.waiting = 0
        self._round = 0  # that of who was called last
        self._arrived = 0
        self._last_round: dict[Hashable, int] = {}
        self._turns: list[tuple[int, int, _Turn]] = []  # a heap: by round, then by arrival

    def join(self, what: Hashable) -> _Turn:
        """At the end of those who ask for the same."""
        if len(self._turns) > 2 * self.waiting + TIDY:
            self._tidy()
        number = self._last_round[what] = max(self._round, self._last_round.get(what, 0)) + 1
        turn: _Turn = asyncio.get_running_loop().create_future()
        self._arrived += 1
        heapq.heappush(self._turns, (number, self._arrived, turn))
        self.waiting += 1
        return turn

    def call(self) -> bool:
        """Seats the one whose turn it is; False where all of them are about to go."""
        while self._turns:
            number, _, turn = heapq.heappop(self._turns)
            if not turn.done():  # else he has gone, and leaves the line himself
                self._round = number
                turn.set_result(None)
                return True
        return False

    def _tidy(self) -> None:
        """Forgets who has gone; thousands may while one waits."""
        self._turns = [entry for entry in self._turns if not entry[2].done()]
        heapq.heapify(self._turns)
        self._last_round = {what: number for what, number in self._last_round.items() if number > self._round}


class Seats:
    """Seats answers on one event loop, and has the others wait or go."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._moving: Counter[str] = Counter()
        self._moving_count = 0  # of no address more than its own: what goes beyond keeps no other waiting
        self._standing: OrderedDict[Seat, None] = OrderedDict()  # the one that has stood longest first
        self._standing_of: Counter[str] = Counter()
        # By address, and by token of each: whose turn it is first.
        self._waiting: OrderedDict[str, OrderedDict[str, _Line]] = OrderedDict()
        self._waiting_of: Counter[str] = Counter()

    @asynccontextmanager
    async def seated(self, who: Who, show_out: Callable[[], object], what: Hashable = None) -> AsyncIterator[Seat]:
        """A seat for the block, as soon as there is one. `what` is asked for. Raises NoSeatError."""
        await self._take(who, what)
        seat = Seat(self, who.address, show_out)
        try:
            yield seat
        finally:
            self._leave(seat)

    async def _take(self, who: Who, what: Hashable) -> None:
        address, limits = who.address, self._limits
        if self._has_room(address):
            self._sit(address)
            return
        if self._waiting_of.total() >= limits.waiting or self._waiting_of[address] >= limits.waiting_of_one:
            raise NoSeatError
        lines = self._waiting.setdefault(address, OrderedDict())
        line = lines.setdefault(who.token, _Line())
        turn = line.join(what)
        self._waiting_of[address] += 1
        try:
            async with asyncio.timeout(limits.wait_s):
                await turn  # who is called has the seat already
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._free(address)
            if isinstance(error, TimeoutError):
                raise NoSeatError from None
            raise
        finally:
            _less(self._waiting_of, address)
            line.waiting -= 1
            if not line.waiting:
                del lines[who.token]
            if not lines:
                del self._waiting[address]

    def _has_room(self, address: str) -> bool:
        return self._moving[address] < self._limits.moving_of_one and self._moving_count < self._limits.moving

    def _sit(self, address: str) -> None:
        self._moving[address] += 1
        self._moving_count += self._moving[address] <= self._limits.moving_of_one

    def _free(self, address: str) -> None:
        """Somebody of this address leaves his seat, and the next one has it."""
        self._moving_count -= self._moving[address] <= self._limits.moving_of_one
        _less(self._moving, address)
        for waiting, lines in self._waiting.items():
            if self._has_room(waiting) and (token := _called(lines)) is not None:
                self._sit(waiting)
                lines.move_to_end(token)
                self._waiting.move_to_end(waiting)
                return

    def stand(self, seat: Seat) -> None:
        """Says that an answer stands: it gives its seat to who waits. Where too many stand, the one that has longest
        goes.
        """
        seat.state = SeatState.STANDS
        self._standing[seat] = None
        self._standing_of[seat.address] += 1
        if self._standing_of[seat.address] > self._limits.standing_of_one:
            self._show_out(next(each for each in self._standing if each.address == seat.address))
        elif len(self._standing) > self._limits.standing:
            self._show_out(next(iter(self._standing)))
        self._free(seat.address)

    def _show_out(self, seat: Seat) -> None:
        self._stand_no_more(seat)
        seat.state = SeatState.OUT
        seat.show_out()

    def _stand_no_more(self, seat: Seat) -> None:
        del self._standing[seat]
        _less(self._standing_of, seat.address)

    def move(self, seat: Seat) -> None:
        """Says that an answer moves again, which it may at once: a client that takes its answer does not wait for it
        twice.
        """
        if seat.state is SeatState.STANDS:
            self._stand_no_more(seat)
            self._sit(seat.address)
            seat.state = SeatState.MOVES

    def _leave(self, seat: Seat) -> None:
        if seat.state is SeatState.MOVES:
            self._free(seat.address)
        elif seat.state is SeatState.STANDS:
            self._stand_no_more(seat)
        seat.state = SeatState.OUT


def _called(lines: Mapping[str, _Line]) -> str | None:
    """The token of who has been called: the next of an address; None where all are about to go."""
    return next((token for token, line in lines.items() if line.call()), None)


def _less(counts: Counter[str], address: str) -> None:
    counts[address] -= 1
    if not counts[address]:
        del counts[address]
