"""The columns of one SELECT, what GROUP BY means by them, and what they are called."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from api.kissmetrics.records.expression_writer import ExpressionWriter, OwnColumns
from api.kissmetrics.records.scope import Scope, SqlValue
from api.kissmetrics.records.syntax import ColumnName, Expression, Item, Literal
from tilde.domain.people.question import QuestionError

_NUMBER = re.compile(r"\(?-?[0-9.e+-]+\)?")


class Planned(NamedTuple):
    """A column of a SELECT: what it is called, what it is, and whether it was named."""

    label: str
    expression: Expression
    is_named: bool


class Items:
    """The columns of a SELECT, each written once: those that GROUP BY names before the others."""

    def __init__(self, planned: Sequence[Planned], writer: ExpressionWriter) -> None:
        self.planned = planned
        self._writer = writer
        self._made: dict[int, tuple[SqlValue, bool]] = {}

    def grouped(self, expression: Expression, scope: Scope) -> str:
        """By what rows are grouped: a column by its place, or by the name that no table has, or anything else. Raises
        QuestionError.
        """
        uses, nth = self._writer.uses, self._nth(expression, scope)
        with uses.rows("GROUP BY"):
            found = self._writer.written(expression) if nth is None else self._item(nth)
        uses.group_by(found.sql)
        return no_place(found.sql)

    def _nth(self, expression: Expression, scope: Scope) -> int | None:
        if isinstance(expression, Literal):
            return place(expression, len(self.planned))
        if not isinstance(expression, ColumnName) or expression.table is not None:
            return None
        own = {each.label: nth for nth, each in enumerate(self.planned) if each.is_named}
        return own.get(expression.name) if scope.column(None, expression.name) is None else None

    def written(self) -> list[SqlValue]:
        """All of them. Raises QuestionError."""
        return [self._item(nth) for nth in range(len(self.planned))]

    def unique(self) -> list[tuple[str, SqlValue]]:
        """All of them, once they are written, each under a name of its own: `count(*)`, `count(*) 2`."""
        taken = set[str]()
        unique = list[tuple[str, SqlValue]]()
        for nth, each in enumerate(self.planned):
            name, many = each.label, 1
            while name in taken:
                many += 1
                name = f"{each.label} {many}"
            taken.add(name)
            unique.append((name, self._made[nth][0]))
        return unique

    def own(self) -> OwnColumns:
        """Those that are named, once all are written."""
        return {each.label: self._made[nth] for nth, each in enumerate(self.planned) if each.is_named}

    def _item(self, nth: int) -> SqlValue:
        if nth not in self._made:
            uses = self._writer.uses
            before = uses.aggregates
            found = self._writer.written(self.planned[nth].expression)
            self._made[nth] = found, uses.aggregates > before
        return self._made[nth][0]


def planned(item: Item, scope: Scope) -> list[Planned]:
    """The columns of an item of SELECT. Raises QuestionError."""
    if item.expression is None:
        return [Planned(column.name, column, is_named=False) for column in scope.all_of(item.all_of)]
    label = item.label
    if not item.is_named and isinstance(item.expression, ColumnName):
        label = item.expression.name
    return [Planned(label, item.expression, item.is_named)]


def place(said: Literal, of: int) -> int:
    """Which column is meant, from 0 on."""
    if not isinstance(said.value, int) or isinstance(said.value, bool) or not 1 <= said.value <= of:
        raise QuestionError(f"ORDER BY and GROUP BY have columns, or their places from 1 to {of}")
    return said.value - 1


def no_place(sql: str) -> str:
    """What rows are grouped or sorted by: to the engine a number by itself is the place of a column."""
    return f"materialize({sql})" if _NUMBER.fullmatch(sql) else sql
