"""Writes the SQL of one condition, a leaf of a question about people. It gives rows of (identity, second, nth): who did
it when, and for which condition, or which step, that is.

Names, values and times travel as parameters, which end in the name of their leaf; of a question only numbers stand in
the text.
"""

from collections.abc import Iterable
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


def composed(name: str, /, **parts: object) -> str:
    """A statement of `sql/` with others, or with numbers, in its places."""
    return Template(statement("api.reads", name)).substitute(parts).strip()


def united(each: Iterable[PeopleSql]) -> PeopleSql:
    """The rows of all of them."""
    each = list(each)
    return PeopleSql(
        UNION.join(one.sql for one in each), {name: value for one in each for name, value in one.parameters.items()}
    )


def each_time(leaf: Did | Had, name: str, nth: int, event: str = "") -> PeopleSql:
    """Whenever it was done, or said, within its span."""
    had = leaf if isinstance(leaf, Had) else leaf.where
    parameters: dict[str, Any] = {f"since_{name}": leaf.span.since, f"until_{name}": leaf.span.until}
    parameters |= {f"event_{name}": leaf.event if isinstance(leaf, Did) else ""}
    if had is None:
        return PeopleSql(composed("people.rows.did", name=name, nth=nth), parameters)
    values = holds(had, name)
    sql = composed("people.rows.had", name=name, nth=nth, event=event, holds=values.sql)
    return PeopleSql(sql, {**parameters, **values.parameters, f"property_{name}": had.property})


def condition_of(leaf: Did | Had) -> PeopleSql:
    """That an event, of whichever rows with (identity, second, event), said of a property what a leaf asks for."""
    rows, parameters = each_time(leaf, "0", 0, event=", event")
    return PeopleSql(composed("people.condition", rows=rows), parameters)


def holds(had: Had, name: str) -> PeopleSql:
    """That a value is as it should be, of rows of values."""
    values = had.values if isinstance(had.values, Values) else Values()
    low, high = numbers_of(values)
    parameters = {
        f"is_any_{name}": had.values is None,
        f"low_{name}": low,
        f"high_{name}": high,
        f"texts_{name}": sorted(values.texts),
    }
    return PeopleSql(composed("people.holds", name=name), parameters)


def numbers_of(values: Values) -> tuple[float, float]:
    """From which number to which, both included; of none from one to a lower one."""
    if values.low is None and values.high is None:
        return _NO_NUMBERS
    return (-inf if values.low is None else values.low), (inf if values.high is None else values.high)
