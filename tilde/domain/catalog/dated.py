"""A value of the catalog that keeps its past: a replay looks up what it was when an event was taken in."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Dated(Generic[T]):
    """What something was as of each entry of `catalog`: its facts `set` it, processors look it up with `at`.

        zone = Dated()
        zone.set(3, "Lisbon")
        zone.set(8, "Tokyo")
        zone.at(2), zone.at(3), zone.at(7), zone.at(8)   # None, Lisbon, Lisbon, Tokyo

    Whatever is set later changes no answer about an entry that was folded before. What is removed is set to a value
    that says so, such as None. Nothing is forgotten, since a replay begins with the first event (decision 0022); so a
    noun says how often its values may be changed, as it says how many there may be.

    One thread sets, others may look up meanwhile.
    """

    _sequences: list[int] = field(default_factory=list)
    _values: list[T] = field(default_factory=list)

    def set(self, sequence: int, value: T) -> None:
        """It is `value` from this entry on. Entries come in their order; of several facts of one entry the last holds.
        What it is already takes no room.
        """
        if self._values and self._values[-1] == value:
            return
        if self._sequences and self._sequences[-1] == sequence:
            self._values[-1] = value
            return
        assert not self._sequences or self._sequences[-1] < sequence, "entries are folded in their order"
        self._values.append(value)  # before its date: who finds that in another thread finds the value as well
        self._sequences.append(sequence)

    @property
    def changes(self) -> int:
        """How often it was set: a noun says how often it may be."""
        return len(self._values)

    def at(self, sequence: int) -> T | None:
        """The value that held once that entry was folded; None where nothing was set by then."""
        place = bisect_right(self._sequences, sequence)
        return self._values[place - 1] if place else None

    @property
    def newest(self) -> T | None:
        """What it is as far as this process has read: for who has to do with now, such as an edge, and never for a
        processor.
        """
        return self._values[-1] if self._values else None
