"""Statements of SQL over records, out of any source of randomness: of all that the grammar has, most of them of values
that go together, and some of whatever comes.
"""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from api.kissmetrics.records.functions import AGGREGATES, FUNCTIONS, OF_ONE_KIND, TYPES, UNITS

DEPTH_MAX = 3
_One = TypeVar("_One")
_KINDS = ("number", "number", "number", "text", "text", "truth", "day", "null", "sealed")
_PLAIN = ("number", "text", "truth", "day", "null")
_COLUMNS = {
    "number": ("timestamp_ms", "year", "month", "event"),
    "text": ("event_name", "new_vs_returning", "remote_ip"),
    "truth": ("is_event()", "is_event('purchased')", "is_event(1)", "is_set('plan')", "has_property('amount')"),
    "day": ("from_unixtime(timestamp_ms / 1000)", "date(from_unixtime(timestamp_ms / 1000))"),
    "null": ("dest_person", "NULL"),
    "sealed": ("person", "person_id", "orig_person", "orig_person_id", "property_value('plan')", "email", "referrer"),
}
_SAID = {
    "number": ("0", "1", "-1", "2.5", "-0.5", "9223372036854775807", "18446744073709551615", "1e300", "1e-300", "7"),
    "text": ("''", "'a'", "'Gold'", "'purchased'", "'2026-10-25'", "'12'", "'nan'", "'é\U0001f600'", "'%_\\'"),
    "truth": ("true", "false", "1 = 0"),
    "day": ("DATE '2026-10-25'", "TIMESTAMP '2026-10-25 07:30:00'", "DATE '1970-01-01'", "DATE '2105-12-31'"),
    "null": ("NULL",),
    "sealed": ("'ann@example.com'", "'Gold'", "5", "NULL"),
}
_PLACES = ("0", "-2", "1", "9223372036854775807", "9999999999")
_LABELS = ("x", "y", "z")


class _Column(NamedTuple):
    """One that may be named, and of which kind it is."""

    name: str
    kind: str


class RandomStatements:
    """Each call makes another one."""

    def __init__(self, source: random.Random) -> None:
        self._random = source
        self._columns: Sequence[_Column] = ()
        self._is_of_records = False

    def statement(self) -> str:
        """A whole one."""
        if self._is(0.15):
            named = self._query(1)
            return f"WITH w AS ({named}) {self._one(('SELECT * FROM w', 'SELECT count(*) FROM w', self._query(1)))}"
        return self._query(0)

    def _query(self, depth: int, columns: int = 0) -> str:
        kept = self._columns, self._is_of_records
        many = columns or self._one((1, 2, 3))
        kinds = [self._one(_KINDS) for _ in range(many)]
        selects = [self._select(depth, kinds) for _ in range(self._one((1, 1, 1, 1, 2)))]
        by = self._one((str(self._random.randint(1, many)), self._value(self._one(_KINDS), depth + 1)))
        order = self._some(0.3, lambda: f" ORDER BY {by}{self._one(('', ' DESC'))}")
        if len(selects) > 1:
            order = self._some(0.3, lambda: " ORDER BY 1 DESC")
        limit = self._some(0.3, lambda: f" LIMIT {self._one((0, 1, 5))}{self._some(0.3, lambda: ' OFFSET 1')}")
        self._columns, self._is_of_records = kept
        return f"{self._one((' UNION ALL ', ' UNION ')).join(selects)}{order}{limit}"

    def _select(self, depth: int, kinds: Sequence[str]) -> str:
        source = self._source(depth)
        form = self._one(("rows", "rows", "one", "grouped", "grouped", "whatever"))
        group = self._value(self._one(("number", "text", "truth", "day", "sealed")), DEPTH_MAX - 1)
        make: dict[str, Callable[[str], str]] = {
            "rows": lambda kind: self._value(kind, depth),
            "one": lambda kind: self._made_of_aggregates(kind, depth),
            "grouped": lambda kind: self._one((group, self._made_of_aggregates(kind, depth))),
            "whatever": lambda kind: self._one((self._value(kind, depth), self._aggregate(kind, depth))),
        }
        items = ", ".join(f"{make[form](kind)}{self._some(0.5, lambda: f' AS {self._one(_LABELS)}')}" for kind in kinds)
        where = self._some(0.4, lambda: f" WHERE {self._value('truth', depth)}")
        group_by = f" GROUP BY {self._one((group, group, group, '1'))}" if form == "grouped" else ""
        having = ""
        if form != "rows":
            having = self._some(0.2, lambda: f" HAVING {self._aggregate('number', depth)} > {self._said('number')}")
        distinct = self._some(0.2, lambda: "DISTINCT ")
        return f"SELECT {distinct}{items}{source}{where}{group_by}{having}"

    def _source(self, depth: int) -> str:
        form = self._one(("records", "records", "records", "derived", "join", "nothing"))
        if form == "records" or (depth >= DEPTH_MAX - 1 and form != "nothing"):
            self._columns, self._is_of_records = [_Column(*each) for each in _of_records("")], True
            return " FROM records"
        self._is_of_records = False
        if form == "nothing":
            self._columns = ()
            return ""
        if form == "join":
            return self._join()
        query, names = self._derived(depth)
        self._columns = [_Column(name, self._one(_KINDS)) for name in names]
        return f" FROM ({query}) AS t"

    def _derived(self, depth: int) -> tuple[str, Sequence[str]]:
        return f"SELECT {self._value('number', depth + 1)} AS x, y FROM ({self._named(depth)}) AS s", ("x", "y")

    def _named(self, depth: int) -> str:
        self._columns, self._is_of_records = [_Column(*each) for each in _of_records("")], True
        found = f"SELECT {self._value(self._one(_KINDS), depth + 1)} AS y FROM records"
        self._columns, self._is_of_records = (_Column("y", self._one(_KINDS)),), False
        return found

    def _join(self) -> str:
        is_left = self._one(("LEFT ", ""))
        self._columns = [_Column(*each) for label in ("a.", "b.") for each in _of_records(label)]
        keys = self._one(
            ("a.person = b.person", "a.event = b.event", "a.year = b.month + 2016", "a.event_name = b.event_name")
        )
        more = self._some(0.4, lambda: f" AND {self._value('truth', DEPTH_MAX - 1)}")
        if self._is(0.4):
            chosen = "count(*) AS year, min(event_name) AS event_name, NULL AS month"
            grouped = f"(SELECT person, {chosen} FROM records GROUP BY person)"
            also = self._some(0.3, lambda: "a.year = b.year AND ")
            own = {"person", "year", "event_name", "month"}
            self._columns = [each for each in self._columns if each.name[:2] == "a." or each.name[2:] in own]
            return f" FROM records a {is_left}JOIN {grouped} b ON {also}a.person = b.person{more}"
        return f" FROM records a {is_left}JOIN records b ON {keys}{more}"

    def _value(self, kind: str, depth: int) -> str:
        if self._is(0.03):
            kind = self._one(_KINDS)
        if depth >= DEPTH_MAX or self._is(0.3):
            return self._leaf(kind)
        if self._is(0.05):
            return f"({self._query(depth + 1, columns=1)})" if self._is(0.3) else f"(SELECT {self._said(kind)})"
        forms = {
            "number": self._number,
            "text": self._text,
            "truth": self._truth,
            "day": self._day,
        }
        if kind in forms and self._is(0.75):
            return forms[kind](depth + 1)
        return self._chosen(kind, depth + 1)

    def _leaf(self, kind: str) -> str:
        names = [each.name for each in self._columns if each.kind == kind]
        return self._one(names) if names and self._is(0.6) else self._said(kind)

    def _said(self, kind: str) -> str:
        return self._one(_SAID[kind])

    def _chosen(self, kind: str, depth: int) -> str:
        one, other, condition = self._value(kind, depth), self._value(kind, depth), self._value("truth", depth)
        if kind == "sealed":
            one, other = self._leaf(kind), self._said(kind)
            return self._one((f"coalesce({one}, {other})", f"if({condition}, {one}, {other})", one))
        return self._one(
            (
                f"coalesce({one}, {other})",
                f"if({condition}, {one}, {other})",
                f"CASE WHEN {condition} THEN {one} ELSE {other} END",
                f"CASE {one} WHEN {other} THEN {one} END",
                f"nullif({one}, {other})",
                f"{self._one([*OF_ONE_KIND])}({one}, {other})",
                f"CAST({one} AS {self._one([*TYPES])})",
            )
        )

    def _number(self, depth: int) -> str:
        one, other = self._value("number", depth), self._value("number", depth)
        return self._one(
            (
                f"({one} {self._one('+-*/%')} {other})",
                f"({one} {self._one('+-*/%')} {other})",
                f"(-{one})",
                f"{self._one([*FUNCTIONS])}({one}{self._some(0.3, lambda: f', {other}')})",
                f"{self._one(('abs', 'ceil', 'floor', 'sign', 'sqrt', 'exp', 'ln', 'log10'))}({one})",
                f"{self._one(('mod', 'pow', 'greatest', 'least'))}({one}, {other})",
                f"round({one}{self._some(0.5, lambda: f', {self._one((0, 2, -2, 15, -15, 99))}')})",
                f"length({self._value('text', depth)})",
                f"strpos({self._value('text', depth)}, {self._value('text', depth)})",
                f"{self._one(('year', 'month', 'day', 'hour', 'to_unixtime', 'quarter'))}({self._value('day', depth)})",
                f"({self._value('day', depth)} - {self._value('day', depth)})",
                f"CAST({self._value(self._one(_PLAIN), depth)} AS {self._one(('bigint', 'double'))})",
                "numeric_property_value('amount')" if self._is_of_records else "7",
            )
        )

    def _text(self, depth: int) -> str:
        one = self._value("text", depth)
        return self._one(
            (
                f"{self._one(('lower', 'upper', 'trim'))}({one})",
                f"substr({one}, {self._value('number', depth)}{self._some(0.5, lambda: ', 2')})",
                f"substr({one}, {self._one(_PLACES)}, {self._one(_PLACES)})",
                f"concat({one}, {self._value(self._one(_PLAIN), depth)})",
                f"({one} || {self._value('text', depth)})",
                f"CAST({self._value(self._one(_PLAIN), depth)} AS varchar)",
            )
        )

    def _truth(self, depth: int) -> str:
        kind = self._one(_KINDS)
        one, other = self._value(kind, depth), self._said(kind) if kind == "sealed" else self._value(kind, depth)
        operator = self._one(("=", "<>", "<", "<=", ">", ">="))
        is_not = self._some(0.3, lambda: "NOT ")
        return self._one(
            (
                f"({one} {operator} {other})",
                f"({one} {operator} {other})",
                f"({one} {is_not}IN ({other}, {self._said(kind)}))",
                f"({one} {is_not}IN ({self._query(depth + 1, columns=1)}))",
                f"({one} {is_not}IN (SELECT {other if not self._columns else self._said(kind)}))",
                f"({one} {is_not}BETWEEN {self._said(kind)} AND {other})",
                f"({self._value('text', depth)} {is_not}{self._one(('LIKE', 'ILIKE'))} {self._one(_SAID['text'])})",
                f"({one} IS {is_not}NULL)",
                f"({self._value('truth', depth)} {self._one(('AND', 'OR'))} {self._value('truth', depth)})",
                f"(NOT {self._value('truth', depth)})",
            )
        )

    def _day(self, depth: int) -> str:
        return self._one(
            (
                f"date_trunc('{self._one([*UNITS])}', {self._value('day', depth)})",
                f"from_unixtime({self._value('number', depth)})",
                f"date({self._value(self._one(('day', 'text')), depth)})",
                f"CAST({self._value(self._one(('day', 'text')), depth)} AS timestamp)",
                f"({self._value('day', depth)} {self._one('+-')} {self._value('number', depth)})",
            )
        )

    def _made_of_aggregates(self, kind: str, depth: int) -> str:
        one = self._aggregate(kind, depth)
        return self._one(
            (one, one, f"coalesce({one}, {self._said(kind)})", f"({one} + {self._aggregate(kind, depth)})")
        )

    def _aggregate(self, kind: str, depth: int) -> str:
        one = self._value(kind, depth + 1)
        return self._one(
            (
                "count(*)",
                f"count({self._some(0.5, lambda: 'DISTINCT ')}{one})",
                f"{self._one([*AGGREGATES])}({one})",
                f"{self._one(('min', 'max'))}({one})",
                f"{self._one(('any_value', 'arbitrary'))}({one})",
                f"{self._one(('max_by', 'min_by'))}({one}, {self._value(self._one(_PLAIN), depth + 1)})",
            )
        )

    def _some(self, chance: float, made: Callable[[], str]) -> str:
        return made() if self._is(chance) else ""

    def _is(self, chance: float) -> bool:
        return self._random.random() < chance

    def _one(self, among: Sequence[_One]) -> _One:
        return among[self._random.randrange(len(among))]


def _of_records(label: str) -> list[tuple[str, str]]:
    """Functions are about the only table of a SELECT, so of two tables there are none."""
    found = [(name, kind) for kind, names in _COLUMNS.items() for name in names]
    if not label:
        return found
    return [(f"{label}{name}", kind) for name, kind in found if name.replace("_", "").isalpha() and name != "NULL"]
