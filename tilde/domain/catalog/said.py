"""What somebody says of a thing that is there: what he says nothing of stays as it is."""

from dataclasses import Field, fields, replace
from typing import Any, ClassVar, Protocol, TypeVar


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


_Record = TypeVar("_Record", bound=_Dataclass)


def with_said(before: _Record, said: object) -> _Record:
    """A dataclass with what `said` has in fields of the same names, where that is not None."""
    given = {field.name: getattr(said, field.name) for field in fields(before)}
    return replace(before, **{name: value for name, value in given.items() if value is not None})
