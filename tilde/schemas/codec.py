"""Messages in the Confluent wire format: a zero byte, the schema's id (4 bytes, big endian), the Avro body.

`encoder` and `decode` are the only two ways from values to bytes and back; what cannot be decoded raises PoisonError.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from io import BytesIO
from struct import error as struct_error
from typing import Any

from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.read import SchemaResolutionError
from fastavro.schema import to_parsing_canonical_form

from tilde.schemas.filling import Fill, filling
from tilde.schemas.registry import Schema, latest, schemas

HEADER_BYTES = 5
MESSAGE_BYTES_MAX = 1 << 20
REASON_CHARACTERS_MAX = 200
UNREADABLE = (EOFError, ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError, struct_error)
"""What fastavro raises of bytes that it cannot read."""


class PoisonError(Exception):
    """These bytes are no message of ours. The reason is cut: fastavro's may repeat all the bytes that it failed on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason[:REASON_CHARACTERS_MAX])


def header(schema: Schema) -> bytes:
    """The five bytes in front of every message of this schema."""
    return b"\0" + schema.id.to_bytes(4, "big")


def encoder(subject: str) -> Callable[[dict[str, Any]], bytes]:
    """A function that encodes records of the newest version of a subject; one buffer is used again for all of them."""
    schema = latest(subject)
    parsed, head, buffer = schema.parsed, header(schema), BytesIO()

    def encode(record: dict[str, Any]) -> bytes:
        buffer.seek(0)
        buffer.truncate()
        buffer.write(head)
        schemaless_writer(buffer, parsed, record, strict=False)
        return buffer.getvalue()

    return encode


def oldest_encoder(subject: str) -> Callable[[dict[str, Any]], bytes]:
    """A function that encodes records of the oldest version of a subject that can hold all of one: what says nothing
    new is then read by older releases as well, beside which this one may run while they are upgraded.
    """
    encode_body = _oldest_that_holds([(schema, schema.parsed) for schema in _versions(subject)])

    def encode(record: dict[str, Any]) -> bytes:
        schema, body = encode_body(record)
        return header(schema) + body

    return encode


def event_encoder(subject: str) -> Callable[[dict[str, Any]], tuple[Schema, bytes]]:
    """A function that encodes single events of a raw topic, as `oldest_encoder` does: it returns the version of the
    batch's schema that holds the event, and the event's body.
    """
    return _oldest_that_holds([(schema, _event_schema(schema)) for schema in _versions(subject)])


def batch_schema(subject: str, said: Mapping[str, Any]) -> Schema:
    """How batches of a raw topic are written that say this of all their events: the oldest version that can, and that
    has the events as the newest. So batches that say nothing new are read by older releases as well.
    """
    for schema in batch_schemas(subject, said):
        return schema
    raise ValueError(f"no {subject} says {', '.join(said)} behind events of its newest version")


def batch_schemas(subject: str, said: Mapping[str, Any]) -> Iterator[Schema]:
    """All versions that have the events as the newest and can say this of them, the oldest first."""
    newest = to_parsing_canonical_form(_event_schema(latest(subject)))
    for schema in _versions(subject):
        says = said.keys() <= _behind_events(schema).keys()
        if says and to_parsing_canonical_form(_event_schema(schema)) == newest:
            yield schema


def said_by_default(subject: str) -> dict[str, Any]:
    """What the newest version of a raw topic's batches says of all their events where nothing is said."""
    return {name: default for name, (_, default) in _behind_events(latest(subject)).items()}


def batch_end(schema: Schema, said: Mapping[str, Any]) -> bytes:
    """What stands behind the events of a sealed batch: the fields that versions have given it later, as by default
    where nothing else is said.
    """
    behind = _behind_events(schema)
    return b"".join(_body(type_, said.get(name, default), strict=True) for name, (type_, default) in behind.items())


def _behind_events(batch: Schema) -> dict[str, tuple[Any, Any]]:
    """The type and the default of each field."""
    fields = batch.parsed["fields"]
    names = [field["name"] for field in fields]
    return {field["name"]: (field["type"], field["default"]) for field in fields[names.index("events") + 1 :]}


def _versions(subject: str) -> list[Schema]:
    """Oldest first."""
    return sorted((one for one in schemas().values() if one.subject == subject), key=lambda schema: schema.version)


def _event_schema(batch: Schema) -> Any:
    (events,) = (field["type"]["items"] for field in batch.parsed["fields"] if field["name"] == "events")
    return parse_schema(events, named_schemas={})


def _oldest_that_holds(versions: list[tuple[Schema, Any]]) -> Callable[[dict[str, Any]], tuple[Schema, bytes]]:
    *older, (newest, newest_parsed) = versions
    known = [(schema, parsed, parsed["__named_schemas"].keys()) for schema, parsed in older]

    def encode(record: dict[str, Any]) -> tuple[Schema, bytes]:
        branches = _branches(record)
        for schema, parsed, names in known:
            if branches <= names:  # else it cannot: seen at once, where to try takes as long as to encode
                with suppress(ValueError):  # it lacks a field that the record has
                    return schema, _body(parsed, record, strict_allow_default=True)
        return newest, _body(newest_parsed, record)

    return encode


def _branches(record: dict[str, Any]) -> set[str]:
    """The records that its fields say by name, as unions need it: `("tilde.StatCreated", {..})`, alone or in a list."""
    values = (item for value in record.values() for item in (value if isinstance(value, list) else (value,)))
    return {value[0] for value in values if isinstance(value, tuple)}


def _body(parsed: Any, record: dict[str, Any], **strictness: bool) -> bytes:
    buffer = BytesIO()
    schemaless_writer(buffer, parsed, record, **strictness)
    return buffer.getvalue()


def schema_of(message: bytes) -> Schema:
    """The schema a message was written with. Raises PoisonError."""
    if len(message) < HEADER_BYTES or message[0] != 0:
        raise PoisonError("not in the Confluent wire format")
    schema = schemas().get(int.from_bytes(message[1:HEADER_BYTES], "big"))
    if schema is None:
        raise PoisonError(f"no schema has the id {int.from_bytes(message[1:HEADER_BYTES], 'big')}")
    return schema


def event_reader(subject: str) -> Callable[[BytesIO], dict[str, Any]]:
    """A function that reads one event of a raw topic from where a stream stands in a batch of the newest version.
    Raises UNREADABLE.
    """
    parsed = _event_schema(latest(subject))

    def read(stream: BytesIO) -> dict[str, Any]:
        event = schemaless_reader(stream, parsed, None, return_record_name=True)
        assert isinstance(event, dict)
        return event

    return read


def decode(message: bytes, subject: str) -> dict[str, Any]:
    """The record in a message, read as the newest version of `subject`. Raises PoisonError."""
    writer = schema_of(message)
    if writer.subject != subject:
        raise PoisonError(f"a {writer.subject} where a {subject} belongs")
    reader = latest(subject)
    fill = None if reader is writer else _filling(writer.id, reader.id)
    resolves = reader is not writer and fill is None
    body = BytesIO(message)
    body.seek(HEADER_BYTES)
    try:
        record = schemaless_reader(body, writer.parsed, reader.parsed if resolves else None, return_record_name=True)
    except UNREADABLE as cause:
        raise PoisonError(f"not a {subject}: {cause!r}") from cause
    except SchemaResolutionError as cause:
        raise PoisonError(f"not readable as {subject}: {cause}") from cause
    if body.read(1):
        raise PoisonError(f"bytes left over after a {subject}")
    assert isinstance(record, dict)
    if fill is not None:
        fill(record)
    return record


@cache
def _filling(writer: int, reader: int) -> Fill | None:
    return filling(schemas()[writer].parsed, schemas()[reader].parsed)
