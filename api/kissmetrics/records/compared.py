"""Compares values with what a statement says. Of what is sealed, a person or a text is compared by its number or its
hash, an event by its index and its name: `person = 'ann@example.com'` is a number to the engine.
"""

from collections.abc import Sequence

from api.kissmetrics.records.meanings import NOBODY, PERSONS, KnownRecords, Pattern, ValueKind
from api.kissmetrics.records.one_kind import of_one_kind, require_fitting
from api.kissmetrics.records.scope import SqlValue, Subquery
from api.kissmetrics.records.sources import pattern_sql, sealed_sql
from api.kissmetrics.records.spent import Spent
from api.kissmetrics.records.syntax import Expression, Literal
from api.kissmetrics.records.value_types import SqlType, engine_type, null_sql
from tilde.domain.people.names import name_of
from tilde.domain.people.question import QuestionError
from tilde.domain.people.values import number_in
from tilde.domain.stats.numbers import natural

_PERSON_DIGITS_MAX = 19
_NULL = "CAST(NULL AS Nullable(UInt8))"


def one_of_sql(subject: SqlValue, items: list[Expression], known: KnownRecords) -> str:
    """Whether it is one of some, each of which is said. Raises QuestionError."""
    said = [each.value for each in items if isinstance(each, Literal)]
    if len(said) < len(items):
        raise QuestionError(
            f"{subject.meaning.kind.value} is compared with texts and numbers that are said, one by one"
        )
    wanted = [sql for value in said if value is not None for sql in _wanted(subject, value, known)]
    return _or_unknown(f"({subject.sql} IN ({', '.join(wanted)}))", is_unknown=None in said) if wanted else _NULL


def one_of_values_sql(subject: SqlValue, values: Sequence[SqlValue], items: Sequence[Expression], spent: Spent) -> str:
    """Whether it is one of some plain values, which were made of the items. Raises QuestionError."""
    (one, *others), _ = of_one_kind("IN", [subject, *values])
    wanted = [sql for sql, value in zip(others, values, strict=True) if value.type is not SqlType.NULL]
    if not wanted:
        return null_sql(SqlType.BOOLEAN)
    if all(isinstance(item, Literal) for item in items):
        return _or_unknown(f"({one} IN ({', '.join(wanted)}))", is_unknown=len(wanted) < len(values))
    spent.repeat(one, len(wanted))
    is_one = f"({' OR '.join(f'{one} = {sql}' for sql in wanted)})"
    return _or_unknown(is_one, is_unknown=len(wanted) < len(values))


def one_of_rows_sql(subject: SqlValue, rows: Subquery, spent: Spent) -> str:
    """Whether it is in the only column of some rows. Raises QuestionError."""
    require_fitting(subject.meaning, rows.only_column.meaning)
    (one, other), type_ = of_one_kind("IN", [subject, rows.only_column])
    spent.repeat(rows.sql, 2)
    return _in_rows(one, other, rows.sql, type_)


def _in_rows(one: str, column: str, rows: str, type_: SqlType) -> str:
    """Whether it is in a column of some rows: where a null is among them, and it is none of the others, nobody knows.

    The engine's own IN passes over nulls of rows. So each row says whether it is null and what it is, and is looked for
    as both; what stands twice is one set to the engine, which reads the rows once.
    """
    if type_ is SqlType.NULL:
        return _NULL
    any_value = f"CAST(0 AS {engine_type(type_)})"
    said = f"SELECT isNull({column}), ifNull({column}, {any_value}) FROM (\n{rows}\n)"  # noqa: S608 - of parts that were written here
    return f"if((0, {one}) IN ({said}), 1, if((1, {any_value}) IN ({said}), {_NULL}, 0))"


def _or_unknown(is_one: str, *, is_unknown: bool) -> str:
    """Whether it is one of some: where null is among them, and it is none of the others, nobody knows."""
    return f"if({is_one}, 1, {_NULL})" if is_unknown else is_one


def _wanted(subject: SqlValue, value: str | float, known: KnownRecords) -> list[str]:
    kind = subject.meaning.kind
    if isinstance(value, bool):
        raise QuestionError(f"{kind.value} is neither true nor false")
    if kind is ValueKind.EVENT:
        return [str(int(known.event(name_of(value)))) if isinstance(value, str) else repr(value)]
    if kind is ValueKind.TEXT:
        return _texts(subject.meaning.of_property, value, known)
    number = natural(str(value), _PERSON_DIGITS_MAX)
    found = {NOBODY} if number is None or number >= 1 << 63 else {number}
    if isinstance(value, str):
        found.add(int(known.person(value) if kind in PERSONS else known.identity(value)))
    return [str(one) for one in sorted(found)]


def _texts(property_: str, value: str | float, known: KnownRecords) -> list[str]:
    number = number_in(value) if isinstance(value, str) else float(value)
    as_number = [] if number is None else [number_sql(number)]
    return [*as_number, sealed_sql(known.text(property_, value))] if isinstance(value, str) else as_number


def number_sql(number: float) -> str:
    """The text of a number, as the engine writes it."""
    return f"toString(toFloat64({number!r}))"


def like_sql(subject: SqlValue, pattern: str, known: KnownRecords, *, is_blind: bool) -> str:
    """Whether a property is as a pattern: its number, or one of the texts that are. Raises QuestionError."""
    if subject.meaning.kind is ValueKind.EVENT:
        raise QuestionError("event is a number: event_name is as a pattern")
    if subject.meaning.kind is not ValueKind.TEXT:
        raise QuestionError("who people are is sealed: compare with = or IN")
    texts = known.like(Pattern(subject.meaning.of_property, pattern, is_blind))
    of_numbers = f"(NOT startsWith({subject.sql}, unhex('00')) AND {subject.sql} LIKE {pattern_sql(pattern)})"
    if not texts:
        return of_numbers
    hashes = ", ".join(str(int(text)) for text in sorted(texts))
    is_text = f"startsWith({subject.sql}, unhex('00')) AND toInt64OrZero(substring({subject.sql}, 2)) IN ({hashes})"
    return f"({of_numbers} OR ({is_text}))"
