"""Expressions of a statement as the engine has them.

Nothing that somebody wrote gets into what the engine is given: names become names of ours, functions those of a list,
texts the digits of their bytes, and numbers are written anew. A value that is sealed is compared, counted and grouped
as the number or hash that the engine has of it, and no function looks into it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from api.kissmetrics.records.compared import like_sql, number_sql, one_of_sql
from api.kissmetrics.records.functions import AGGREGATES, CHOOSING, FUNCTIONS, TYPES, TYPES_OF_NUMBERS, UNITS, Function
from api.kissmetrics.records.meanings import EVENT, PLAIN, KnownRecords, Meaning, ValueKind
from api.kissmetrics.records.scope import Scope, SqlValue, Subquery
from api.kissmetrics.records.sources import Records, pattern_sql, text_sql
from api.kissmetrics.records.syntax import (
    AndOr,
    Call,
    Case,
    Cast,
    ColumnName,
    Expression,
    In,
    IsNull,
    Like,
    Literal,
    OneValue,
    Operation,
    Query,
)
from tilde.domain.people.names import name_of
from tilde.domain.people.question import QuestionError
from tilde.domain.people.vocabulary import NAMES_MAX

PARTS_MAX = 20_000
PATTERN_MAX = 100
_TIMES = {"date": "date", "timestamp": "time"}
_FIRST_YEAR, _LAST_YEAR = 1970, 2105  # those that the engine has whole
_COMPARED = {"=", "<>", "<", "<=", ">", ">="}
_ABOUT_RECORDS = {"is_event", "is_set", "is_alias", "has_property", "property_value", "numeric_property_value"}
NAMES = _ABOUT_RECORDS | {*FUNCTIONS, *AGGREGATES, *CHOOSING} | {"coalesce", "count", "date", "date_trunc", "if"}

NO_NAMES: Mapping[str, SqlValue] = {}


class Spent:
    """How much a statement has become so far, whose parts may stand in it several times."""

    def __init__(self) -> None:
        self._parts = 0

    def one(self) -> None:
        """One part more. Raises QuestionError."""
        self._parts += 1
        if self._parts > PARTS_MAX:
            raise QuestionError("the statement is too large")


class ExpressionWriter:
    """Writes expressions of one SELECT, whose names `scope` knows, and those of its `own` columns where they may stand;
    `rows` makes the rows of a query within it. Each call raises QuestionError.
    """

    def __init__(
        self,
        scope: Scope,
        known: KnownRecords,
        rows: Callable[[Query], Subquery],
        spent: Spent,
        own: Mapping[str, SqlValue] = NO_NAMES,
    ) -> None:
        self._scope = scope
        self._known = known
        self._rows = rows
        self._spent = spent
        self._own = own

    def with_own(self, own: Mapping[str, SqlValue]) -> "ExpressionWriter":
        """The one of parts in which names of the SELECT's own columns may stand: HAVING and ORDER BY."""
        return ExpressionWriter(self._scope, self._known, self._rows, self._spent, own)

    def condition(self, expression: Expression) -> str:
        """Of WHERE, HAVING, ON."""
        return self._plain(expression, "a condition")

    def written(self, expression: Expression) -> SqlValue:
        """Any expression as the engine has it, and what it means."""
        self._spent.one()
        match expression:
            case Literal(value):
                found = SqlValue(_literal(value), PLAIN)
            case ColumnName(table, name):
                found = self._named(table, name)
            case Call():
                found = self._call(expression)
            case Case():
                found = self._case(expression)
            case Cast(subject, type_):
                found = self._cast(subject, type_)
            case OneValue(query):
                rows = self._rows(query)
                found = SqlValue(f"({rows.sql})", _only_column(rows).meaning)
            case _:
                found = SqlValue(self._truth(expression), PLAIN)
        return found

    def _case(self, case: Case) -> SqlValue:
        conditions = [self.condition(when) for when, _ in case.whens]
        results, meaning = self._together([*(then for _, then in case.whens), case.otherwise])
        pairs = [part for pair in zip(conditions, results[:-1], strict=True) for part in pair]
        return SqlValue(f"multiIf({', '.join([*pairs, results[-1]])})", meaning)

    def _truth(self, expression: Operation | AndOr | In | Like | IsNull) -> str:
        match expression:
            case Operation():
                sql = self._operation(expression)
            case AndOr(operator, parts):
                sql = f"({f' {operator} '.join(self._plain(part, operator) for part in parts)})"
            case In():
                sql = self._in(expression)
            case Like(subject, pattern, is_blind, is_negated):
                sql = _negated(self._like(subject, pattern, is_blind=is_blind), is_negated=is_negated)
            case IsNull(subject, is_negated):
                sql = f"{'isNotNull' if is_negated else 'isNull'}({self.written(subject).sql})"
        return sql

    def _operation(self, operation: Operation) -> str:
        operator, operands = operation.operator, operation.operands
        if operator in _COMPARED:
            return self._compared(operator, *operands)
        each = [self._plain(operand, operator) for operand in operands]
        if len(each) == 1:
            return f"({operator} {each[0]})"
        return f"concat({', '.join(each)})" if operator == "||" else f"({f' {operator} '.join(each)})"

    def _named(self, table: str | None, name: str) -> SqlValue:
        found = self._own.get(name) if table is None else None
        found = found or self._scope.column(table, name)
        if found is None:
            raise QuestionError(f"there is no column {name if table is None else f'{table}.{name}'}")
        return found

    def _plain(self, expression: Expression, what: str) -> str:
        found = self.written(expression)
        if not found.meaning.is_plain:
            raise QuestionError(f"{found.meaning.kind.value} is sealed: {what} cannot look into it")
        return found.sql

    def _compared(self, operator: str, left: Expression, right: Expression) -> str:
        one, other = self.written(left), self.written(right)
        if one.meaning.is_plain and other.meaning.is_plain and not _is_named(one, right) and not _is_named(other, left):
            return f"({one.sql} {operator} {other.sql})"
        if operator not in {"=", "<>"}:
            raise QuestionError(
                f"{operator} is of numbers and plain values: numeric_property_value is the number of one,"
                " event_name the name"
            )
        if isinstance(left, Literal) or isinstance(right, Literal):
            subject, said = (other, left) if isinstance(left, Literal) else (one, right)
            return _negated(one_of_sql(subject, [said], self._known), is_negated=operator == "<>")
        _require_fitting(one.meaning, other.meaning)
        return f"({one.sql} {operator} {other.sql})"

    def _in(self, asked: In) -> str:
        subject = self.written(asked.subject)
        if isinstance(asked.items, Query):
            rows = self._rows(asked.items)
            _require_fitting(subject.meaning, _only_column(rows).meaning)
            is_in = f"({subject.sql} IN ({rows.sql}))"
        elif subject.meaning.is_plain and not any(_is_named(subject, item) for item in asked.items):
            is_in = f"({subject.sql} IN ({', '.join(self._plain(item, 'IN') for item in asked.items)}))"
        else:
            is_in = one_of_sql(subject, list(asked.items), self._known)
        return f"if(isNull({subject.sql}), NULL, {_negated(is_in, is_negated=asked.is_negated)})"

    def _like(self, subject: Expression, pattern: Expression, *, is_blind: bool) -> str:
        found = self.written(subject)
        if not isinstance(pattern, Literal) or not isinstance(pattern.value, str) or len(pattern.value) > PATTERN_MAX:
            raise QuestionError(f"LIKE has a text of at most {PATTERN_MAX} characters behind it")
        if found.meaning != PLAIN:
            return like_sql(found, pattern.value, self._known, is_blind=is_blind)
        return f"({found.sql} {'ILIKE' if is_blind else 'LIKE'} {pattern_sql(pattern.value)})"

    def _cast(self, subject: Expression, type_: str) -> SqlValue:
        found = self.written(subject)
        if type_ not in TYPES:
            raise QuestionError(f"there is no type {type_}: there are {', '.join(TYPES)}")
        if isinstance(subject, Literal) and isinstance(subject.value, str) and type_ in _TIMES:
            return SqlValue(_time(subject.value, type_), PLAIN)
        if found.meaning.is_plain:
            return SqlValue(TYPES[type_].format(found.sql), PLAIN)
        if found.meaning.kind is ValueKind.TEXT and type_ in TYPES_OF_NUMBERS:
            return SqlValue(TYPES_OF_NUMBERS[type_].format(f"toFloat64OrNull({found.sql})"), PLAIN)
        raise QuestionError(f"{found.meaning.kind.value} is sealed: it cannot be cast to {type_}")

    def _call(self, call: Call) -> SqlValue:
        name, arguments = call.name, call.arguments
        if call.is_distinct and name != "count":
            raise QuestionError(f"DISTINCT is of count, and not of {name}")
        if name in _ABOUT_RECORDS:
            found = self._about_records(name, arguments)
        elif name == "count":
            found = SqlValue(self._count(call), PLAIN)
        elif name in CHOOSING:
            found = self._chosen(name, CHOOSING[name], arguments)
        elif name in {"coalesce", "if"}:
            found = self._chosen_of_several(name, arguments)
        elif name == "date_trunc":
            found = SqlValue(self._truncated(arguments), PLAIN)
        elif name == "date":
            found = self._cast(_only(name, arguments), "date")
        else:
            found = SqlValue(self._of_plain(name, arguments), PLAIN)
        return found

    def _of_plain(self, name: str, arguments: Sequence[Expression]) -> str:
        function = FUNCTIONS.get(name) or AGGREGATES.get(name)
        if function is None:
            raise QuestionError(f"there is no function {name}: there are {', '.join(sorted(NAMES))}")
        _require_count(name, function, arguments)
        return function.written.format(", ".join(self._plain(argument, name) for argument in arguments))

    def _count(self, call: Call) -> str:
        if not call.arguments:
            return "toInt64(count())"
        counted = self.written(_only("count", call.arguments)).sql
        return f"toInt64({'uniqExact' if call.is_distinct else 'count'}({counted}))"

    def _chosen(self, name: str, function: Function, arguments: Sequence[Expression]) -> SqlValue:
        _require_count(name, function, arguments)
        value = self.written(arguments[0])
        others = [self._plain(argument, name) for argument in arguments[1:]]
        return SqlValue(function.written.format(", ".join([value.sql, *others])), value.meaning)

    def _chosen_of_several(self, name: str, arguments: Sequence[Expression]) -> SqlValue:
        is_if = name == "if"
        _require_count(name, Function("", 2, 3) if is_if else Function("", 1, 20), arguments)
        if not is_if:
            each, meaning = self._together(arguments)
            return SqlValue(f"coalesce({', '.join(each)})", meaning)
        condition = self.condition(arguments[0])
        each, meaning = self._together([*arguments[1:], Literal(None)][:2])
        return SqlValue(f"if({condition}, {each[0]}, {each[1]})", meaning)

    def _together(self, expressions: Sequence[Expression]) -> tuple[list[str], Meaning]:
        """Values of which each may be the one that is told: a property, and texts and numbers that are said; or all the
        same.
        """
        found = [self.written(expression) for expression in expressions]
        meaning = next((each.meaning for each in found if not each.meaning.is_plain), PLAIN)
        if meaning.is_plain:
            is_event = all(
                each.meaning == EVENT or said == Literal(None) for each, said in zip(found, expressions, strict=True)
            )
            return [each.sql for each in found], EVENT if is_event else PLAIN
        return [
            self._as(meaning, each, expression) for each, expression in zip(found, expressions, strict=True)
        ], meaning

    def _as(self, meaning: Meaning, found: SqlValue, expression: Expression) -> str:
        if isinstance(expression, Literal):
            value = expression.value
            if value is None:
                return "NULL"
            if meaning.kind is ValueKind.TEXT and not isinstance(value, bool):
                return text_sql(value) if isinstance(value, str) else number_sql(float(value))
        _require_fitting(meaning, found.meaning)
        return found.sql

    def _truncated(self, arguments: Sequence[Expression]) -> str:
        _require_count("date_trunc", Function("", 2, 2), arguments)
        unit, time = arguments
        if not isinstance(unit, Literal) or unit.value not in UNITS:
            raise QuestionError(f"date_trunc has first one of {', '.join(map(repr, UNITS))}")
        return UNITS[str(unit.value)].format(self._plain(time, "date_trunc"))

    def _about_records(self, name: str, arguments: Sequence[Expression]) -> SqlValue:
        records = self._scope.records(name)
        _require_count(name, Function("", 0 if name in {"is_event", "is_set", "is_alias"} else 1, 1), arguments)
        if name == "is_event":
            return SqlValue(_is_event(records, arguments), PLAIN)
        said = self._property(name, arguments[0]) if arguments else ""
        match name:
            case "is_set":
                sql = f"({records.event} = ''{f' AND {records.has(said)}' if said else ''})"
            case "is_alias":
                sql = "(1 = 0)"
            case "has_property":
                sql = records.has(said)
            case "numeric_property_value":
                sql = records.number(said)
            case _:
                return SqlValue(records.text(said), Meaning(ValueKind.TEXT, said))
        return SqlValue(sql, PLAIN)

    def _property(self, function: str, argument: Expression) -> str:
        said = _name_or_index(function, argument)
        return said if isinstance(said, str) else self._known.property(said)


def _is_event(records: Records, arguments: Sequence[Expression]) -> str:
    said = _name_or_index("is_event", arguments[0]) if arguments else ""
    if isinstance(said, int):
        return f"({records.event_index} = {said})"
    return f"({records.event} = {text_sql(said)})" if said else f"({records.event} != '')"


def _is_named(subject: SqlValue, expression: Expression) -> bool:
    """Whether an event is compared with a name."""
    return subject.meaning == EVENT and isinstance(expression, Literal) and isinstance(expression.value, str)


def _time(said: str, type_: str) -> str:
    """One that is said: `2026-10-25`, `2026-10-25 07:30:00`."""
    try:
        at = datetime.fromisoformat(said.strip())
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None or not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise QuestionError(f"a text is no {_TIMES[type_]} from {_FIRST_YEAR} to {_LAST_YEAR}: {said[:50]!r}")
    return TYPES[type_].format(text_sql(at.strftime("%Y-%m-%d %H:%M:%S")))


def _literal(value: str | float | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    return text_sql(value) if isinstance(value, str) else repr(value)


def _negated(sql: str, *, is_negated: bool) -> str:
    return f"(NOT {sql})" if is_negated else sql


def _only(name: str, arguments: Sequence[Expression]) -> Expression:
    _require_count(name, Function(""), arguments)
    return arguments[0]


def _only_column(rows: Subquery) -> SqlValue:
    if len(rows.columns) != 1:
        raise QuestionError("a query within an expression has one column")
    return next(iter(rows.columns.values()))


def _name_or_index(function: str, argument: Expression) -> str | int:
    said = argument.value if isinstance(argument, Literal) else None
    if isinstance(said, str) and (name := name_of(said)):
        return name
    if isinstance(said, int) and not isinstance(said, bool) and 0 < said <= NAMES_MAX:
        return said
    raise QuestionError(f"{function} has a name in its brackets, in single quotes, or an index")


def _require_count(name: str, function: Function, arguments: Sequence[Expression]) -> None:
    if not function.least <= len(arguments) <= function.most:
        wanted = str(function.least) if function.least == function.most else f"{function.least} to {function.most}"
        raise QuestionError(f"{name} has {wanted} in its brackets, and not {len(arguments)}")


def _require_fitting(one: Meaning, other: Meaning) -> None:
    if not one.fits(other):
        raise QuestionError(f"{one.kind.value} and {other.kind.value} do not go together")
