"""What names stand for in a SELECT: columns of its tables, and what it calls its own."""

from collections.abc import Mapping
from typing import NamedTuple

from api.kissmetrics.records.meanings import PLAIN, Meaning
from api.kissmetrics.records.signatures import Typed
from api.kissmetrics.records.sources import COLUMNS, Records
from api.kissmetrics.records.syntax import ColumnName
from api.kissmetrics.records.value_types import SqlType
from tilde.domain.people.question import QuestionError


class SqlValue(NamedTuple):
    """An expression as the engine has it, what it means, and of which type it is to the engine."""

    sql: str
    meaning: Meaning
    type: SqlType

    @property
    def typed(self) -> Typed:
        """What a function is given."""
        return Typed(self.sql, self.type)


def plain(typed: Typed) -> SqlValue:
    """The value of a function, which stands for itself."""
    return SqlValue(typed.sql, PLAIN, typed.type)


class Subquery(NamedTuple):
    """The rows of a query, as a table: the statement, and its columns by name."""

    sql: str
    columns: Mapping[str, SqlValue]

    @property
    def only_column(self) -> SqlValue:
        """The one of a query within an expression. Raises QuestionError where there are several."""
        if len(self.columns) != 1:
            raise QuestionError("a query within an expression has one column")
        return next(iter(self.columns.values()))


TableOf = Records | Subquery


class Scope:
    """The tables of one SELECT, by their labels."""

    def __init__(self) -> None:
        self._tables: dict[str, TableOf] = {}

    def add(self, label: str, table: TableOf) -> None:
        """Raises QuestionError where another one has the label."""
        if label in self._tables:
            raise QuestionError(f"two tables are called {label}: give one another name, with AS")
        self._tables[label] = table

    def column(self, table: str | None, name: str) -> SqlValue | None:
        """The one of this name; None where there is none. Raises QuestionError where two have it."""
        if table is not None and table not in self._tables:
            raise QuestionError(f"there is no table {table} here")
        some = self._tables.values() if table is None else [self._tables[table]]
        found = [column for each in some if (column := _column(each, name)) is not None]
        if len(found) > 1:
            raise QuestionError(f"two tables have a column {name}: say whose it is")
        return found[0] if found else None

    def all_of(self, table: str | None) -> list[ColumnName]:
        """All columns. Raises QuestionError."""
        if table is not None and table not in self._tables:
            raise QuestionError(f"there is no table {table} here")
        some = self._tables if table is None else [table]
        return [ColumnName(label, name) for label in some for name in _names(self._tables[label])]

    def records(self, function: str) -> Records:
        """The only table `records` here. Raises QuestionError."""
        found = [table for table in self._tables.values() if isinstance(table, Records)]
        if len(found) != 1:
            raise QuestionError(f"{function} is about the table records, which has to stand once behind FROM")
        return found[0]


def _column(table: TableOf, name: str) -> SqlValue | None:
    if isinstance(table, Subquery):
        return table.columns.get(name)
    found = table.column(name)
    return None if found is None else SqlValue(*found)


def _names(table: TableOf) -> list[str]:
    return [*table.columns] if isinstance(table, Subquery) else [*COLUMNS]
