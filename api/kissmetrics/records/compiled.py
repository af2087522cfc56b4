"""A statement that somebody wrote as one that the engine is given: over the records of one product, and over
nothing else.

compiled(query_in("SELECT count(*) FROM records"), About(7), known, 100)
Compiled("SELECT toInt64(count()) AS c2 FROM (..) AS t1 LIMIT 101", [FoundColumn("count(*)", PLAIN)])
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from api.kissmetrics.records.expression_writer import ExpressionWriter, Spent
from api.kissmetrics.records.meanings import FoundColumn, KnownRecords, ValueKind
from api.kissmetrics.records.scope import Scope, SqlValue, Subquery, TableOf
from api.kissmetrics.records.sources import Records
from api.kissmetrics.records.syntax import (
    ColumnName,
    Derived,
    Expression,
    Item,
    JoinedTables,
    Literal,
    Order,
    Query,
    Select,
    Source,
    Table,
)
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
    return Compiled(rows.sql, [FoundColumn(label, found.meaning) for label, found in rows.columns.items()])


class _Selected(NamedTuple):
    """A SELECT as the engine has it, without an order: its columns under names of ours. `writer` is that of ORDER BY,
    where its own names may stand.
    """

    sql: str
    columns: dict[str, SqlValue]
    writer: ExpressionWriter


class _From(NamedTuple):
    """A table behind FROM or JOIN."""

    right: Table | Derived
    condition: Expression | None = None
    is_left: bool = False


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
        first = selects[0]
        sql = first.sql
        if len(selects) > 1:
            _require_alike(selects)
            union = "\nUNION DISTINCT\n" if query.is_distinct else "\nUNION ALL\n"
            sql = f"SELECT * FROM (\n{union.join(each.sql for each in selects)}\n) AS {self._new_name('t')}"  # noqa: S608 - of parts that were written here
        if query.order_by:
            order = ", ".join(_order(each, first, is_union=len(selects) > 1) for each in query.order_by)
            sql += f"\nORDER BY {order}"
        limit = query.limit if limit is None else limit
        if limit is not None or query.offset:
            sql += f"\nLIMIT {(1 << 62) if limit is None else int(limit)} OFFSET {int(query.offset)}"
        return Subquery(sql, first.columns)

    def _new_name(self, letter: str) -> str:
        self._names += 1
        return f"{letter}{self._names}"

    def _select(self, select: Select, named: Named) -> _Selected:
        scope = Scope()
        sources = _sources(select.source)
        tables = [self._table(scope, each.right, named) for each in sources]
        writer = ExpressionWriter(scope, self._known, lambda query: self.rows(query, named), self._spent)
        items = [made for item in select.items for made in _made(item, scope, writer)]
        own = {label: found for label, found, is_named in items if is_named}
        columns = {label: SqlValue(self._new_name("c"), found.meaning) for label, found in _unique(items)}
        made = [found for _, found, _ in items]
        conditions = [None if each.condition is None else writer.condition(each.condition) for each in sources]
        where = "" if select.where is None else f"\nWHERE {writer.condition(select.where)}"
        group_by = ", ".join(_grouped(each, scope, writer, own, made) for each in select.group_by)
        writer = writer.with_own(own)
        having = "" if select.having is None else f"\nHAVING {writer.condition(select.having)}"
        written = ", ".join(f"{found.sql} AS {name.sql}" for found, name in zip(made, columns.values(), strict=True))
        joined = "".join(
            f"\n{_joining(source)}{self._written(source, *table)}{'' if condition is None else f' ON {condition}'}"
            for source, table, condition in zip(sources, tables, conditions, strict=True)
        )
        grouped = f"\nGROUP BY {group_by}" if group_by else ""
        distinct = "DISTINCT " if select.is_distinct else ""
        return _Selected(f"SELECT {distinct}{written}{joined}{where}{grouped}{having}", columns, writer)

    def _written(self, source: _From, label: str, table: TableOf) -> str:
        """What LEFT JOIN finds no other row for is null: in a column without nulls the engine has it 0."""
        sql = table.sql() if isinstance(table, Records) else table.sql
        if source.is_left:
            names = table.names() if isinstance(table, Records) else [found.sql for found in table.columns.values()]
            columns = ", ".join(f"toNullable({name}) AS {name}" for name in names)
            sql = f"SELECT {columns} FROM (\n{sql}\n) AS {self._new_name('t')}"  # noqa: S608 - of parts that were written here
        return f"(\n{sql}\n) AS {label}"

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
            columns = {name: SqlValue(f"{label}.{found.sql}", found.meaning) for name, found in rows.columns.items()}
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


def _made(item: Item, scope: Scope, writer: ExpressionWriter) -> list[tuple[str, SqlValue, bool]]:
    """Of an item of SELECT its columns: what each is called, what it is, and whether it was named."""
    if item.expression is None:
        return [(name, found, False) for name, found in scope.all_of(item.all_of)]
    label = item.label
    if not item.is_named and isinstance(item.expression, ColumnName):
        label = item.expression.name
    return [(label, writer.written(item.expression), item.is_named)]


def _unique(items: Sequence[tuple[str, SqlValue, bool]]) -> list[tuple[str, SqlValue]]:
    """Each column under a name of its own: `count(*)`, `count(*) 2`."""
    taken = set[str]()
    unique = list[tuple[str, SqlValue]]()
    for label, found, _ in items:
        name, nth = label, 1
        while name in taken:
            nth += 1
            name = f"{label} {nth}"
        taken.add(name)
        unique.append((name, found))
    return unique


def _grouped(
    expression: Expression,
    scope: Scope,
    writer: ExpressionWriter,
    own: Mapping[str, SqlValue],
    made: Sequence[SqlValue],
) -> str:
    if isinstance(expression, Literal):
        return _nth(expression, made).sql
    name = expression.name if isinstance(expression, ColumnName) and expression.table is None else ""
    if name in own and scope.column(None, name) is None:
        return own[name].sql
    return writer.written(expression).sql


def _order(order: Order, selected: _Selected, *, is_union: bool) -> str:
    expression, columns = order.expression, selected.columns
    if isinstance(expression, Literal):
        found = _nth(expression, list(columns.values()))
    elif isinstance(expression, ColumnName) and expression.table is None and expression.name in columns:
        found = columns[expression.name]
    elif is_union:
        raise QuestionError("rows of UNION are sorted by columns that they have")
    else:
        found = selected.writer.written(expression)
    if found.meaning.kind is ValueKind.TEXT:
        raise QuestionError("texts are sealed, and have no order: sort by numeric_property_value")
    return f"{found.sql} {'DESC' if order.is_descending else 'ASC'}"


def _nth(said: Literal, of: Sequence[SqlValue]) -> SqlValue:
    if not isinstance(said.value, int) or isinstance(said.value, bool) or not 1 <= said.value <= len(of):
        raise QuestionError(f"ORDER BY and GROUP BY have columns, or their places from 1 to {len(of)}")
    return of[said.value - 1]


def _require_alike(selects: Sequence[_Selected]) -> None:
    first = [found.meaning for found in selects[0].columns.values()]
    for select in selects[1:]:
        others = [found.meaning for found in select.columns.values()]
        if len(others) != len(first) or not all(one.fits(other) for one, other in zip(first, others, strict=True)):
            raise QuestionError("what UNION puts together has the same columns")
