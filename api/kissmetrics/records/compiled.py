"""A statement that somebody wrote as one that the engine is given: over the records of one product, and over
nothing else.

compiled(query_in("SELECT count(*) FROM records"), About(7), known, 100)
Compiled("SELECT toInt64(count()) AS c2 FROM (..) AS t1 LIMIT 101", [FoundColumn("count(*)", PLAIN)])
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from api.kissmetrics.records.expression_writer import ExpressionWriter
from api.kissmetrics.records.items import Items, no_place, place, planned
from api.kissmetrics.records.joins import require_joining
from api.kissmetrics.records.meanings import FoundColumn, KnownRecords, ValueKind
from api.kissmetrics.records.scope import Scope, SqlValue, Subquery, TableOf
from api.kissmetrics.records.sources import Records
from api.kissmetrics.records.spent import Spent, require_readable
from api.kissmetrics.records.syntax import (
    ColumnName,
    Derived,
    Expression,
    JoinedTables,
    Literal,
    Order,
    Query,
    Select,
    Source,
    Table,
)
from api.kissmetrics.records.unions import union_of
from api.kissmetrics.records.uses import Uses
from tilde.domain.people.question import EVER, QuestionError, Span

TABLES_MAX = 20
RECORDS = "records"
Named = Mapping[str, "_Named"]


class _Named(NamedTuple):
    """A query of WITH, and those before it."""

    query: Query
    named: Named


class About(NamedTuple):
    """Of which product the records are, and of which time."""

    product: int
    span: Span = EVER


class Compiled(NamedTuple):
    """The statement, and what its columns are."""

    sql: str
    columns: list[FoundColumn]


def compiled(query: Query, about: About, known: KnownRecords, rows_max: int) -> Compiled:
    """With one row more than `rows_max`, where there are more. Raises QuestionError."""
    limit = rows_max + 1 if query.limit is None else min(query.limit, rows_max + 1)
    rows = _Compiler(about, known).rows(query, {}, limit)
    require_readable(rows.sql)
    return Compiled(rows.sql, [FoundColumn(label, found.meaning) for label, found in rows.columns.items()])


class _From(NamedTuple):
    """A table behind FROM or JOIN."""

    right: Table | Derived
    condition: Expression | None = None
    is_left: bool = False


class _Joined(NamedTuple):
    """A table of a SELECT, under a label of ours, and the condition that it is joined by."""

    source: _From
    label: str
    table: TableOf
    condition: str = ""


class _Selected(NamedTuple):
    """A SELECT: what is written in it, and its columns under names of ours. `writer` is that of ORDER BY, where its own
    names may stand; its tables are written last, when all is known that is asked of them.
    """

    head: str
    joined: Sequence[_Joined]
    tail: str
    columns: dict[str, SqlValue]
    writer: ExpressionWriter


class _Compiler:
    """Of one statement. Its tables and columns get names of ours, each once. Each call raises QuestionError."""

    def __init__(self, about: About, known: KnownRecords) -> None:
        self._about = about
        self._known = known
        self._spent = Spent()
        self._names = 0
        self._tables = 0

    def rows(self, query: Query, named: Named, limit: int | None = None) -> Subquery:
        """Those of a query; `named` are the queries that may stand in it as tables."""
        self._spent.one()
        for name, each in query.named:
            named = {**named, name: _Named(each, named)}
        selects = [self._select(select, named) for select in query.selects]
        first, is_union = selects[0], len(selects) > 1
        order = [_order(each, first, is_union=is_union) for each in query.order_by]
        for select in selects:
            select.writer.uses.require_together()
        written = [Subquery(self._sql(each), each.columns) for each in selects]
        rows = union_of(written, self._new_name, is_distinct=query.is_distinct) if is_union else written[0]
        sql = f"{rows.sql}\nORDER BY {', '.join(order)}" if order else rows.sql
        limit = query.limit if limit is None else limit
        if limit is not None or query.offset:
            sql += f"\nLIMIT {(1 << 62) if limit is None else int(limit)} OFFSET {int(query.offset)}"
        return Subquery(sql, rows.columns)

    def _new_name(self, letter: str) -> str:
        self._names += 1
        return f"{letter}{self._names}"

    def _select(self, select: Select, named: Named) -> _Selected:
        scope, uses = Scope(), Uses()
        joined = [_Joined(each, *self._table(scope, each.right, named)) for each in _sources(select.source)]
        writer = ExpressionWriter(scope, self._known, lambda query: self.rows(query, named), self._spent, uses)
        joined = [each._replace(condition=_joined_by(joined[: nth + 1], writer)) for nth, each in enumerate(joined)]
        with uses.rows("WHERE"):
            where = "" if select.where is None else f"\nWHERE {writer.condition(select.where, 'WHERE')}"
        items = Items([made for item in select.items for made in planned(item, scope)], writer)
        group_by = ", ".join(items.grouped(each, scope) for each in select.group_by)
        grouped = f"\nGROUP BY {group_by}" if group_by else ""
        made = items.written()
        columns = {label: found._replace(sql=self._new_name("c")) for label, found in items.unique()}
        writer, having = writer.with_own(items.own()), ""
        if select.having is not None:
            having = f"\nHAVING {writer.condition(select.having, 'HAVING')}"
            uses.put_together()
        written = ", ".join(f"{found.sql} AS {name.sql}" for found, name in zip(made, columns.values(), strict=True))
        distinct = "DISTINCT " if select.is_distinct else ""
        return _Selected(f"SELECT {distinct}{written}", joined, f"{where}{grouped}{having}", columns, writer)

    def _sql(self, selected: _Selected) -> str:
        tables = "".join(f"\n{_joining(each.source)}{self._written(each)}" for each in selected.joined)
        return f"{selected.head}{tables}{selected.tail}"

    def _written(self, joined: _Joined) -> str:
        """What LEFT JOIN finds no other row for is null: in a column without nulls the engine has it 0."""
        table = joined.table
        sql = table.sql() if isinstance(table, Records) else table.sql
        if joined.source.is_left:
            names = table.names() if isinstance(table, Records) else [found.sql for found in table.columns.values()]
            columns = ", ".join(f"toNullable({name}) AS {name}" for name in names)
            sql = f"SELECT {columns} FROM (\n{sql}\n) AS {self._new_name('t')}"  # noqa: S608 - of parts that were written here
        return f"(\n{sql}\n) AS {joined.label}{joined.condition}"

    def _table(self, scope: Scope, source: Table | Derived, named: Named) -> tuple[str, TableOf]:
        self._tables += 1
        if self._tables > TABLES_MAX:
            raise QuestionError(
                f"a statement has at most {TABLES_MAX} tables, those of WITH as often as they stand in it"
            )
        label, rows = self._new_name("t"), None
        if isinstance(source, Derived):
            rows = self.rows(source.query, named)
        elif source.name in named:
            rows = self.rows(*named[source.name])
        elif source.name != RECORDS:
            raise QuestionError(f"there is no table {source.name}: there is {RECORDS}, and what WITH names")
        if rows is None:
            table: TableOf = Records(label, *self._about, self._known)
            scope.add(source.label, table)
        else:
            table = rows
            columns = {name: found._replace(sql=f"{label}.{found.sql}") for name, found in rows.columns.items()}
            scope.add(source.label or label, Subquery(rows.sql, columns))
        return label, table


def _sources(source: Source | None) -> list[_From]:
    """From left to right."""
    found = list[_From]()
    while isinstance(source, JoinedTables):
        found.append(_From(source.right, source.condition, source.is_left))
        source = source.left
    if source is not None:
        found.append(_From(source))
    return found[::-1]


def _joining(source: _From) -> str:
    if source.condition is None:
        return "FROM "
    return "LEFT JOIN " if source.is_left else "INNER JOIN "


def _joined_by(joined: Sequence[_Joined], writer: ExpressionWriter) -> str:
    """The condition of the last one, which is of it and of those before it."""
    condition = joined[-1].source.condition
    if condition is None:
        return ""
    with writer.uses.rows("ON"):
        written = writer.condition(condition, "ON")
        require_joining(condition, writer, [each.label for each in joined])
    return f" ON {written}"


def _order(order: Order, selected: _Selected, *, is_union: bool) -> str:
    expression, columns = order.expression, selected.columns
    if isinstance(expression, Literal):
        found = list(columns.values())[place(expression, len(columns))]
    elif isinstance(expression, ColumnName) and expression.table is None and expression.name in columns:
        found = columns[expression.name]
    elif is_union:
        raise QuestionError("rows of UNION are sorted by columns that they have")
    else:
        found = selected.writer.written(expression)
    if found.meaning.kind is ValueKind.TEXT:
        raise QuestionError("texts are sealed, and have no order: sort by numeric_property_value")
    return f"{no_place(found.sql)} {'DESC' if order.is_descending else 'ASC'}"
