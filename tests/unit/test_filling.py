"""Old messages are filled in with what later versions added: equal to what fastavro resolves, and cheaper to read."""

import json
from copy import deepcopy
from io import BytesIO
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_reader, schemaless_writer

from testkit.builders import a_post, a_sealed_batch
from tilde.schemas.codec import HEADER_BYTES, decode
from tilde.schemas.filling import filling
from tilde.schemas.registry import latest, schemas

BATCH = {
    "type": "record",
    "name": "Batch",
    "namespace": "tilde",
    "fields": [
        {"name": "edge", "type": "string"},
        {"name": "events", "type": {"type": "array", "items": {
            "type": "record",
            "name": "Posted",
            "fields": [
                {"name": "id", "type": "long"},
                {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["counter", "value"]}},
                {"name": "name", "type": ["null", "string"]},
                {"name": "tags", "type": {"type": "array", "items": {
                    "type": "record", "name": "Tag", "fields": [{"name": "key", "type": "string"}],
                }}},
            ],
        }}},
    ],
}  # fmt: skip
RECORD = {
    "edge": "e",
    "events": [
        {"id": 1, "kind": "value", "name": None, "tags": []},
        {"id": 2, "kind": "counter", "name": "a", "tags": [{"key": "x"}, {"key": "y"}]},
    ],
}


def of_batch(schema: Any) -> Any:
    return schema["fields"]


def of_event(schema: Any) -> Any:
    return schema["fields"][1]["type"]["items"]["fields"]


def of_tag(schema: Any) -> Any:
    return of_event(schema)[3]["type"]["items"]["fields"]


def newer(at: Any, **field: Any) -> Any:
    """The schema with a field more in one of its records, in front of the others where it has a place."""
    schema = deepcopy(BATCH)
    fields = at(schema)
    fields.insert(field.pop("place", len(fields)), {"name": "more", **field})
    return schema


def resolved(writer: Any, reader: Any) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What fastavro reads of the record as the reader's, and what filling makes of it; None where it does not."""
    writer, reader = parse_schema(writer, named_schemas={}), parse_schema(reader, named_schemas={})
    body = BytesIO()
    schemaless_writer(body, writer, RECORD)
    by_fastavro = schemaless_reader(BytesIO(body.getvalue()), writer, reader, return_record_name=True)
    fill = filling(writer, reader)
    if fill is None:
        return by_fastavro, None
    filled = schemaless_reader(BytesIO(body.getvalue()), writer, None, return_record_name=True)
    fill(filled)
    return by_fastavro, filled


@pytest.mark.parametrize("at", [of_batch, of_event, of_tag])
@pytest.mark.parametrize(
    "field",
    [
        {"type": "boolean", "default": True},
        {"type": "long", "default": -1, "place": 0},
        {"type": "double", "default": 0.5},
        {"type": "string", "default": "x", "place": 0},
        {"type": ["null", "string"], "default": None},
    ],
)
def test_a_field_that_was_added_is_filled_in_wherever_it_stands(at: Any, field: dict[str, Any]) -> None:
    """In the record itself, in those of its list, in those of a list in these."""
    by_fastavro, filled = resolved(BATCH, newer(at, **field))

    assert filled == by_fastavro
    assert filled != RECORD


def test_several_fields_are_filled_in_at_once() -> None:
    """Of two versions at a time."""
    schema = newer(of_batch, type="boolean", default=False)
    of_event(schema).append({"name": "ref", "type": ["null", "string"], "default": None})
    of_tag(schema).append({"name": "value", "type": "string", "default": ""})
    by_fastavro, filled = resolved(BATCH, schema)

    assert filled == by_fastavro


@pytest.mark.parametrize(
    "field", [{"type": "bytes", "default": "\u00ff"}, {"type": {"type": "array", "items": "long"}, "default": []}]
)
def test_a_default_that_is_not_plain_is_left_to_fastavro(field: dict[str, Any]) -> None:
    """A list would be the same one in all records; bytes stand in JSON as text."""
    by_fastavro, filled = resolved(BATCH, newer(of_event, **field))

    assert filled is None
    assert by_fastavro != RECORD


def test_what_was_dropped_or_changed_is_left_to_fastavro() -> None:
    """And so is whatever stands in a union."""
    dropped = deepcopy(BATCH)
    del of_event(dropped)[2]
    wider = deepcopy(BATCH)
    of_event(wider)[0]["type"] = "double"

    assert [resolved(BATCH, reader)[1] for reader in (dropped, wider)] == [None, None]


def test_a_record_that_is_named_again_is_left_to_fastavro() -> None:
    """What was added to it belongs there as well, where only its name stands."""
    old, new = deepcopy(BATCH), newer(of_tag, type="string", default="")
    for schema in (old, new):
        of_event(schema).append({"name": "first", "type": ["null", "tilde.Tag"], "default": None})

    assert filling(parse_schema(old, named_schemas={}), parse_schema(new, named_schemas={})) is None


def test_every_older_version_reads_as_fastavro_resolves_it() -> None:
    """Those that were released; posts are among the filled ones, as there are more of them than of all else."""
    filled = set()
    for schema in schemas().values():
        newest = latest(schema.subject)
        if schema is not newest and filling(schema.parsed, newest.parsed) is not None:
            filled.add((schema.subject, schema.version))

    assert ("sealed_stats", 1) in filled
    message = a_sealed_batch([a_post(1), a_post(2, "größe~a,b", 2.5, t=5)], offset=7, before=3)
    written = schemas()[message[4]]
    assert written.version == 1
    body = BytesIO(message[HEADER_BYTES:])
    by_fastavro = schemaless_reader(body, written.parsed, latest("sealed_stats").parsed, return_record_name=True)
    assert decode(message, "sealed_stats") == by_fastavro
    assert json.loads(latest("sealed_stats").text)["fields"][-1]["name"] == "spreads"
