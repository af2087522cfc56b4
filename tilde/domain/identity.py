"""Event ids: integers below 2^53, unique without asking anybody, ordered by the time of receipt.

    40 bits milliseconds since 2026-01-01 | 5 bits edge number | 8 bits counter

When the counter of a millisecond runs out, the next millisecond is borrowed, so an edge may run ahead of its clock
for a moment but never repeats an id. JavaScript holds every id exactly, and a table sorted by id is nearly sorted by
time.
"""

EPOCH_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
EVENT_ID_MAX = (1 << 53) - 1
EDGE_NUMBERS = 32
COUNTER_BITS = 8
SHIFT = 13  # 5 bits edge number + 8 bits counter


def first_id_at(at_ms: int) -> int:
    """The smallest event id that an event received at `at_ms` (unix milliseconds) or later can have."""
    return max(0, at_ms - EPOCH_MS) << SHIFT


class EventIds:
    """Gives out the ids of one edge, rising, never twice; `after` is the last id this edge gave out before."""

    def __init__(self, edge_number: int, after: int = 0) -> None:
        self.lease(edge_number)
        self._ms = after >> SHIFT
        self._counter = 1 << COUNTER_BITS  # what was given out in that millisecond is not known: it is full
        self.last = after

    def lease(self, edge_number: int) -> None:
        """From now on the ids are those of this edge number."""
        if not 0 <= edge_number < EDGE_NUMBERS:
            raise ValueError(f"an edge number is 0 to {EDGE_NUMBERS - 1}, not {edge_number}")
        self._edge = edge_number << COUNTER_BITS

    def next(self, now_ms: int) -> int:
        """One id for an event received at `now_ms` (unix milliseconds)."""
        ms = now_ms - EPOCH_MS
        if ms > self._ms:
            self._ms = ms
            self._counter = 0
        elif self._counter >> COUNTER_BITS:
            self._ms += 1
            self._counter = 0
        self.last = self._ms << SHIFT | self._edge | self._counter
        self._counter += 1
        return self.last
