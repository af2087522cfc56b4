"""Finds the version of a schema that a text stands for: tools write it with other white space, or no descriptions."""

import json
from collections.abc import Iterable
from typing import Any

from fastavro.schema import SchemaParseException, parse_schema, to_parsing_canonical_form

from tilde.schemas.registry import Schema


class NoSchemaError(Exception):
    """The text is no Avro schema."""


def matching(text: str, versions: Iterable[Schema]) -> Schema | None:
    """The version that says the same; of several the one that is the same JSON, else the newest.

    Raises NoSchemaError.
    """
    try:
        wanted = json.loads(text)
        canonical = _canonical(wanted)
    except (ValueError, SchemaParseException, KeyError, TypeError, AttributeError, RecursionError) as cause:
        raise NoSchemaError(f"not an Avro schema: {cause!r}") from cause
    alike = [schema for schema in versions if _canonical(json.loads(schema.text)) == canonical]
    same = [schema for schema in alike if json.loads(schema.text) == wanted]
    return max(same or alike, key=lambda schema: schema.version, default=None)


def _canonical(schema: Any) -> str:
    return str(to_parsing_canonical_form(parse_schema(schema, named_schemas={})))
