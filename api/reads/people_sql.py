"""Questions about people as one statement. Each condition, a leaf of the question, gives rows of who did it when; these
are put together by person, and what remains is an expression over them:

    people.rows.did      for condition 0: identity, second, 0
    people.rows.had      for condition 1: identity, second, 1
    people.found         by person: bit 0 and bit 1 of `conditions`, and where it matters how often or in which order,
                         `times_0` or `seconds_0`

Names, values and times travel as parameters; of a question only numbers stand in the text.
"""

from collections.abc import Iterator, Sequence
from math import inf
from string import Template
from typing import Any, NamedTuple

from tilde.domain.people.acts import AskedActs
from tilde.domain.people.question import (
    ONCE,
    Bound,
    Did,
    Group,
    Had,
    Join,
    Part,
    Values,
    holds_of_nothing,
    leaves,
    require_answerable,
)
from tilde.store.sql import statement

_EVERYBODY = 63  # the bit of a row that says nothing but that somebody is there
_START, _NEVER = "toUInt64(0)", "toUInt64(4294967296)"  # before and after every second that there is
_COMPARED = {Bound.AT_LEAST: ">=", Bound.AT_MOST: "<=", Bound.EXACTLY: "="}
_NO_NUMBERS = 1.0, 0.0  # no number lies between


class PeopleSql(NamedTuple):
    """A statement that gives one row a person, and its parameters, but for the database and the product."""

    sql: str
    parameters: dict[str, Any]


def found(question: Part) -> PeopleSql:
    """The persons of whom it holds. Raises QuestionError."""
    require_answerable(question)
    asked = _Asked(question)
    rows = [_rows(leaf, nth) for nth, leaf in enumerate(asked.leaves)]
    if holds_of_nothing(question) or not rows:
        rows.append(_text("people.rows.everybody", nth=_EVERYBODY))
    parameters = {name: value for nth, leaf in enumerate(asked.leaves) for name, value in _values(leaf, nth)}
    aggregates = "".join(f",\n        {one}" for one in asked.aggregates)
    sql = _text("people.found", rows="\nUNION ALL\n".join(rows), aggregates=aggregates, condition=asked.condition)
    return PeopleSql(sql, parameters)


def acts(asked: AskedActs, whose: Sequence[int] | None) -> PeopleSql:
    """The latest acts of some identities, or of all; one row each."""
    rows, parameters = "people.acts.did", dict[str, Any]()
    if asked.where is not None:
        rows = "people.acts.had"
        values = asked.where.values if isinstance(asked.where.values, Values) else Values()
        low, high = _numbers(values)
        parameters = {"property": asked.where.property, "is_any": asked.where.values is None}
        parameters |= {"low": low, "high": high, "texts": sorted(values.texts)}
    parameters |= {"events": list(asked.events), "is_of_all": whose is None, "identities": list(whose or ())}
    parameters |= {"since": asked.span.since, "until": asked.span.until}
    return PeopleSql(_text("people.acts", rows=_text(rows)), parameters)


class _Asked:
    """The expression of a question, and what it is made of."""

    def __init__(self, question: Part) -> None:
        self.leaves = list(leaves(question))
        self.aggregates: list[str] = []
        self._next = 0
        self.condition = self._holds(question)

    def _holds(self, part: Part) -> str:
        sql = self._of_group(part) if isinstance(part, Group) else self._of_leaf(part)
        return f"NOT ({sql})" if part.negated else sql

    def _of_group(self, group: Group) -> str:
        if group.join is Join.THEN:
            return f"arrayMap(after -> {self._reached(group)}, [{_START}])[1] < {_NEVER}"
        each = [f"({self._holds(part)})" for part in group.parts]
        return " AND ".join(each) or "1" if group.join is Join.ALL else " OR ".join(each) or "0"

    def _of_leaf(self, leaf: Did | Had) -> str:
        nth, times = self._number(), leaf.times if isinstance(leaf, Did) else ONCE
        if times == ONCE:
            return f"bitTest(conditions, {nth})"
        self.aggregates.append(f"uniqExactIf(second, nth = {nth}) AS times_{nth}")
        return f"times_{nth} {_COMPARED[times.bound]} {int(times.count)}"

    def _reached(self, part: Part) -> str:
        """The first second later than `after` by which it was done; _NEVER."""
        if isinstance(part, Group):
            each = [self._reached(one) for one in part.parts]
            if part.join is Join.ANY:
                return f"arrayMin([{', '.join([_NEVER, *each])}])"
            reached = "after"
            for step in each:
                reached = f"arrayMap(after -> {step}, [{reached}])[1]"
            return reached
        nth, count = self._number(), part.times.count if isinstance(part, Did) else 1
        if count < 1:
            return "after"
        self.aggregates.append(f"arraySort(groupUniqArrayIf(second, nth = {nth})) AS seconds_{nth}")
        later = f"arrayFilter(second -> second > after, seconds_{nth})"
        return f"arrayConcat({later}, arrayResize([{_NEVER}], {int(count)}, {_NEVER}))[{int(count)}]"

    def _number(self) -> int:
        """Of the next leaf, from left to right as `leaves` has them."""
        self._next += 1
        return self._next - 1


def _rows(leaf: Did | Had, nth: int) -> str:
    return _text("people.rows.had" if _property_of(leaf) else "people.rows.did", nth=nth)


def _property_of(leaf: Did | Had) -> Had | None:
    return leaf if isinstance(leaf, Had) else leaf.where


def _values(leaf: Did | Had, nth: int) -> Iterator[tuple[str, Any]]:
    yield f"since_{nth}", leaf.span.since
    yield f"until_{nth}", leaf.span.until
    yield f"event_{nth}", leaf.event if isinstance(leaf, Did) else ""
    had = _property_of(leaf)
    if had is not None:
        values = had.values if isinstance(had.values, Values) else Values()
        low, high = _numbers(values)
        yield f"property_{nth}", had.property
        yield f"is_any_{nth}", had.values is None
        yield f"low_{nth}", low
        yield f"high_{nth}", high
        yield f"texts_{nth}", sorted(values.texts)


def _numbers(values: Values) -> tuple[float, float]:
    if values.low is None and values.high is None:
        return _NO_NUMBERS
    return (-inf if values.low is None else values.low), (inf if values.high is None else values.high)


def _text(name: str, **pieces: object) -> str:
    return Template(statement("api.reads", name)).substitute(pieces).strip()
