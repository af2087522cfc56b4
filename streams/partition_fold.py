"""One partition under one processor: what both drivers do with a record between reading it and flushing."""

from streams.processors.contract import Delivery, Outputs, Processor, no_outputs
from tilde.domain.position import Header, Position
from tilde.eventlog import Record
from tilde.schemas.codec import PoisonError, decode, encoder
from tilde.schemas.dead_letters import Place, PoisonRun, dead_letter
from tilde.schemas.topics import DEAD_LETTERS

EVENTS_PER_FLUSH_MAX = 10_000  # a flush of ten thousand points is 0.6 MB, and a sink's best batch

_encode_marker = encoder("marker")


class PartitionFold:
    """Takes the records of one partition in order; `drain` gives what is to be flushed.

    The position moves with the outputs: a driver makes both durable together, outputs never after the position.
    """

    def __init__(self, processor: Processor, partition: int, position: Position) -> None:
        self._processor = processor
        self._partition = partition
        self.position = position
        self._outputs = no_outputs()
        self._poison = PoisonRun()
        self.events = 0  # folded since the last drain
        self._taken = 0  # messages since then, repeats and poison too

    @property
    def is_dirty(self) -> bool:
        """Whether there is anything to flush: the position has moved."""
        return self._taken > 0

    @property
    def messages(self) -> int:
        """How many output messages wait for the drain: a wide fan-out gives many for few events."""
        return sum(map(len, self._outputs.values()))

    def take(self, record: Record) -> None:
        """Folds the record at the position's next offset. Raises HoleError, TooMuchPoisonError."""
        assert record.offset == self.position.next_offset, "a driver delivers every offset, once, in order"
        self._taken += 1
        try:
            message = decode(record.value, self._processor.source.subject)
        except PoisonError as poison:
            self._bury(record, str(poison))
            self.position = self._after_poison(record.offset)
            return
        self._poison.good(self._partition)
        header = _header(message) if self._processor.source.is_raw else None
        if header is not None and self.position.is_repeat(header):
            self.position = self.position.after(record.offset, None)
            return
        self._processor.fold(Delivery(self._partition, record.offset, message), self._outputs)
        self.events += len(message["events"]) if header is not None else 1
        self.position = self.position.after(record.offset, header)

    def _after_poison(self, offset: int) -> Position:
        is_raw = self._processor.source.is_raw
        return self.position.after_poison(offset) if is_raw else self.position.after(offset, None)

    def _bury(self, record: Record, reason: str) -> None:
        place = Place(self._processor.source.name, self._partition, record.offset)
        self._poison.bad(place, reason)
        self._outputs[DEAD_LETTERS.name].append(dead_letter(place, self._processor.name, reason, record.value))

    def drain(self) -> Outputs:
        """The outputs since the last drain, each topic's ended by a marker that says how far the raw partition is
        done.
        """
        outputs, self._outputs = self._outputs, no_outputs()
        marker = _encode_marker({"topic": self._processor.source.name, "next_offset": self.position.next_offset})
        for topic in self._processor.outputs:
            outputs[topic.name].append(marker)
        self.events = self._taken = 0
        return outputs


def _header(message: dict[str, object]) -> Header:
    edge, epoch, offset, before, catalog = (message[name] for name in Header._fields)
    return Header(edge, epoch, offset, before, catalog)  # type: ignore[arg-type] # as its Avro schema says
