"""Expressions of a statement as the engine has them.

Nothing that somebody wrote gets into what the engine is given: names become names of ours, functions those of a list,
texts the digits of their bytes, and numbers are written anew. A value that is sealed is compared, counted and grouped
as the number or hash that the engine has of it, and no function looks into it. Of each the type is known, so what a
function or an operator does not take is refused here.
"""

from collections.abc import Callable, Mapping, Sequence

from api.kissmetrics.records.compared import like_sql, number_sql, one_of_rows_sql, one_of_sql, or_unknown
from api.kissmetrics.records.functions import (
    AGGREGATES,
    CHOOSING,
    CONDITION,
    FUNCTIONS,
    OF_ONE_KIND,
    OPERATORS,
    REPEATED,
    ROUNDED_DIGITS_MAX,
    TEXTS_MAX,
    TYPES,
    TYPES_OF_NUMBERS,
    UNITS,
    rounded,
)
from api.kissmetrics.records.literals import beside, is_name, is_time, literal, name_or_index, time_said
from api.kissmetrics.records.meanings import EVENT, PLAIN, KnownRecords, Meaning, ValueKind
from api.kissmetrics.records.one_kind import of_one_kind
from api.kissmetrics.records.scope import Scope, SqlValue, Subquery, plain
from api.kissmetrics.records.signatures import Functions, called
from api.kissmetrics.records.sources import Records, pattern_sql, text_sql
from api.kissmetrics.records.spent import Spent
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
from api.kissmetrics.records.uses import Uses
from api.kissmetrics.records.value_types import SqlType, null_sql, typed_sql
from tilde.domain.people.question import QuestionError

PATTERN_MAX = 100
_COMPARED = {"=", "<>", "<", "<=", ">", ">="}
_ABOUT_RECORDS = {"is_event", "is_set", "is_alias", "has_property", "property_value", "numeric_property_value"}
_OTHERS = {"concat", "count", "date", "date_trunc", "if", "round"}
NAMES = _ABOUT_RECORDS | _OTHERS | {*FUNCTIONS, *OF_ONE_KIND, *AGGREGATES, *CHOOSING}

OwnColumns = Mapping[str, tuple[SqlValue, bool]]
"""Those that a SELECT names, and whether each is of an aggregate."""
NO_NAMES: OwnColumns = {}


class ExpressionWriter:
    """Writes expressions of one SELECT, whose names `scope` knows, and those of its `own` columns where they may stand;
    `rows` makes the rows of a query within it, and what stands in them is noted in `uses`. Each call raises
    QuestionError.
    """

    def __init__(
        self,
        scope: Scope,
        known: KnownRecords,
        rows: Callable[[Query], Subquery],
        spent: Spent,
        uses: Uses,
        own: OwnColumns = NO_NAMES,
    ) -> None:
        self._scope = scope
        self._known = known
        self._rows = rows
        self._spent = spent
        self._own = own
        self.uses = uses

    def with_own(self, own: OwnColumns) -> "ExpressionWriter":
        """The one of parts in which names of the SELECT's own columns may stand: HAVING and ORDER BY."""
        return ExpressionWriter(self._scope, self._known, self._rows, self._spent, self.uses, own)

    def condition(self, expression: Expression, what: str) -> str:
        """Of WHERE, HAVING, ON, and in others."""
        return called(what, CONDITION, [self._plain(expression, what).typed]).sql

    def written(self, expression: Expression) -> SqlValue:
        """Any expression as the engine has it, and what it means."""
        self._spent.one()
        with self.uses.expression() as noted:
            found = self._made(expression)
            noted.append(found.sql)
        return found

    def _made(self, expression: Expression) -> SqlValue:
        match expression:
            case Literal(value):
                found = literal(value)
            case ColumnName(table, name):
                found = self._named(table, name)
            case Call():
                found = self._call(expression)
            case Operation():
                found = self._operation(expression)
            case Case():
                found = self._case(expression)
            case Cast(subject, type_):
                found = self._cast(subject, type_)
            case OneValue(query):
                rows = self._rows(query)
                found = _only_column(rows)._replace(sql=f"({rows.sql})")
            case _:
                found = SqlValue(self._truth(expression), PLAIN, SqlType.BOOLEAN)
        return found

    def _case(self, case: Case) -> SqlValue:
        conditions = [self.condition(when, "CASE") for when, _ in case.whens]
        each, meaning, type_ = self._together("CASE", [*(then for _, then in case.whens), case.otherwise])
        pairs = [part for pair in zip(conditions, each[:-1], strict=True) for part in pair]
        return SqlValue(f"multiIf({', '.join([*pairs, each[-1]])})", meaning, type_)

    def _truth(self, expression: AndOr | In | Like | IsNull) -> str:
        match expression:
            case AndOr(operator, parts):
                sql = f"({f' {operator} '.join(self.condition(part, operator) for part in parts)})"
            case In():
                sql = self._in(expression)
            case Like(subject, pattern, is_blind, is_negated):
                sql = _negated(self._like(subject, pattern, is_blind=is_blind), is_negated=is_negated)
            case IsNull(subject, is_negated):
                sql = f"{'isNotNull' if is_negated else 'isNull'}({self.written(subject).sql})"
        return sql

    def _operation(self, operation: Operation) -> SqlValue:
        operator, operands = operation.operator, operation.operands
        if operator in _COMPARED:
            return SqlValue(self._compared(operator, *operands), PLAIN, SqlType.BOOLEAN)
        if operator == "||":
            return self._concatenated(operator, operands)
        if operator == "-" and len(operands) == 1 and _is_number(operands[0]):
            return self._negative(operands[0])
        return self._called(operator, OPERATORS[operator], operands)

    @staticmethod
    def _negative(expression: Expression) -> SqlValue:
        said = literal(expression.value) if isinstance(expression, Literal) else literal(None)
        return said._replace(sql=f"(-{said.sql})")  # two of them would begin a comment

    def _named(self, table: str | None, name: str) -> SqlValue:
        if table is None and name in self._own:
            found, is_aggregate = self._own[name]
            if is_aggregate:
                self.uses.add_aggregate()
            return found
        column = self._scope.column(table, name)
        if column is None:
            raise QuestionError(f"there is no column {name if table is None else f'{table}.{name}'}")
        self.uses.add_column(name)
        return column

    def _plain(self, expression: Expression, what: str) -> SqlValue:
        found = self.written(expression)
        if not found.meaning.is_plain:
            raise QuestionError(f"{found.meaning.kind.value} is sealed: {what} cannot look into it")
        return found

    def _called(self, name: str, functions: Functions, arguments: Sequence[Expression]) -> SqlValue:
        """The value of a function of plain ones."""
        values = [self._plain(argument, name) for argument in arguments]
        for nth, times in REPEATED.get(name, {}).items():
            self._spent.repeat(values[nth].sql if nth < len(values) else "", times)
        try:
            return plain(called(name, functions, [value.typed for value in values]))
        except QuestionError as wrong:
            if any(value.meaning == EVENT for value in values):
                raise QuestionError(f"{wrong}: event is a number, and event_name its name") from None
            raise

    def _compared(self, operator: str, left: Expression, right: Expression) -> str:
        one, other = self.written(left), self.written(right)
        if one.meaning.is_plain and other.meaning.is_plain and not is_name(one, right) and not is_name(other, left):
            one, other = beside(one, left, other), beside(other, right, one)
            (first, second), _ = of_one_kind(operator, [one, other])
            return f"({first} {operator} {second})"
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
            is_in = self._in_rows(subject, self._rows(asked.items))
        elif subject.meaning.is_plain and not any(is_name(subject, item) for item in asked.items):
            is_in = self._in_values(subject, asked.items)
        else:
            is_in = one_of_sql(subject, list(asked.items), self._known)
        self._spent.repeat(subject.sql, 2)
        return f"if(isNull({subject.sql}), NULL, {_negated(is_in, is_negated=asked.is_negated)})"

    def _in_rows(self, subject: SqlValue, rows: Subquery) -> str:
        column = _only_column(rows)
        _require_fitting(subject.meaning, column.meaning)
        (one, other), type_ = of_one_kind("IN", [subject, column])
        self._spent.repeat(rows.sql, 2)
        return one_of_rows_sql(one, other, rows.sql, type_)

    def _in_values(self, subject: SqlValue, items: Sequence[Expression]) -> str:
        values = [beside(self._plain(item, "IN"), item, subject) for item in items]
        (one, *others), _ = of_one_kind("IN", [subject, *values])
        wanted = [sql for sql, value in zip(others, values, strict=True) if value.type is not SqlType.NULL]
        if not wanted:
            return null_sql(SqlType.BOOLEAN)
        if all(isinstance(item, Literal) for item in items):
            return or_unknown(f"({one} IN ({', '.join(wanted)}))", is_unknown=len(wanted) < len(values))
        self._spent.repeat(one, len(wanted))
        is_one = f"({' OR '.join(f'{one} = {sql}' for sql in wanted)})"
        return or_unknown(is_one, is_unknown=len(wanted) < len(values))

    def _like(self, subject: Expression, pattern: Expression, *, is_blind: bool) -> str:
        found = self.written(subject)
        if not isinstance(pattern, Literal) or not isinstance(pattern.value, str) or len(pattern.value) > PATTERN_MAX:
            raise QuestionError(f"LIKE has a text of at most {PATTERN_MAX} characters behind it")
        if found.meaning != PLAIN:
            return like_sql(found, pattern.value, self._known, is_blind=is_blind)
        (text, _), _ = of_one_kind("LIKE", [found, literal(pattern.value)])
        return f"({text} {'ILIKE' if is_blind else 'LIKE'} {pattern_sql(pattern.value)})"

    def _cast(self, subject: Expression, type_: str) -> SqlValue:
        found = self.written(subject)
        if type_ not in TYPES:
            raise QuestionError(f"there is no type {type_}: there are {', '.join(TYPES)}")
        if isinstance(subject, Literal) and isinstance(subject.value, str) and is_time(type_):
            return plain(time_said(subject.value, type_))
        if found.meaning.is_plain:
            return plain(called("CAST", TYPES[type_], [found.typed]))
        if found.meaning.kind is ValueKind.TEXT and type_ in TYPES_OF_NUMBERS:
            return plain(called("CAST", TYPES[type_], [found.typed]))
        raise QuestionError(f"{found.meaning.kind.value} is sealed: it cannot be cast to {type_}")

    def _call(self, call: Call) -> SqlValue:
        name, arguments = call.name, call.arguments
        if call.is_distinct and name != "count":
            raise QuestionError(f"DISTINCT is of count, and not of {name}")
        if name in _ABOUT_RECORDS:
            found = self._about_records(name, arguments)
        elif name == "count" or name in AGGREGATES or name in CHOOSING:
            with self.uses.aggregate(name):
                found = self._aggregate(call)
        elif name in OF_ONE_KIND:
            found = self._of_one_kind(name, arguments)
        elif name == "if":
            found = self._if(arguments)
        elif name == "concat":
            _require_count(name, arguments, 1, TEXTS_MAX)
            found = self._concatenated(name, arguments)
        elif name == "round":
            found = self._rounded(arguments)
        elif name == "date_trunc":
            found = self._truncated(arguments)
        elif name == "date":
            _require_count(name, arguments, 1, 1)
            found = self._cast(arguments[0], "date")
        elif name in FUNCTIONS:
            found = self._called(name, FUNCTIONS[name], arguments)
        else:
            raise QuestionError(f"there is no function {name}: there are {', '.join(sorted(NAMES))}")
        return found

    def _aggregate(self, call: Call) -> SqlValue:
        name, arguments = call.name, call.arguments
        if name in AGGREGATES:
            return self._called(name, AGGREGATES[name], arguments)
        if name in CHOOSING:
            values = [self._plain(each, name) if nth else self.written(each) for nth, each in enumerate(arguments)]
            made = called(name, CHOOSING[name], [each.typed for each in values])
            return SqlValue(made.sql, values[0].meaning, made.type)
        if not arguments:
            return SqlValue("toInt64(count())", PLAIN, SqlType.WHOLE)
        _require_count(name, arguments, 1, 1)
        counted = self.written(arguments[0])
        sql = typed_sql(counted.sql, counted.type, SqlType.WHOLE) if counted.type is SqlType.NULL else counted.sql
        return SqlValue(f"toInt64({'uniqExact' if call.is_distinct else 'count'}({sql}))", PLAIN, SqlType.WHOLE)

    def _of_one_kind(self, name: str, arguments: Sequence[Expression]) -> SqlValue:
        written, least, most = OF_ONE_KIND[name]
        _require_count(name, arguments, least, most)
        if name == "coalesce":
            each, meaning, type_ = self._together(name, arguments)
            return SqlValue(written.format(", ".join(each)), meaning, type_)
        each, type_ = of_one_kind(name, [self._plain(argument, name) for argument in arguments])
        return SqlValue(written.format(", ".join(each)), PLAIN, type_)

    def _if(self, arguments: Sequence[Expression]) -> SqlValue:
        _require_count("if", arguments, 2, 3)
        condition = self.condition(arguments[0], "if")
        each, meaning, type_ = self._together("if", [*arguments[1:], Literal(None)][:2])
        return SqlValue(f"if({condition}, {each[0]}, {each[1]})", meaning, type_)

    def _concatenated(self, name: str, arguments: Sequence[Expression]) -> SqlValue:
        """Any values: each is taken as its text."""
        texts = [called(name, TYPES["varchar"], [self._plain(one, name).typed]).sql for one in arguments]
        return SqlValue(f"concat({', '.join(texts)})", PLAIN, SqlType.TEXT)

    def _rounded(self, arguments: Sequence[Expression]) -> SqlValue:
        _require_count("round", arguments, 1, 2)
        digits = _whole_said(arguments[1]) if len(arguments) > 1 else 0
        if digits is None or abs(digits) > ROUNDED_DIGITS_MAX:
            raise QuestionError(
                f"round takes a number, and of how many digits: a whole number from -{ROUNDED_DIGITS_MAX} to"
                f" {ROUNDED_DIGITS_MAX} that is said"
            )
        return self._called("round", rounded(digits), arguments[:1])

    def _together(self, what: str, expressions: Sequence[Expression]) -> tuple[list[str], Meaning, SqlType]:
        """Values of which each may be the one that is told: a property, and texts and numbers that are said; or all the
        same. Of plain ones all are of one kind.
        """
        found = [self.written(expression) for expression in expressions]
        pairs = list(zip(found, expressions, strict=True))
        sealed = next((each for each in found if not each.meaning.is_plain), None)
        if sealed is not None:
            return [self._as(sealed.meaning, *pair) for pair in pairs], sealed.meaning, sealed.type
        is_event = all(each.meaning == EVENT or said == Literal(None) for each, said in pairs)
        each, type_ = of_one_kind(what, found)
        return each, EVENT if is_event and type_ is not SqlType.NULL else PLAIN, type_

    def _as(self, meaning: Meaning, found: SqlValue, expression: Expression) -> str:
        if isinstance(expression, Literal):
            value = expression.value
            if value is None:
                return "NULL"
            if meaning.kind is ValueKind.TEXT and not isinstance(value, bool):
                return text_sql(value) if isinstance(value, str) else number_sql(float(value))
        _require_fitting(meaning, found.meaning)
        return found.sql

    def _truncated(self, arguments: Sequence[Expression]) -> SqlValue:
        _require_count("date_trunc", arguments, 2, 2)
        unit, time = arguments
        if not isinstance(unit, Literal) or unit.value not in UNITS:
            raise QuestionError(f"date_trunc has first one of {', '.join(map(repr, UNITS))}")
        return self._called(f"date_trunc('{unit.value}', ..)", UNITS[str(unit.value)], [time])

    def _about_records(self, name: str, arguments: Sequence[Expression]) -> SqlValue:
        records = self._scope.records(name)
        _require_count(name, arguments, 0 if name in {"is_event", "is_set", "is_alias"} else 1, 1)
        self.uses.add_column(name)
        if name == "is_event":
            return SqlValue(_is_event(records, arguments), PLAIN, SqlType.BOOLEAN)
        said = self._property(name, arguments[0]) if arguments else ""
        match name:
            case "is_set":
                sql = f"({records.event} = ''{f' AND {records.has(said)}' if said else ''})"
            case "is_alias":
                sql = "(1 = 0)"
            case "has_property":
                sql = records.has(said)
            case "numeric_property_value":
                return SqlValue(records.number(said), PLAIN, SqlType.NUMBER)
            case _:
                return SqlValue(records.text(said), Meaning(ValueKind.TEXT, said), SqlType.TEXT)
        return SqlValue(sql, PLAIN, SqlType.BOOLEAN)

    def _property(self, function: str, argument: Expression) -> str:
        said = name_or_index(function, argument)
        return said if isinstance(said, str) else self._known.property(said)


def _is_event(records: Records, arguments: Sequence[Expression]) -> str:
    said = name_or_index("is_event", arguments[0]) if arguments else ""
    if isinstance(said, int):
        return f"({records.event_index} = {said})"
    return f"({records.event} = {text_sql(said)})" if said else f"({records.event} != '')"


def _is_number(expression: Expression) -> bool:
    return (
        isinstance(expression, Literal)
        and isinstance(expression.value, int | float)
        and not isinstance(expression.value, bool)
    )


def _whole_said(expression: Expression) -> int | None:
    """A whole number that is said, also one below zero; None of anything else."""
    match expression:
        case Literal(int(value)) if not isinstance(value, bool):
            return value
        case Operation("-", (Literal(int(value)),)) if not isinstance(value, bool):
            return -value
    return None


def _negated(sql: str, *, is_negated: bool) -> str:
    return f"(NOT {sql})" if is_negated else sql


def _only_column(rows: Subquery) -> SqlValue:
    if len(rows.columns) != 1:
        raise QuestionError("a query within an expression has one column")
    return next(iter(rows.columns.values()))


def _require_count(name: str, arguments: Sequence[Expression], least: int, most: int) -> None:
    if not least <= len(arguments) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise QuestionError(f"{name} has {wanted} in its brackets, and not {len(arguments)}")


def _require_fitting(one: Meaning, other: Meaning) -> None:
    if not one.fits(other):
        raise QuestionError(f"{one.kind.value} and {other.kind.value} do not go together")
