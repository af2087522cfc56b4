"""What a function takes and gives, pure, and the one of several that takes what there is.

called("lower", FUNCTIONS["lower"], [Typed("c1", SqlType.TEXT)])    Typed("lowerUTF8(c1)", SqlType.TEXT)
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.kissmetrics.records.value_types import SqlType, typed_sql
from tilde.domain.people.question import QuestionError


class Takes(NamedTuple):
    """What an argument may be, how that is said in a refusal, and as which type the engine is given it; as what it is
    where none is said.
    """

    words: str
    types: frozenset[SqlType]
    to: SqlType | None = None


class Function(NamedTuple):
    """`written` has a `{}` for each argument. Without `gives` its value is of the type of the first one."""

    written: str
    takes: tuple[Takes, ...]
    gives: SqlType | None = None


Functions = tuple[Function, ...]
"""Of one name: the first counts that takes what there is."""


class Typed(NamedTuple):
    """An expression as the engine has it, and its type."""

    sql: str
    type: SqlType


def called(name: str, functions: Functions, arguments: Sequence[Typed]) -> Typed:
    """The value of a function. Raises QuestionError where it takes something else."""
    types = [argument.type for argument in arguments]
    alike = [function for function in functions if len(function.takes) == len(types)]
    if not alike:
        counts = sorted({len(function.takes) for function in functions})
        raise QuestionError(f"{name} has {_either(map(str, counts))} in its brackets, and not {len(types)}")
    for function in alike:
        if all(map(_is_taken, types, function.takes)):
            return _written(function, arguments)
    taken = _either(" and ".join(takes.words for takes in function.takes) for function in alike)
    raise QuestionError(f"{name} takes {taken}, and not {' and '.join(type_.value for type_ in types)}")


def _either(said: Iterable[str]) -> str:
    return ", or ".join(dict.fromkeys(said))


def _is_taken(type_: SqlType, takes: Takes) -> bool:
    return type_ is SqlType.NULL or type_ in takes.types


def _written(function: Function, arguments: Sequence[Typed]) -> Typed:
    given = [_given(argument, takes) for argument, takes in zip(arguments, function.takes, strict=True)]
    return Typed(function.written.format(*(each.sql for each in given)), function.gives or given[0].type)


def _given(argument: Typed, takes: Takes) -> Typed:
    to = takes.to
    if to is None:
        to = _some(takes) if argument.type is SqlType.NULL else argument.type
    return Typed(typed_sql(argument.sql, argument.type, to), to)


def _some(takes: Takes) -> SqlType:
    """That of a null, which the engine has to know."""
    return next(type_ for type_ in SqlType if type_ in takes.types)
