"""What later versions of a schema added, filled into records that were read as they were written. fastavro's own
resolution gives the same and makes reading more than twice as long, and most of a log is of older versions.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import methodcaller
from typing import Any

from fastavro.schema import to_parsing_canonical_form

Fill = Callable[[Any], None]

_PLAIN = (type(None), bool, int, float, str)  # what many records may share


class _OtherwiseError(Exception):
    """More was changed than fields that were added."""


def filling(writer: Any, reader: Any) -> Fill | None:
    """Makes of a record that was read with the schema `writer` what `reader` would have read, in place.

    None where more has changed than that fields with a plain default were added, to the record itself or to those in
    its lists: then fastavro has to resolve the two.
    """
    try:
        return _record_fill(writer, reader)
    except _OtherwiseError:
        return None


def _fill(writer: Any, reader: Any) -> Fill | None:
    """None where nothing is to be done. Raises _OtherwiseError."""
    if _canonical(writer) == _canonical(reader):
        return None
    match writer, reader:
        case {"type": "record"}, {"type": "record"}:
            return _record_fill(writer, reader)
        case {"type": "array"}, {"type": "array"}:
            fill = _fill(writer["items"], reader["items"])
            assert fill is not None, "the items differ, or the lists would not"
            return partial(_fill_each, fill)
    raise _OtherwiseError


def _record_fill(writer: Any, reader: Any) -> Fill:
    old = {field["name"]: field["type"] for field in writer["fields"]}
    new = {field["name"]: field for field in reader["fields"]}
    if not old.keys() <= new.keys() or _is_named_again(writer):
        raise _OtherwiseError
    added = {name: _plain_default(field) for name, field in new.items() if name not in old}
    fills = [(name, fill) for name, type_ in old.items() if (fill := _fill(type_, new[name]["type"])) is not None]
    return partial(_fill_record, added, fills) if fills else methodcaller("update", added)


def _is_named_again(record: Any) -> bool:
    """Whether a record inside it is referred to by its name, where nobody would look for what was added to it."""
    text = _canonical(record)
    return any(text.count(f'"{name}"') > 1 for name in _records(record))


def _records(schema: Any) -> Sequence[str]:
    match schema:
        case {"type": "record", "name": str() as name, "fields": fields}:
            return [name, *(one for field in fields for one in _records(field["type"]))]
        case {"type": "array", "items": items}:
            return _records(items)
        case list():
            return [one for branch in schema for one in _records(branch)]
    return []


def _plain_default(field: Any) -> Any:
    default = field.get("default", ...)
    if not isinstance(default, _PLAIN) or field["type"] == "bytes":
        raise _OtherwiseError
    return default


def _canonical(schema: Any) -> str:
    return str(to_parsing_canonical_form(schema))


def _fill_record(added: Mapping[str, Any], fills: Sequence[tuple[str, Fill]], record: dict[str, Any]) -> None:
    record.update(added)
    for name, fill in fills:
        fill(record[name])


def _fill_each(fill: Fill, records: Sequence[Any]) -> None:
    for record in records:
        fill(record)
