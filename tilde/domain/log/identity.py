"""Event ids: integers below 2^53, unique without asking anybody, ordered by the time of receipt.

    40 bits milliseconds since 2026-01-01 | 5 bits edge number | 8 bits counter

When the counter of a millisecond runs out, the next millisecond is borrowed, so an edge may run ahead of its clock
for a moment but never repeats an id. JavaScript holds every id exactly, and a table sorted by id is nearly sorted by
time: of one edge they are in the order of receipt, whatever its clock does, of two edges only as far as their clocks
agree. So nothing is decided by comparing ids.

An id that was given out can never be taken back, so a clock that is plainly wrong gets none: one before 2026, when no
Tilde ran, or in the last year of the forty bits, from which an edge whose clock once stood just before it borrows.
"""

from tilde.errors import TildeError

EPOCH_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
EVENT_ID_MAX = (1 << 53) - 1
EDGE_NUMBERS = 32
COUNTER_BITS = 8
SHIFT = 13  # 5 bits edge number + 8 bits counter
CLOCK_END_MS = EPOCH_MS + (1 << 40) - 366 * 86_400_000  # 2059-11-03
ID_END = (CLOCK_END_MS - EPOCH_MS) << SHIFT
"""No clock that is believed gives this id, or one above it."""


class IdsExhaustedError(TildeError):
    """No id is left below 2^53."""


def is_plausible(now_ms: int) -> bool:
    """Whether a clock that shows this (unix milliseconds) may be right."""
    return EPOCH_MS <= now_ms < CLOCK_END_MS


def first_id_at(at_ms: int) -> int:
    """The smallest event id that an event received at `at_ms` (unix milliseconds) or later can have."""
    return max(0, at_ms - EPOCH_MS) << SHIFT


class EventIds:
    """Gives out the ids of one edge, rising, never twice; `after` is the last id this edge gave out before."""

    def __init__(self, edge_number: int, after: int = 0) -> None:
        self._ms = (after >> SHIFT) + EPOCH_MS
        self.last = after
        self.lease(edge_number)

    def lease(self, edge_number: int) -> None:
        """From now on the ids are those of this edge number."""
        if not 0 <= edge_number < EDGE_NUMBERS:
            raise ValueError(f"an edge number is 0 to {EDGE_NUMBERS - 1}, not {edge_number}")
        self._edge = edge_number << COUNTER_BITS
        self._last_of_ms = self.last  # what was given out of that millisecond is not known: it is full

    def next(self, now_ms: int) -> int:
        """One id for an event received at `now_ms` (unix milliseconds). Raises IdsExhaustedError."""
        if now_ms > self._ms:
            self._begin(now_ms)
        elif self.last == self._last_of_ms:
            self._begin(self._ms + 1)
        self.last += 1
        return self.last

    def _begin(self, ms: int) -> None:
        first = (ms - EPOCH_MS) << SHIFT | self._edge
        if first > EVENT_ID_MAX:
            raise IdsExhaustedError("no event id is left below 2^53: this machine's clock, or this folder's, is wrong")
        self._ms = ms
        self.last = first - 1
        self._last_of_ms = self.last + (1 << COUNTER_BITS)
