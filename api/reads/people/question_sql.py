"""Questions about people as one statement. Each condition, a leaf of the question, gives rows of who did it when; these
are put together by person, and what remains is an expression over them:

    people.rows.did      for condition 0: identity, second, 0
    people.rows.had      for condition 1: identity, second, 1
    people.found         by person: bit 0 and bit 1 of `conditions`, and where it matters how often `times_0`, and where
                         in which order, `marks` of all such conditions, as those of people.marks

Names, values and times travel as parameters; of a question only numbers stand in the text.
"""

from collections.abc import Sequence
from typing import Any

from api.reads.people.leaf_sql import UNION, PeopleSql, composed, numbers_of
from api.reads.people.rows import rows_of, seconds_of
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

_EVERYBODY = 63  # the bit of a row that says nothing but that somebody is there
_START, _NEVER = "toUInt64(0)", "toUInt64(4294967296)"  # before and after every second that there is
_COMPARED = {Bound.AT_LEAST: ">=", Bound.AT_MOST: "<=", Bound.EXACTLY: "="}


def found(question: Part) -> PeopleSql:
    """The persons of whom it holds. Raises QuestionError."""
    require_answerable(question)
    written = _QuestionSql(question)
    rows, parameters = rows_of([leaf] for leaf in written.leaves)
    if holds_of_nothing(question) or not rows:
        rows.append(composed("people.rows.everybody", nth=_EVERYBODY))
    aggregates = "".join(f",\n        {one}" for one in written.aggregates)
    sql = composed("people.found", rows=UNION.join(rows), aggregates=aggregates, condition=written.condition)
    return PeopleSql(sql, parameters)


def acts(asked: AskedActs, whose: Sequence[int] | None) -> PeopleSql:
    """The latest acts of some identities, or of all; one row each."""
    rows, parameters = "people.acts.did", dict[str, Any]()
    if asked.where is not None:
        rows = "people.acts.had"
        values = asked.where.values if isinstance(asked.where.values, Values) else Values()
        low, high = numbers_of(values)
        parameters = {"property": asked.where.property, "is_any": asked.where.values is None}
        parameters |= {"low": low, "high": high, "texts": sorted(values.texts)}
    parameters |= {"events": list(asked.events), "is_of_all": whose is None, "identities": list(whose or ())}
    parameters |= {"since": asked.span.since, "until": asked.span.until}
    return PeopleSql(composed("people.acts", rows=composed(rows)), parameters)


class _QuestionSql:
    """The expression of a question, and what it is made of."""

    def __init__(self, question: Part) -> None:
        self.leaves = list(leaves(question))
        self.aggregates: list[str] = []
        self._in_order: list[str] = []
        self._next = 0
        self.condition = self._holds(question)
        if self._in_order:
            marks = f"groupArrayIf(bitOr(bitShiftLeft(second, 8), nth), nth IN ({', '.join(self._in_order)}))"
            self.aggregates.append(f"arraySort({marks}) AS marks")

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
        self._in_order.append(str(nth))
        later = f"arrayFilter(second -> second > after, arrayCompact({seconds_of(nth)}))"
        return f"arrayConcat({later}, arrayResize([{_NEVER}], {int(count)}, {_NEVER}))[{int(count)}]"

    def _number(self) -> int:
        """Of the next leaf, from left to right as `leaves` has them."""
        self._next += 1
        return self._next - 1
