"""Rows of who did something when, for statements about people that are put together: each condition, a leaf of a
question, gives rows (identity, second, nth), in which `nth` says for which condition, or which step, they are.

Names, values and times travel as parameters; of a question only numbers stand in the text.
"""

from collections.abc import Iterable, Iterator
from math import inf
from string import Template
from typing import Any, NamedTuple

from tilde.domain.people.question import Did, Had, Values
from tilde.store.sql import statement

UNION = "\nUNION ALL\n"
_NO_NUMBERS = 1.0, 0.0  # no number lies between


class PeopleSql(NamedTuple):
    """A statement and its parameters, but for the database and the product."""

    sql: str
    parameters: dict[str, Any]


class Rows(NamedTuple):
    """Statements that give rows, a leaf each, and the parameters of them all."""

    statements: list[str]
    parameters: dict[str, Any]


def rows_of(steps: Iterable[Iterable[Did | Had]]) -> Rows:
    """Rows of the leaves of each step, whose place is their `nth`."""
    marked = [(mark, leaf) for mark, leaves in enumerate(steps) for leaf in leaves]
    rows = [_rows(leaf, number, mark) for number, (mark, leaf) in enumerate(marked)]
    return Rows(rows, {name: value for number, (_, leaf) in enumerate(marked) for name, value in _values(leaf, number)})


def composed(name: str, **pieces: object) -> str:
    """A statement of `sql/` with others, or with numbers, in its places."""
    return Template(statement("api.reads", name)).substitute(pieces).strip()


def seconds_of(nth: int) -> str:
    """The seconds of one step, in order, of a person's `marks`, as people.marks makes them."""
    return f"arrayMap(mark -> bitShiftRight(mark, 8), arrayFilter(mark -> bitAnd(mark, 255) = {nth}, marks))"


def condition_of(leaf: Did | Had) -> PeopleSql:
    """That an event, of whichever rows with (identity, second, event), said of a property what a leaf asks for."""
    rows = composed("people.rows.had", number=0, nth=0, event=", event")
    return PeopleSql(composed("people.condition", rows=rows), dict(_values(leaf, 0)))


def _rows(leaf: Did | Had, number: int, mark: int) -> str:
    if _property_of(leaf):
        return composed("people.rows.had", number=number, nth=mark, event="")
    return composed("people.rows.did", number=number, nth=mark)


def _property_of(leaf: Did | Had) -> Had | None:
    return leaf if isinstance(leaf, Had) else leaf.where


def _values(leaf: Did | Had, number: int) -> Iterator[tuple[str, Any]]:
    yield f"since_{number}", leaf.span.since
    yield f"until_{number}", leaf.span.until
    yield f"event_{number}", leaf.event if isinstance(leaf, Did) else ""
    had = _property_of(leaf)
    if had is not None:
        values = had.values if isinstance(had.values, Values) else Values()
        low, high = numbers_of(values)
        yield f"property_{number}", had.property
        yield f"is_any_{number}", had.values is None
        yield f"low_{number}", low
        yield f"high_{number}", high
        yield f"texts_{number}", sorted(values.texts)


def numbers_of(values: Values) -> tuple[float, float]:
    """From which number to which, both included; of none from one to a lower one."""
    if values.low is None and values.high is None:
        return _NO_NUMBERS
    return (-inf if values.low is None else values.low), (inf if values.high is None else values.high)
