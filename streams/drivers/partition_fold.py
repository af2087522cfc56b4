"""One partition under one processor: what both drivers do with a record between reading it and flushing."""

from streams.contract import Delivery, Outputs, Processor, no_outputs
from tilde.domain.log.position import Header, Position
from tilde.eventlog import Record
from tilde.schemas.codec import PoisonError, decode
from tilde.schemas.dead_letters import POISON_RUN_MAX, Place, dead_letter, require_run
from tilde.schemas.topics import CATALOG, DEAD_LETTERS

EVENTS_PER_FLUSH_MAX = 10_000  # a flush of ten thousand points is 0.6 MB, and a sink's best batch


class PartitionFold:
    """Takes the records of one partition in order; `drain` gives what is to be flushed.

    The position moves with the outputs: a driver makes both durable together, outputs never after the position.
    """

    def __init__(
        self, processor: Processor, partition: int, position: Position, poison_run_max: int = POISON_RUN_MAX
    ) -> None:
        self._processor = processor
        self._partition = partition
        self.position = position
        self._poison_run_max = poison_run_max
        self._outputs = no_outputs()
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
            self.position = self.position.after_poison(record.offset)
            return
        is_raw = self._processor.source.is_raw
        header = _header(message) if is_raw else _header_of_entry(message)
        if self.position.is_repeat(header):
            self.position = self.position.after(record.offset, None)
            return
        self._processor.fold(Delivery(self._partition, record.offset, message), self._outputs)
        self.events += len(message["events"]) if is_raw else 1
        self.position = self.position.after(record.offset, header)

    def _bury(self, record: Record, reason: str) -> None:
        place = Place(self._processor.source.name, self._partition, record.offset)
        require_run(self.position.poison_run + 1, self._poison_run_max, place, reason)
        self._outputs[DEAD_LETTERS.name].append(dead_letter(place, self._processor.name, reason, record.value))

    def drain(self) -> Outputs:
        """The outputs since the last drain."""
        outputs, self._outputs = self._outputs, no_outputs()
        self.events = self._taken = 0
        return outputs


def _header(message: dict[str, object]) -> Header:
    edge, epoch, offset, before, catalog = (message[name] for name in Header._fields)
    return Header(edge, epoch, offset, before, catalog)  # type: ignore[arg-type] # as its Avro schema says


def _header_of_entry(message: dict[str, object]) -> Header:
    """Of an entry of `catalog`: one whose sequence was there before does not hold, as for everybody who follows it. A
    decider writes one when it was replaced, or had no answer from the log and decided again.
    """
    sequence = message["sequence"]
    assert isinstance(sequence, int)
    return Header(CATALOG.name, 0, sequence, -1, sequence)
