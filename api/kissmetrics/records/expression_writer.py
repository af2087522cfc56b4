"""Expressions of a statement as the engine has them.

Nothing that somebody wrote gets into what the engine is given: names become names of ours, functions those of a list,
texts the digits of their bytes, and numbers are written anew. A value that is sealed is compared, counted and grouped
as the number or hash that the engine has of it, and no function looks into it. Of each the type is known, so what a
function or an operator does not take is refused here.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

from api.kissmetrics.records.choices import together
from api.kissmetrics.records.compared import like_sql, one_of_rows_sql, one_of_sql, one_of_values_sql
from api.kissmetrics.records.functions import CONDITION, OPERATORS, REPEATED, TYPES, TYPES_OF_NUMBERS
from api.kissmetrics.records.literals import beside, is_name, is_time, literal, time_said
from api.kissmetrics.records.meanings import EVENT, PLAIN, KnownRecords, ValueKind
from api.kissmetrics.records.one_kind import of_one_kind, require_fitting
from api.kissmetrics.records.ruled_functions import call_value, concatenated
from api.kissmetrics.records.scope import Scope, SqlValue, Subquery, plain
from api.kissmetrics.records.signatures import Functions, called
from api.kissmetrics.records.sources import Records, pattern_sql
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
from api.kissmetrics.records.value_types import SqlType
from tilde.domain.people.question import QuestionError

PATTERN_MAX = 100
_COMPARED = {"=", "<>", "<", "<=", ">", ">="}

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
        return called(what, CONDITION, [self.plain(expression, what).typed]).sql

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
                found = call_value(self, expression)
            case Operation():
                found = self._operation(expression)
            case Case():
                found = self._case(expression)
            case Cast(subject, type_):
                found = self.cast(subject, type_)
            case OneValue(query):
                rows = self._rows(query)
                found = rows.only_column._replace(sql=f"({rows.sql})")
            case _:
                found = SqlValue(self._truth(expression), PLAIN, SqlType.BOOLEAN)
        return found

    def _case(self, case: Case) -> SqlValue:
        conditions = [self.condition(when, "CASE") for when, _ in case.whens]
        branches = [*(then for _, then in case.whens), case.otherwise]
        each, meaning, type_ = together("CASE", list(map(self.written, branches)), branches)
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
            return concatenated(self, operator, operands)
        if operator == "-" and len(operands) == 1 and _is_number(operands[0]):
            return self._negative(operands[0])
        return self.called(operator, OPERATORS[operator], operands)

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

    def plain(self, expression: Expression, what: str) -> SqlValue:
        """One that the engine may look into; `what` does."""
        found = self.written(expression)
        if not found.meaning.is_plain:
            raise QuestionError(f"{found.meaning.kind.value} is sealed: {what} cannot look into it")
        return found

    def called(self, name: str, functions: Functions, arguments: Sequence[Expression]) -> SqlValue:
        """The value of a function of plain ones."""
        values = [self.plain(argument, name) for argument in arguments]
        for nth, times in REPEATED.get(name, {}).items():
            self._spent.repeat(values[nth].sql if nth < len(values) else "", times)
        try:
            return plain(called(name, functions, [value.typed for value in values]))
        except QuestionError as wrong:
            if any(value.meaning == EVENT for value in values):
                raise QuestionError(f"{wrong}: event is a number, and event_name its name") from None
            raise

    def aggregate(self, name: str) -> AbstractContextManager[None]:
        """What is written within is of many rows."""
        return self.uses.aggregate(name)

    def records(self, name: str) -> Records:
        """The table that a function is about, of which a column stands here now."""
        records = self._scope.records(name)
        self.uses.add_column(name)
        return records

    def property_of(self, said: str | int) -> str:
        """The name of a property that is said by its name, or by its index."""
        return said if isinstance(said, str) else self._known.property(said)

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
        require_fitting(one.meaning, other.meaning)
        return f"({one.sql} {operator} {other.sql})"

    def _in(self, asked: In) -> str:
        subject = self.written(asked.subject)
        if isinstance(asked.items, Query):
            is_in = one_of_rows_sql(subject, self._rows(asked.items), self._spent)
        elif subject.meaning.is_plain and not any(is_name(subject, item) for item in asked.items):
            values = [beside(self.plain(item, "IN"), item, subject) for item in asked.items]
            is_in = one_of_values_sql(subject, values, asked.items, self._spent)
        else:
            is_in = one_of_sql(subject, list(asked.items), self._known)
        self._spent.repeat(subject.sql, 2)
        return f"if(isNull({subject.sql}), NULL, {_negated(is_in, is_negated=asked.is_negated)})"

    def _like(self, subject: Expression, pattern: Expression, *, is_blind: bool) -> str:
        found = self.written(subject)
        if not isinstance(pattern, Literal) or not isinstance(pattern.value, str) or len(pattern.value) > PATTERN_MAX:
            raise QuestionError(f"LIKE has a text of at most {PATTERN_MAX} characters behind it")
        if found.meaning != PLAIN:
            return like_sql(found, pattern.value, self._known, is_blind=is_blind)
        (text, _), _ = of_one_kind("LIKE", [found, literal(pattern.value)])
        return f"({text} {'ILIKE' if is_blind else 'LIKE'} {pattern_sql(pattern.value)})"

    def cast(self, subject: Expression, type_: str) -> SqlValue:
        """A value as one of another type; a text that is said may be a time."""
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


def _is_number(expression: Expression) -> bool:
    return (
        isinstance(expression, Literal)
        and isinstance(expression.value, int | float)
        and not isinstance(expression.value, bool)
    )


def _negated(sql: str, *, is_negated: bool) -> str:
    return f"(NOT {sql})" if is_negated else sql
