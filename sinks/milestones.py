"""Keeps the milestones of topic `progress` until the tables have reached them, partition by partition."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from tilde.eventlog import Record
from tilde.schemas.codec import PoisonError
from tilde.schemas.dead_letters import SINK, Place, PoisonRun, dead_letter
from tilde.schemas.progress import Milestone, milestone_of
from tilde.schemas.topics import PROGRESS
from tilde.store.positions import SinkPosition
from tilde.store.tables import TABLES

WAITING_MAX = 5_000  # of a partition: a sink that is days behind reads the rest when it has got so far
_TABLES = {table.name for table in TABLES}


class Milestones:
    """Keeps milestones, and says which are reached. `take` gets what is read of the topic; `reached` gives the
    positions that hold for what the tables have.

    An example: a milestone says that all of `stats` below 40 stands in `points` below 700. Once the table `points` has
    the messages below 700, it is reached, and the tables have all of `stats` below 40.
    """

    def __init__(self, saved: Sequence[SinkPosition]) -> None:
        partitions = range(PROGRESS.partitions)
        self._next = dict.fromkeys(partitions, 0)
        self._passed: dict[int, dict[str, int]] = {partition: {} for partition in partitions}
        self._waiting: dict[int, deque[tuple[int, Milestone]]] = {partition: deque() for partition in partitions}
        self._moved: set[int] = set()
        self._poison = PoisonRun()
        for position in (position for position in saved if position.topic == PROGRESS.name):
            self._next[position.partition] = position.next_offset
            self._passed[position.partition] = dict(position.passed)

    def next_offset(self, partition: int) -> int | None:
        """The offset to read next; None where enough waits: what is far ahead of the tables is left in the log."""
        return self._next[partition] if len(self._waiting[partition]) < WAITING_MAX else None

    def go_on_at(self, partition: int, offset: int) -> None:
        """Goes on at a later offset, where the topic has lost what stood before: no other milestone needs that."""
        self._next[partition] = offset

    def take(self, partition: int, records: Iterable[Record]) -> list[bytes]:
        """Takes in what was read at the partition's next offset; returns dead letters of what is no milestone, or that
        of another partition. Raises TooMuchPoisonError.
        """
        letters = []
        for record in records:
            self._next[partition] = record.offset + 1
            self._moved.add(partition)
            try:
                self._waiting[partition].append((record.offset, _milestone(partition, record.value)))
            except PoisonError as poison:
                place = Place(PROGRESS.name, partition, record.offset)
                self._poison.bad(place, str(poison))
                letters.append(dead_letter(place, SINK, str(poison), record.value))
            else:
                if self._poison.is_on:
                    self._poison.good(partition)
        return letters

    def reached(self, inserted: Mapping[tuple[str, int], int]) -> list[SinkPosition]:
        """The positions that hold now, of the partitions where they moved. `inserted`: by output topic and partition,
        the offset below which all is in its table.
        """
        for partition, waiting in self._waiting.items():
            while waiting and _is_reached(waiting[0][1], partition, inserted):
                _, milestone = waiting.popleft()
                passed = self._passed[partition]
                passed[milestone.topic] = max(passed.get(milestone.topic, 0), milestone.next_offset)
                self._moved.add(partition)
        positions = [self._position(partition) for partition in sorted(self._moved)]
        self._moved.clear()
        return positions

    def _position(self, partition: int) -> SinkPosition:
        """The position to save: at the first milestone that is not reached yet, so that a restart reads it again."""
        waiting = self._waiting[partition]
        next_offset = waiting[0][0] if waiting else self._next[partition]
        return SinkPosition(PROGRESS.name, partition, next_offset, dict(self._passed[partition]))


def _milestone(partition: int, message: bytes) -> Milestone:
    milestone = milestone_of(message)
    if milestone.partition != partition:
        raise PoisonError(f"it speaks of partition {milestone.partition}")
    return milestone


def _is_reached(milestone: Milestone, partition: int, inserted: Mapping[tuple[str, int], int]) -> bool:
    return all(inserted.get((topic, partition), 0) >= end for topic, end in milestone.ends.items() if topic in _TABLES)
