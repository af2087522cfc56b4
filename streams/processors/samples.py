"""Writes of samples to samples, each with the point that its number is: what is made, changed, moved in time, deleted.

The rules are those of `tilde/domain/samples/writes.py`, and what they remember is the partition's state.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from streams.contract import AsOf, Message, Outputs, PlainProcessor
from streams.processors.rows import bury, deleting_point
from streams.processors.sightings import NOT_YET, sighting
from streams.state import State
from tilde.domain.samples.writes import NUMBER, Change, Held, SampleWrite, applied
from tilde.domain.stats.fanout import BadNameError, check
from tilde.memo import Memo
from tilde.schemas import hot
from tilde.schemas.codec import encoder
from tilde.schemas.sample_writes import is_plain, sample_write_of
from tilde.schemas.topics import DEAD_LETTERS, METRICS, POINTS, SAMPLE_WRITES, SAMPLES, raw_partition

STATS_REMEMBERED_MAX = 100_000  # some 40 MB; forgetting costs repeated rows, no more

_NO_TEXT = hot.text("")
_encode_sample = encoder(SAMPLES.subject)


class _Place(NamedTuple):
    """Where an event stands: what its rows say of that."""

    partition: int
    version: int


@dataclass(slots=True)
class _Target:
    """A stat, as its rows begin, and the earliest event it was announced with."""

    of_points: bytes
    of_samples: bytes
    first_event: int = NOT_YET


@dataclass(frozen=True, slots=True)
class _Remembered:
    """The state, as the rules take it; the message at `offset` changes it."""

    state: State
    offset: int

    def get(self, key: str) -> Any:
        return self.state.get(key)

    def put(self, key: str, value: Any) -> None:
        self.state.put(key, self.offset, value)


class SamplesProcessor(PlainProcessor):
    """Writes a `samples` row and a `points` row for what each write leaves, deleting ones for what it takes away, and a
    `metrics` row for each metric new to this partition.
    """

    name = "samples"
    source = SAMPLE_WRITES
    outputs = (POINTS, METRICS, SAMPLES, DEAD_LETTERS)
    remembers = True

    def __init__(self, as_of: AsOf) -> None:
        self.as_of: AsOf = as_of
        self._targets = Memo[tuple[int, int], _Target](STATS_REMEMBERED_MAX)

    def forget(self) -> None:
        self._targets.clear()

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        partition = raw_partition(SAMPLE_WRITES, message.partition)
        encoded_partition, remembered = hot.long(partition), _Remembered(state, message.offset)
        for nth, event in enumerate(message.content["events"]):
            try:
                target = self._target_of(event, partition, outputs)
            except BadNameError as bad:
                bury(message, nth, self, str(bad), outputs)
                continue
            if is_plain(event):
                _write_plain(event, hot.long(message.version(nth)), encoded_partition, target, outputs)
                continue
            write, place = sample_write_of(event), _Place(partition, message.version(nth))
            taken_back = self.as_of.catalog.taken_back(write.product, write.metric, message.sequence)
            change = applied(write, remembered, taken_back)
            if change is not None:
                _write_out(change, write, place, target, outputs)

    def _target_of(self, event: dict[str, Any], partition: int, outputs: Outputs) -> _Target:
        """The stat of an event, announced where it was not seen before. Raises BadNameError."""
        product, metric, name = event["product"], event["metric"], event["name"]
        target = self._targets.get((product, metric))
        if target is None:
            if name is not None:
                check(name)
            target = _Target(hot.point_metric(product, metric), hot.sample_metric(product, metric))
            self._targets.keep((product, metric), target)
        if name is not None and event["event"] < target.first_event:
            check(name)
            target.first_event = event["event"]
            outputs[METRICS.name].append(
                sighting(product, metric, event["kind"], name, partition, event["event"], event["received_at"])
            )
        return target


def _write_plain(event: dict[str, Any], version: bytes, partition: bytes, target: _Target, outputs: Outputs) -> None:
    """The rows of a write that only makes, which most are: what the rules and `_write_out` give, in less time.
    A point and a sample of the same id.
    """
    id_, received_at = hot.long(event["event"]), hot.long(event["received_at"])
    t_ms, number, meta = event["t_ms"], event["number"], event["meta"]
    ts = received_at if t_ms is None else hot.long(t_ms)
    encoded = hot.double(NUMBER if number is None else number)
    outputs[POINTS.name].append(hot.point(target.of_points, id_, 0, version, ts + received_at, encoded + partition))
    said = _NO_TEXT + encoded + (hot.text(meta) if meta else _NO_TEXT)
    outputs[SAMPLES.name].append(hot.sample(target.of_samples, ts, id_, version, said + received_at + received_at))


def _write_out(change: Change, write: SampleWrite, place: _Place, target: _Target, outputs: Outputs) -> None:
    """The rows of one write. The point comes along with every change: where the stat was deleted and restored since,
    a deletion hides both or none.
    """
    if change.leaves_its_point and change.before is not None:
        outputs[POINTS.name].append(_deleting_point(write, change.before, place))
    if change.moves and change.before is not None:
        outputs[SAMPLES.name].append(_deleting_sample(change.id, write, change.before, place))
    after = change.after
    if after is None:
        return
    ts, version = hot.long(after.t_ms), hot.long(place.version)
    number = hot.double(after.number)
    times, rest = ts + hot.long(after.received_ms), number + hot.long(place.partition)
    outputs[POINTS.name].append(hot.point(target.of_points, hot.long(after.point), 0, version, times, rest))
    said = hot.text(after.ref or "") + number + hot.text(after.meta or "")
    dates = hot.long(after.created_ms) + hot.long(write.received_at)
    outputs[SAMPLES.name].append(hot.sample(target.of_samples, ts, hot.long(change.id), version, said + dates))


def _deleting_point(write: SampleWrite, before: Held, place: _Place) -> bytes:
    return deleting_point(
        write.product,
        write.metric,
        (before.point, 0),
        place.version,
        (before.t_ms, before.received_ms),
        before.number,
        place.partition,
    )


def _deleting_sample(id_: int, write: SampleWrite, before: Held, place: _Place) -> bytes:
    return _encode_sample(
        {
            "product": write.product,
            "metric": write.metric,
            "ts": before.t_ms,
            "id": id_,
            "version": place.version,
            "is_deleted": 1,
            "ref": before.ref or "",
            "number": before.number,
            "meta": before.meta or "",
            "created_at": before.created_ms,
            "updated_at": write.received_at,
        }
    )
