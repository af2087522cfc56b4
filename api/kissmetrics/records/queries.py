"""Reads a statement: WITH, SELECT, UNION. Pure.

query_in("SELECT count(*) FROM records")    its tree
"""

from api.kissmetrics.records.expressions import ExpressionReader
from api.kissmetrics.records.reading import Words
from api.kissmetrics.records.syntax import (
    Derived,
    Expression,
    Item,
    JoinedTables,
    Order,
    Query,
    Select,
    Source,
    Table,
    depth_of,
)
from api.kissmetrics.records.words import WordKind, words_of
from tilde.domain.people.question import QuestionError

DEPTH_MAX = 200
LABEL_MAX = 255
COLUMNS_MAX = 100


def query_in(statement: str) -> Query:
    """The tree of a whole statement. Raises QuestionError."""
    words = Words(statement, words_of(statement))
    query = _QueryReader(words).query()
    words.took_sign(";")
    if words.next.kind is not WordKind.END:
        words.refuse("the end")
    if depth_of(query) > DEPTH_MAX:
        raise QuestionError("a statement is nested too deep, or too much stands in one sum of it")
    return query


class _QueryReader:
    def __init__(self, words: Words) -> None:
        self._words = words
        self._expressions = ExpressionReader(words, self.query)

    def query(self) -> Query:
        words = self._words
        with words.deeper():
            named = words.several(self._named) if words.took_keyword("WITH") else ()
            _require_once([name for name, _ in named])
            selects, is_distinct = [self._select()], False
            while words.took_keyword("UNION"):
                is_distinct = not words.took_keyword("ALL")
                words.took_keyword("DISTINCT")
                selects.append(self._select())
            order_by: tuple[Order, ...] = ()
            if words.took_keyword("ORDER"):
                words.require_keyword("BY")
                order_by = words.several(self._order)
            limit = words.whole() if words.took_keyword("LIMIT") else None
            offset = words.whole() if words.took_keyword("OFFSET") else 0
            return Query(named, tuple(selects), is_distinct, order_by, limit, offset)

    def _named(self) -> tuple[str, Query]:
        name = self._words.name()
        self._words.require_keyword("AS")
        return name, self._in_brackets()

    def _in_brackets(self) -> Query:
        self._words.require_sign("(")
        query = self.query()
        self._words.require_sign(")")
        return query

    def _order(self) -> Order:
        expression = self._expressions.expression()
        is_descending = self._words.took_keyword("DESC")
        if not is_descending:
            self._words.took_keyword("ASC")
        return Order(expression, is_descending)

    def _select(self) -> Select:
        words, expression = self._words, self._expressions.expression
        words.require_keyword("SELECT")
        is_distinct = words.took_keyword("DISTINCT")
        items = words.several(self._item)
        if len(items) > COLUMNS_MAX:
            raise QuestionError(f"a SELECT has at most {COLUMNS_MAX} columns")
        source = self._source() if words.took_keyword("FROM") else None
        where = expression() if words.took_keyword("WHERE") else None
        group_by: tuple[Expression, ...] = ()
        if words.took_keyword("GROUP"):
            words.require_keyword("BY")
            group_by = words.several(expression)
        having = expression() if words.took_keyword("HAVING") else None
        return Select(items, is_distinct, source, where, group_by, having)

    def _item(self) -> Item:
        words, since = self._words, self._words.next.at
        if words.took_sign("*"):
            return Item(None, "*")
        if words.is_name() and words.is_all_of():
            table = words.name()
            words.require_sign(".")
            words.require_sign("*")
            return Item(None, "*", table)
        expression = self._expressions.expression()
        label = words.written(since)[:LABEL_MAX]
        is_named = words.took_keyword("AS") or words.is_name()
        return Item(expression, words.name() if is_named else label, None, is_named)

    def _source(self) -> Source:
        words = self._words
        source: Source = self._table()
        while words.next.is_keyword("JOIN", "INNER", "LEFT"):
            is_left = words.took_keyword("LEFT")
            words.took_keyword("OUTER") if is_left else words.took_keyword("INNER")
            words.require_keyword("JOIN")
            right = self._table()
            words.require_keyword("ON")
            source = JoinedTables(source, right, self._expressions.expression(), is_left)
        return source

    def _table(self) -> Table | Derived:
        words = self._words
        if words.next.is_sign("("):
            query = self._in_brackets()
            return Derived(query, self._label() or "")
        name = words.name()
        return Table(name, self._label() or name)

    def _label(self) -> str | None:
        return self._words.name() if self._words.took_keyword("AS") or self._words.is_name() else None


def _require_once(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise QuestionError(f"WITH gives the name {name} to two queries")
