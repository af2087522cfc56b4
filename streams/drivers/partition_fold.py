"""One partition under one processor: what both drivers do with a record between reading it and flushing."""

from collections.abc import Mapping
from typing import Any

from streams.contract import Message, Outputs, Processor, no_outputs
from streams.state import NOTHING, Kept, NoState, State
from tilde.domain.log.position import Header, Position
from tilde.errors import TildeError
from tilde.eventlog import Record
from tilde.schemas.codec import PoisonError
from tilde.schemas.dead_letters import POISON_RUN_MAX, Place, dead_letter, require_run
from tilde.schemas.reading import READERS
from tilde.schemas.topics import DEAD_LETTERS, PROGRESS

EVENTS_PER_FLUSH_MAX = 10_000  # a flush of ten thousand points is 0.6 MB, and a sink's best batch
# State and position of a flush are one record batch of 8 MiB, or a crash could part them: so much may be gathered
# before a flush, and so much may one message add to it; the rest is the position's.
STATE_BYTES_PER_FLUSH_MAX = 3 << 20
STATE_BYTES_PER_MESSAGE_MAX = 4 << 20


class StateTooLargeError(TildeError):
    """One message changes more of the state than can be made durable at once."""


class SharedRecord:
    """A record that is read once for all processors that take it; poison for one is poison for all."""

    def __init__(self, record: Record, subject: str) -> None:
        self.record = record
        self._read = READERS[subject]
        self._content: dict[str, Any] | None = None
        self._poison: PoisonError | None = None

    def content(self) -> dict[str, Any]:
        """What it holds; nobody changes it. Raises PoisonError."""
        if self._content is None and self._poison is None:
            try:
                self._content = self._read(self.record.value)
            except PoisonError as poison:
                self._poison = poison
        if self._poison is not None:
            raise self._poison
        assert self._content is not None
        return self._content


class PartitionFold:
    """Takes the records of one partition in order; `drain` gives what is to be flushed. Where the processor looks
    things up in the catalog, a batch that names an entry which this process has not read yet waits, and all behind it.

    The position moves with the outputs and the state: a driver makes all three durable together, or the outputs first,
    and then what of `state` was changed with the position.
    """

    def __init__(
        self,
        processor: Processor,
        partition: int,
        position: Position,
        poison_run_max: int = POISON_RUN_MAX,
        state: Mapping[str, Kept] = NOTHING,
    ) -> None:
        _require_partitions(processor)
        self.processor = processor
        self.partition = partition
        self.position = position
        self.state = State(state) if processor.remembers else NoState()
        self.waits_for: int | None = None
        """The entry of `catalog` that the next record was found to need and that was not there."""
        self._poison_run_max = poison_run_max
        self._outputs = no_outputs()
        self.events = 0  # folded since the last drain
        self.is_dirty = False
        """Whether there is anything to flush: the position has moved, of repeats and poison too."""

    @property
    def messages(self) -> int:
        """How many output messages wait for the drain: a wide fan-out gives many for few events."""
        return sum(map(len, self._outputs.values()))

    @property
    def has_much_state(self) -> bool:
        """Whether so much state has changed that it has to be drained before it takes more."""
        return self.state.changed_bytes() >= STATE_BYTES_PER_FLUSH_MAX

    @property
    def is_waiting(self) -> bool:
        """Whether the next record still needs what this process's copy of the catalog does not have."""
        return self.waits_for is not None and not self._has(self.waits_for)

    def _has(self, sequence: int) -> bool:
        """Whether what is as of this entry can be looked up, as far as anybody does."""
        as_of = self.processor.as_of
        return as_of is None or as_of.catalog.sequence >= sequence

    def take(self, record: Record) -> bool:
        """Folds the record at the position's next offset. False, and nothing is changed, where it has to wait for the
        catalog. Raises HoleError, TooMuchPoisonError, StateTooLargeError.
        """
        return self.take_shared(SharedRecord(record, self.processor.source.subject))

    def take_shared(self, shared: SharedRecord) -> bool:
        """As `take`, of a record that other folds take, too."""
        record = shared.record
        assert record.offset == self.position.next_offset, "a driver delivers every offset, once, in order"
        try:
            content = shared.content()
        except PoisonError as poison:
            self._bury(record, str(poison))
            self.position = self.position.after_poison(record.offset)
        else:
            if not self._take_content(record.offset, content):
                return False
        self.is_dirty = True
        return True

    def _take_content(self, offset: int, content: dict[str, Any]) -> bool:
        is_raw = self.processor.source.is_raw
        header = Header.of(content, is_raw=is_raw)
        if self.position.is_repeat(header):
            self.position = self.position.after(offset, None)
            return True
        if not self._has(header.catalog):
            self.waits_for = header.catalog
            return False
        self.waits_for = None
        message = Message(self.partition, offset, content, header.catalog)
        if self.processor.remembers:
            before = self.state.changed_bytes()
            self.processor.fold(message, self._outputs, self.state)
            self._require_state(offset, self.state.changed_bytes() - before)
        else:
            self.processor.fold(message, self._outputs, self.state)
        self.events += len(content["events"]) if is_raw else 1
        self.position = self.position.after(offset, header)
        return True

    def _require_state(self, offset: int, added: int) -> None:
        if added > STATE_BYTES_PER_MESSAGE_MAX:
            raise StateTooLargeError(
                f"{self.processor.source.name}/{self.partition}: the message at offset {offset} changes {added} bytes"
                f" of what processor {self.processor.name} remembers, and {STATE_BYTES_PER_MESSAGE_MAX} can be kept at"
                " once: it has to remember smaller values"
            )

    def _bury(self, record: Record, reason: str) -> None:
        place = Place(self.processor.source.name, self.partition, record.offset)
        require_run(self.position.poison_run + 1, self._poison_run_max, place, reason)
        self._outputs[DEAD_LETTERS.name].append(dead_letter(place, self.processor.name, reason, record.value))

    def drain(self) -> Outputs:
        """The outputs since the last drain."""
        outputs, self._outputs = self._outputs, no_outputs()
        self.events, self.is_dirty = 0, False
        return outputs


def _require_partitions(processor: Processor) -> None:
    """Outputs go to the partition of the message that they came from, so there has to be one."""
    source = processor.source
    narrow = [topic.name for topic in (*processor.outputs, PROGRESS) if topic.partitions < source.partitions]
    if narrow:
        raise ValueError(f"{processor.name}: {source.name} has more partitions than {', '.join(narrow)}")
