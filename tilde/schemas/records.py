"""Commands and catalog entries as Avro records and back; the domain's dataclasses have the schemas' field names."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache, partial
from typing import Any, get_args, get_origin, get_type_hints

from tilde.domain.catalog.entries import Command, Entry
from tilde.domain.catalog.nouns import ACTIONS, FACTS
from tilde.domain.catalog.state import CommandId

TYPES: dict[str, type] = {f"tilde.{cls.__name__}": cls for cls in (*ACTIONS, *FACTS)}
"""The classes of actions and facts, by the names of their records."""


def command_record(command: Command) -> dict[str, Any]:
    """The Avro record of one command."""
    return {
        "at_ms": command.at_ms,
        "deadline_ms": command.deadline_ms,
        "action": _branch(command.action),
    }


def command_of(record: dict[str, Any]) -> Command:
    """The command in an Avro record."""
    return Command(record["at_ms"], record["deadline_ms"], _value(record["action"]))


def entry_record(entry: Entry) -> dict[str, Any]:
    """The Avro record of one catalog entry."""
    record = _record(entry)
    record["command"] = entry.command._asdict()
    record["facts"] = [_branch(fact) for fact in entry.facts]
    return record


def entry_of(record: dict[str, Any]) -> Entry:
    """The catalog entry in an Avro record."""
    return Entry(
        sequence=record["sequence"],
        command=CommandId(**record["command"]),
        commands_offset=record["commands_offset"],
        at_ms=record["at_ms"],
        facts=tuple(map(_value, record["facts"])),
        refusal=record["refusal"],
        reply=record["reply"],
        ends=tuple(record["ends"]),
    )


def _branch(value: Any) -> tuple[str, dict[str, Any]]:
    return f"tilde.{type(value).__name__}", _record(value)


def _record(value: Any) -> dict[str, Any]:
    """Without what is as it is by default: a schema that does not know the field yet holds it as well."""
    plain = ((field, getattr(value, field.name)) for field in fields(value))
    return {field.name: _plain(each) for field, each in plain if each != field.default}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return [_plain(item) for item in value]
    return _record(value) if is_dataclass(value) else value


def _value(branch: tuple[str, dict[str, Any]]) -> Any:
    name, record = branch
    return _record_reader(TYPES[name])(record)


Read = Callable[[Any], Any]
"""Makes of a plain Avro value what a type says. A process reads the whole catalog when it starts, so how is found out
once a type.
"""


@cache
def _reader(hint: Any) -> Read | None:
    """Of an enum, a dataclass, a tuple of those, or one of them or nothing. None: the value is what it says already."""
    arguments = get_args(hint)
    if arguments[1:] == (type(None),):
        inner = _reader(arguments[0])
        return None if inner is None else partial(_optional, inner)
    if get_origin(hint) is tuple:
        return partial(_tuple, _reader(arguments[0]))
    if not isinstance(hint, type):
        return None
    if issubclass(hint, StrEnum):
        return hint
    return _record_reader(hint) if is_dataclass(hint) else None


def _optional(read: Read, value: Any) -> Any:
    """In a union what has a name comes with it."""
    return None if value is None else read(value[1] if isinstance(value, tuple) else value)


def _tuple(read: Read | None, values: list[Any]) -> tuple[Any, ...]:
    return tuple(values) if read is None else tuple(map(read, values))


@cache
def _record_reader(cls: type) -> Read:
    readers = {name: read for name, hint in get_type_hints(cls).items() if (read := _reader(hint)) is not None}
    return partial(_object, cls, readers)


def _object(cls: type, readers: dict[str, Read], record: dict[str, Any]) -> Any:
    return cls(**{name: readers[name](value) if name in readers else value for name, value in record.items()})
