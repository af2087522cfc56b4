"""Of which type a value is that the engine may look into, pure; so what cannot be is refused before the engine hears
of it.

common_type([WHOLE, NULL, NUMBER])      NUMBER; of a number and a text None
typed_sql("c1", WHOLE, NUMBER)          "toFloat64(c1)"

Each is one type of the engine, too, whatever the value was made of: a whole number is an Int64.
"""

from collections.abc import Iterable
from enum import Enum


class SqlType(Enum):
    """The values are words of refusals."""

    WHOLE = "a whole number"
    NUMBER = "a number"
    TEXT = "a text"
    BOOLEAN = "true or false"
    DATE = "a date"
    TIME = "a time"
    NULL = "null"


NUMERIC = frozenset({SqlType.WHOLE, SqlType.NUMBER, SqlType.BOOLEAN})
DAYS = frozenset({SqlType.DATE, SqlType.TIME})
_OF_ENGINE = {
    SqlType.WHOLE: "Int64",
    SqlType.NUMBER: "Float64",
    SqlType.TEXT: "String",
    SqlType.BOOLEAN: "UInt8",
    SqlType.DATE: "Date",
    SqlType.TIME: "DateTime('UTC')",
}
_AS = {
    (SqlType.WHOLE, SqlType.NUMBER): "toFloat64({})",
    (SqlType.BOOLEAN, SqlType.NUMBER): "toFloat64({})",
    (SqlType.BOOLEAN, SqlType.WHOLE): "toInt64({})",
    (SqlType.WHOLE, SqlType.BOOLEAN): "({} != 0)",
    (SqlType.NUMBER, SqlType.BOOLEAN): "({} != 0)",
    # The engine would make a time of 1970 of a day after 2105.
    (SqlType.DATE, SqlType.TIME): "toDateTime(accurateCastOrNull(toInt64(toInt32({})) * 86400, 'UInt32'), 'UTC')",
}


def common_type(types: Iterable[SqlType]) -> SqlType | None:
    """The one of which values of all these may be; None where they do not go together."""
    found = {*types} - {SqlType.NULL}
    if not found:
        return SqlType.NULL
    if len(found) == 1:
        return found.pop()
    if found <= NUMERIC:
        return SqlType.NUMBER if SqlType.NUMBER in found else SqlType.WHOLE
    return SqlType.TIME if found <= DAYS else None


def typed_sql(sql: str, is_: SqlType, to: SqlType) -> str:
    """A value as one of another type, which it may be."""
    if is_ is to:
        return sql
    return null_sql(to, sql) if is_ is SqlType.NULL else _AS[is_, to].format(sql)


def null_sql(type_: SqlType, sql: str = "NULL") -> str:
    """Null, of a type; `sql` is what is null."""
    return f"CAST({sql} AS Nullable({engine_type(type_)}))"


def engine_type(type_: SqlType) -> str:
    """What the engine calls it; null has no type of its own."""
    return _OF_ENGINE[type_]


def finite_sql(sql: str) -> str:
    """A number that was calculated; null where it is too large for one, or is none, as 1 / 0 and the root of -1."""
    return f"ifNotFinite({sql}, {null_sql(SqlType.NUMBER)})"


def whole_sql(sql: str) -> str:
    """A whole number that was calculated in 128 bits; null where it has more than 64."""
    return f"accurateCastOrNull({sql}, 'Int64')"
