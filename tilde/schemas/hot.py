"""The Avro bodies of the records that are written for every post, by hand: four times as fast as a general writer.

Equal to fastavro's to the byte (tests/properties/test_hot_encoding.py); docs/decisions/0004 has the measurement.
Everything that is not written for every post goes through `codec`.
"""

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct

from tilde.schemas.codec import header
from tilde.schemas.registry import latest

double = Struct("<d").pack
"""An Avro double."""

_BITS = 14  # a table look-up writes two bytes of a varint: 14 bits
_LOW = (1 << _BITS) - 1
_SEVEN = 0x7F  # the bits of a byte; the eighth says that another one follows
_MORE = [bytes((i & 0x7F | 0x80, i >> 7 | 0x80)) for i in range(1 << _BITS)]
_LAST = [bytes((i,)) if i < 0x80 else bytes((i & 0x7F | 0x80, i >> 7)) for i in range(1 << _BITS)]  # noqa: PLR2004 - 7 bits a byte

NULL = b"\0"  # the first branch of a union with null
SOME = b"\x02"  # the second
END = b"\0"  # the block of none that ends an array
KINDS = {"counter": b"\0", "value": b"\x02"}
"""What a stat is, as Avro has it."""
_NOT_DELETED = b"\0"
_MAKES = b"\x01\0" + NULL  # it makes, and does not delete; nothing was read before


def long(value: int) -> bytes:
    """An Avro int or long: zigzag, seven bits a byte, the low ones first."""
    rest = value << 1 if value >= 0 else (-value << 1) - 1
    if rest <= _LOW:
        return _LAST[rest]
    return _MORE[rest & _LOW] + _tail(rest >> _BITS)


@lru_cache(4096)
def _tail(rest: int) -> bytes:
    """All but the lowest bits: event ids of a millisecond share them, times of some seconds or hours do, too."""
    tail = b""
    while rest > _LOW:
        tail += _MORE[rest & _LOW]
        rest >>= _BITS
    return tail + _LAST[rest]


def any_long_of(encoded: bytes) -> int:
    """The number that `long` has encoded."""
    value = 0
    for byte in reversed(encoded):
        value = value << 7 | byte & _SEVEN
    return value >> 1 ^ -(value & 1)


long_of = lru_cache(4096)(any_long_of)
"""The same of numbers that come again, as times do."""


def size_and(content: bytes) -> bytes:
    """Bytes as Avro has them: their size, and they."""
    return long(len(content)) + content


def content_of(sized: bytes) -> bytes:
    """What stands behind the size of Avro's bytes, or of a string."""
    begins = 1
    while sized[begins - 1] > _SEVEN:
        begins += 1
    return sized[begins:]


def text(value: str) -> bytes:
    """A string as Avro has it."""
    return size_and(value.encode())


def maybe(value: str | None) -> bytes:
    """A union of null and a string, as Avro has it."""
    return NULL if value is None else SOME + text(value)


def posted_name(product: int, metric: int, kind: str, name: str | None) -> bytes:
    """The fields of a StatPosted that are the same for every post to a name."""
    return long(product) + long(metric) + KINDS[kind] + maybe(name)


def stat_posted(event_id: int, name: bytes, number: float, t: int | None, received_at: bytes) -> bytes:
    """The body of a StatPosted. `name` is `posted_name`'s, `received_at` the `long` of unix milliseconds."""
    if t is None:
        return long(event_id) + name + double(number) + NULL + received_at
    return long(event_id) + name + double(number) + SOME + long(t) + received_at


def sample_written(
    event_id: int, name: bytes, number: float, t_ms: int | None, meta: str | None, received_at: bytes
) -> bytes:
    """The body of a SampleWritten that makes a sample without a ref, of the event's own id. `name` is `posted_name`'s,
    `received_at` the `long` of unix milliseconds. All other writes are encoded by `sample_writes`.
    """
    event = long(event_id)
    time = NULL if t_ms is None else SOME + long(t_ms)
    return event + event + name + received_at + NULL + SOME + double(number) + time + maybe(meta) + _MAKES


def sealed_batch(
    schema: bytes,
    edge: str,
    epoch: int,
    offset: int,
    before: int,
    catalog: int,
    events: Sequence[bytes],
    end: bytes = b"",
) -> bytes:
    """The message of a sealed batch of at least one event of a raw topic: `schema` is the header of the batch's, the
    events are bodies as that has them, and `end` is what it has behind them (`codec.batch_end`).
    """
    head = (schema, text(edge), long(epoch), long(offset), long(before), long(catalog), long(len(events)))
    return b"".join((*head, *events, END, end))


_POINT = header(latest("point"))


def point_metric(product: int, metric: int) -> bytes:
    """The beginning of a Point's message: its schema and its metric."""
    return _POINT + long(product) + long(metric)


def point(metric: bytes, event_id: bytes, nth: int, version: bytes, times: bytes, rest: bytes) -> bytes:
    """The message of a Point. `metric` is `point_metric`'s, the others are encoded; `times` is ts, then received_at;
    `rest` the number, then the raw partition.
    """
    return metric + event_id + long(nth) + version + _NOT_DELETED + times + rest


_SAMPLE = header(latest("sample"))


def sample_metric(product: int, metric: int) -> bytes:
    """The beginning of a Sample's message: its schema and its metric."""
    return _SAMPLE + long(product) + long(metric)


def sample(metric: bytes, ts: bytes, sample_id: bytes, version: bytes, rest: bytes) -> bytes:
    """The message of a Sample that is there. `metric` is `sample_metric`'s, the others are encoded; `rest` is ref,
    number, meta, created_at, updated_at.
    """
    return metric + ts + sample_id + version + _NOT_DELETED + rest
