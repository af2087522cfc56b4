"""Finds the messages for which a table refused a block: each is decoded, and those that cannot be are dead letters."""

from dataclasses import dataclass, field

from sinks.pending import MARKER, Reading
from tilde.eventlog import Record
from tilde.schemas.codec import PoisonError, decode
from tilde.schemas.dead_letters import SINK, Place, PoisonRun, dead_letter
from tilde.schemas.topics import Topic


@dataclass(slots=True)
class Sifted:
    """The messages that are rows, and dead letters of those that are neither rows nor markers."""

    rows: list[bytes] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)


class Sieve:
    """Sifts one topic's messages, and knows how much `poison` came in a row."""

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        self.poison = PoisonRun()

    def sift(self, readings: list[Reading]) -> Sifted:
        """Sorts what was read into rows and dead letters; markers are neither. Raises TooMuchPoisonError."""
        sifted = Sifted()
        for reading in readings:
            for record in reading.records:
                self._sift(reading.partition, record, sifted)
        return sifted

    def _sift(self, partition: int, record: Record, into: Sifted) -> None:
        is_marker = record.value.startswith(MARKER)
        try:
            decode(record.value, "marker" if is_marker else self._topic.subject)
        except PoisonError as poison:
            place = Place(self._topic.name, partition, record.offset)
            self.poison.bad(place, str(poison))
            into.letters.append(dead_letter(place, SINK, str(poison), record.value))
            return
        self.poison.good(partition)
        if not is_marker:
            into.rows.append(record.value)

    def saw_none(self, readings: list[Reading]) -> None:
        """Says that a table has accepted all of these messages: in their partitions no run of poison goes on."""
        for reading in readings:
            self.poison.good(reading.partition)
