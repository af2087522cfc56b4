"""Functions of this SQL with a rule of their own: what they take depends on more than types, or they ask what a
statement knows. Those that a line of types says are in `functions.py`; others there are none.

call_value(writer, Call("round", (.., Literal(2))))    the value of any function, of both files
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple, Protocol

from api.kissmetrics.records.choices import together
from api.kissmetrics.records.functions import (
    AGGREGATES,
    CHOOSING,
    FUNCTIONS,
    OF_ONE_KIND,
    ROUNDED_DIGITS_MAX,
    TEXTS_MAX,
    TYPES,
    UNITS,
    VALUES_MAX,
    rounded,
)
from api.kissmetrics.records.literals import name_or_index
from api.kissmetrics.records.meanings import PLAIN, Meaning, ValueKind
from api.kissmetrics.records.one_kind import of_one_kind
from api.kissmetrics.records.scope import SqlValue
from api.kissmetrics.records.signatures import Functions, called
from api.kissmetrics.records.sources import Records, text_sql
from api.kissmetrics.records.syntax import Call, Expression, Literal, Operation
from api.kissmetrics.records.value_types import SqlType, typed_sql
from tilde.domain.people.question import QuestionError


class Writer(Protocol):
    """Writes what stands in the brackets of a function, and says what the statement knows. Each call raises
    QuestionError.
    """

    def written(self, expression: Expression) -> SqlValue:
        """Writes any expression for the engine."""
        ...

    def plain(self, expression: Expression, what: str) -> SqlValue:
        """Writes an expression that stands for itself; `what` names it in the refusal of one that is sealed."""
        ...

    def condition(self, expression: Expression, what: str) -> str:
        """Writes an expression that is true or false."""
        ...

    def called(self, name: str, functions: Functions, arguments: Sequence[Expression]) -> SqlValue:
        """Writes a call of a function whose arguments stand for themselves."""
        ...

    def cast(self, subject: Expression, type_: str) -> SqlValue:
        """Writes CAST of a value to another type."""
        ...

    def aggregate(self, name: str) -> AbstractContextManager[None]:
        """The block writes the arguments of an aggregate, which are taken of many rows."""
        ...

    def records(self, name: str) -> Records:
        """The table `records` that a function is about; notes that a column of it stands here."""
        ...

    def property_of(self, said: str | int) -> str:
        """The name of a property that is said by its name, or by its index."""
        ...


class Ruled(NamedTuple):
    """What a function takes at least and at most, and its rule."""

    least: int
    most: int
    value: Callable[[Writer, Call], SqlValue]
    is_aggregate: bool = False
    takes_distinct: bool = False


def call_value(writer: Writer, call: Call) -> SqlValue:
    """The value of any function that there is. Raises QuestionError."""
    name, ruled = call.name, RULED.get(call.name)
    if call.is_distinct and not (ruled is not None and ruled.takes_distinct):
        raise QuestionError(f"DISTINCT is of count, and not of {name}")
    if name in FUNCTIONS:
        return writer.called(name, FUNCTIONS[name], call.arguments)
    if name in AGGREGATES:
        with writer.aggregate(name):
            return writer.called(name, AGGREGATES[name], call.arguments)
    if ruled is None:
        names = sorted({*FUNCTIONS, *AGGREGATES, *RULED})
        raise QuestionError(f"there is no function {name}: there are {', '.join(names)}")
    _require_count(name, call.arguments, ruled.least, ruled.most)
    with writer.aggregate(name) if ruled.is_aggregate else nullcontext():
        return ruled.value(writer, call)


def concatenated(writer: Writer, name: str, arguments: Sequence[Expression]) -> SqlValue:
    """Any values: each is taken as its text. Raises QuestionError."""
    texts = [called(name, TYPES["varchar"], [writer.plain(one, name).typed]).sql for one in arguments]
    return SqlValue(f"concat({', '.join(texts)})", PLAIN, SqlType.TEXT)


def _concat(writer: Writer, call: Call) -> SqlValue:
    return concatenated(writer, call.name, call.arguments)


def _count(writer: Writer, call: Call) -> SqlValue:
    if not call.arguments:
        return SqlValue("toInt64(count())", PLAIN, SqlType.WHOLE)
    counted = writer.written(call.arguments[0])
    sql = typed_sql(counted.sql, counted.type, SqlType.WHOLE) if counted.type is SqlType.NULL else counted.sql
    return SqlValue(f"toInt64({'uniqExact' if call.is_distinct else 'count'}({sql}))", PLAIN, SqlType.WHOLE)


def _choosing(writer: Writer, call: Call) -> SqlValue:
    name, (chosen, *by) = call.name, call.arguments
    values = [writer.written(chosen), *(writer.plain(each, name) for each in by)]
    made = called(name, CHOOSING[name], [each.typed for each in values])
    return SqlValue(made.sql, values[0].meaning, made.type)


def _of_one_kind(writer: Writer, call: Call) -> SqlValue:
    each, type_ = of_one_kind(call.name, [writer.plain(argument, call.name) for argument in call.arguments])
    return SqlValue(OF_ONE_KIND[call.name][0].format(", ".join(each)), PLAIN, type_)


def _coalesce(writer: Writer, call: Call) -> SqlValue:
    each, meaning, type_ = together(call.name, list(map(writer.written, call.arguments)), call.arguments)
    return SqlValue(f"coalesce({', '.join(each)})", meaning, type_)


def _if(writer: Writer, call: Call) -> SqlValue:
    condition = writer.condition(call.arguments[0], "if")
    branches = [*call.arguments[1:], Literal(None)][:2]
    each, meaning, type_ = together("if", list(map(writer.written, branches)), branches)
    return SqlValue(f"if({condition}, {each[0]}, {each[1]})", meaning, type_)


def _date(writer: Writer, call: Call) -> SqlValue:
    return writer.cast(call.arguments[0], "date")


def _date_trunc(writer: Writer, call: Call) -> SqlValue:
    unit, time = call.arguments
    if not isinstance(unit, Literal) or unit.value not in UNITS:
        raise QuestionError(f"date_trunc has first one of {', '.join(map(repr, UNITS))}")
    return writer.called(f"date_trunc('{unit.value}', ..)", UNITS[str(unit.value)], [time])


def _round(writer: Writer, call: Call) -> SqlValue:
    digits = _whole_said(call.arguments[1]) if len(call.arguments) > 1 else 0
    if digits is None or abs(digits) > ROUNDED_DIGITS_MAX:
        raise QuestionError(
            f"round takes a number, and of how many digits: a whole number from -{ROUNDED_DIGITS_MAX} to"
            f" {ROUNDED_DIGITS_MAX} that is said"
        )
    return writer.called("round", rounded(digits), call.arguments[:1])


def _is_event(writer: Writer, call: Call) -> SqlValue:
    records = writer.records(call.name)
    said = name_or_index(call.name, call.arguments[0]) if call.arguments else ""
    if isinstance(said, int):
        return _truth(f"({records.event_index} = {said})")
    return _truth(f"({records.event} = {text_sql(said)})" if said else f"({records.event} != '')")


def _is_set(writer: Writer, call: Call) -> SqlValue:
    records = writer.records(call.name)
    said = _property(writer, call) if call.arguments else ""
    return _truth(f"({records.event} = ''{f' AND {records.has(said)}' if said else ''})")


def _is_alias(writer: Writer, call: Call) -> SqlValue:
    writer.records(call.name)
    if call.arguments:
        _property(writer, call)
    return _truth("(1 = 0)")


def _has_property(writer: Writer, call: Call) -> SqlValue:
    return _truth(writer.records(call.name).has(_property(writer, call)))


def _property_value(writer: Writer, call: Call) -> SqlValue:
    records, said = writer.records(call.name), _property(writer, call)
    return SqlValue(records.text(said), Meaning(ValueKind.TEXT, said), SqlType.TEXT)


def _numeric_property_value(writer: Writer, call: Call) -> SqlValue:
    return SqlValue(writer.records(call.name).number(_property(writer, call)), PLAIN, SqlType.NUMBER)


RULED: Mapping[str, Ruled] = {
    "coalesce": Ruled(1, VALUES_MAX, _coalesce),
    "concat": Ruled(1, TEXTS_MAX, _concat),
    "count": Ruled(0, 1, _count, is_aggregate=True, takes_distinct=True),
    "date": Ruled(1, 1, _date),
    "date_trunc": Ruled(2, 2, _date_trunc),
    "has_property": Ruled(1, 1, _has_property),
    "if": Ruled(2, 3, _if),
    "is_alias": Ruled(0, 1, _is_alias),
    "is_event": Ruled(0, 1, _is_event),
    "is_set": Ruled(0, 1, _is_set),
    "numeric_property_value": Ruled(1, 1, _numeric_property_value),
    "property_value": Ruled(1, 1, _property_value),
    "round": Ruled(1, 2, _round),
    **{name: Ruled(least, most, _of_one_kind) for name, (_, least, most) in OF_ONE_KIND.items()},
    **{name: Ruled(len(of.takes), len(of.takes), _choosing, is_aggregate=True) for name, (of,) in CHOOSING.items()},
}


def _require_count(name: str, arguments: Sequence[Expression], least: int, most: int) -> None:
    if not least <= len(arguments) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise QuestionError(f"{name} has {wanted} in its brackets, and not {len(arguments)}")


def _truth(sql: str) -> SqlValue:
    return SqlValue(sql, PLAIN, SqlType.BOOLEAN)


def _property(writer: Writer, call: Call) -> str:
    return writer.property_of(name_or_index(call.name, call.arguments[0]))


def _whole_said(expression: Expression) -> int | None:
    """A whole number that is said, also one below zero; None of anything else."""
    match expression:
        case Literal(int(value)) if not isinstance(value, bool):
            return value
        case Operation("-", (Literal(int(value)),)) if not isinstance(value, bool):
            return -value
    return None
