"""The functions and operators of this SQL that a line says, pure: what each takes, how the engine says it, and of which
type its value is. Those with a rule of their own are in `ruled_functions.py`; no others are there.

None looks at anything but its arguments, and none makes of a short value a long one. Where there is no number, or one
that is too large, there is null.
"""

from collections.abc import Mapping

from api.kissmetrics.records.signatures import Function, Functions, Takes
from api.kissmetrics.records.value_types import DAYS, NUMERIC, SqlType, finite_sql, null_sql, whole_sql

_WHOLE_TYPES = frozenset({SqlType.WHOLE, SqlType.BOOLEAN})
_CONDITION = Takes("a condition", NUMERIC, SqlType.BOOLEAN)
_NUMBER = Takes("a number", NUMERIC, SqlType.NUMBER)
_WHOLE = Takes("a whole number", _WHOLE_TYPES, SqlType.WHOLE)
_EXACT = Takes("a number", _WHOLE_TYPES, SqlType.WHOLE)  # others are taken in another way
_TEXT = Takes("a text", frozenset({SqlType.TEXT}), SqlType.TEXT)
_DAY = Takes("a date or a time", DAYS)
_DATE = Takes("a date", frozenset({SqlType.DATE}), SqlType.DATE)
_TIME = Takes("a time", frozenset({SqlType.TIME}), SqlType.TIME)
_AS_TIME = Takes("a date or a time", DAYS, SqlType.TIME)
_VALUE = Takes("a value", frozenset(SqlType))

CONDITION: Functions = (Function("{}", (_CONDITION,), SqlType.BOOLEAN),)
"""What WHERE and their like take."""


def _exact(written: str, many: int = 1) -> Function:
    return Function(whole_sql(written), (_EXACT,) * many, SqlType.WHOLE)


def _calculated(written: str, many: int = 1) -> Function:
    return Function(finite_sql(written), (_NUMBER,) * many, SqlType.NUMBER)


def _of_text(written: str, gives: SqlType = SqlType.TEXT) -> Functions:
    return (Function(written, (_TEXT,), gives),)


def _of_day(written: str, takes: Takes = _DAY) -> Functions:
    return (Function(f"toInt64({written})", (takes,), SqlType.WHOLE),)


_MODULO = (_exact("toInt128({}) % nullIf(toInt128({}), 0)", 2), _calculated("modulo({}, {})", 2))
_CEILING = (_exact("{}"), _calculated("ceil({})"))
_POWER = (_calculated("pow({}, {})", 2),)
_SHORT = "accurateCastOrNull({}, 'Int32')"  # no text is longer, and the engine fails of the least number of 64 bits
_START, _LONG = _SHORT.format("{1}"), _SHORT.format("{2}")
_NOTHING = f"if({_START} = 0, substringUTF8({{0}}, 1, 0), substringUTF8({{0}}, nullIf({_START}, 0)%s))"
"""It has no character 0, and fails where a column says that one."""
_SUBSTRING = (
    Function(_NOTHING % "", (_TEXT, _WHOLE), SqlType.TEXT),
    Function(_NOTHING % f", if({_LONG} < 0, 0, {_LONG})", (_TEXT, _WHOLE, _WHOLE), SqlType.TEXT),
)
_DAYS_FROM = "toDate(accurateCastOrNull(toInt128(toInt32({})) %s toInt128({}), 'UInt16'))"
_SECONDS_FROM = "toDateTime(accurateCastOrNull(toInt128(toUnixTimestamp({})) %s toInt128({}), 'UInt32'), 'UTC')"
FUNCTIONS: Mapping[str, Functions] = {
    "abs": (_exact("abs({})"), _calculated("abs({})")),
    "ceil": _CEILING,
    "ceiling": _CEILING,
    "day": _of_day("toDayOfMonth({})"),
    "day_of_week": _of_day("toDayOfWeek({})"),
    "exp": (_calculated("exp({})"),),
    "floor": (_exact("{}"), _calculated("floor({})")),
    "from_unixtime": (
        Function("toDateTime(accurateCastOrNull(floor({}), 'UInt32'), 'UTC')", (_NUMBER,), SqlType.TIME),
    ),
    "hour": _of_day("toHour({})", _TIME),
    "length": _of_text("toInt64(lengthUTF8({}))", SqlType.WHOLE),
    "ln": (_calculated("log({})"),),
    "log10": (_calculated("log10({})"),),
    "lower": _of_text("lowerUTF8({})"),
    "minute": _of_day("toMinute({})", _TIME),
    "mod": _MODULO,
    "month": _of_day("toMonth({})"),
    "pow": _POWER,
    "power": _POWER,
    "quarter": _of_day("toQuarter({})"),
    "second": _of_day("toSecond({})", _TIME),
    "sign": (Function("toInt64(sign({}))", (_NUMBER,), SqlType.WHOLE),),
    "sqrt": (_calculated("sqrt({})"),),
    "strpos": (Function("toInt64(positionUTF8({}, {}))", (_TEXT, _TEXT), SqlType.WHOLE),),
    "substr": _SUBSTRING,
    "substring": _SUBSTRING,
    "to_unixtime": _of_day("toUnixTimestamp({})"),
    "trim": _of_text("trimBoth({})"),
    "upper": _of_text("upperUTF8({})"),
    "year": _of_day("toYear({})"),
}
REPEATED = {name: {0: 2, 1: 2, 2: 2} for name in ("substr", "substring")}
"""Arguments that stand in their function more than once, and how often."""
VALUES_MAX = 20
"""Of coalesce, and of the greatest and the least."""
OF_ONE_KIND = {
    "greatest": ("greatest({})", 1, VALUES_MAX),
    "least": ("least({})", 1, VALUES_MAX),
    "nullif": ("nullIf({})", 2, 2),
}
"""Those whose arguments are all numbers, or all texts, or days: at least and at most so many."""
TEXTS_MAX = 20
"""Of concat, which takes any value."""
ROUNDED_DIGITS_MAX = 15
_EXACT_FROM = 2**52  # a float from here on has no fraction
_BELOW_HALF = 0.5 - 2**-54  # the next float below it: 0.49999999999999994 and a half would be 1
_AWAY_FROM_ZERO = (
    "arrayElement(arrayMap(n -> if(abs(n {up} {scale}) < {exact},"
    " sign(n) * floor(abs(n {up} {scale}) + {half}) {down} {scale}, n), [{number}]), 1)"
)
"""Half of a digit away from zero, where the engine would have an even one: 2.5 is 3, as engines of SQL have it."""


def rounded(digits: int) -> Functions:
    """Round, to so many digits behind the point: the engine takes no expression there."""
    up, down = "*/" if digits > 0 else "/*"
    scale, half = f"1e{abs(digits)}", repr(_BELOW_HALF)
    places = {"up": up, "down": down, "scale": scale, "half": half, "exact": _EXACT_FROM, "number": "{}"}
    return _exact(f"round(toInt128({{}}), {digits})"), _calculated(_AWAY_FROM_ZERO.format(**places))


def _sum(sign: str) -> Functions:
    return (
        _exact(f"toInt128({{}}) {sign} toInt128({{}})", 2),
        _calculated(f"{{}} {sign} {{}}", 2),
        Function(_DAYS_FROM % sign, (_DATE, _WHOLE), SqlType.DATE),
        Function(_SECONDS_FROM % sign, (_TIME, _WHOLE), SqlType.TIME),
    )


_BETWEEN_DAYS: Functions = (
    Function("(toInt64(toInt32({})) - toInt64(toInt32({})))", (_DATE, _DATE), SqlType.WHOLE),
    Function("(toInt64(toUnixTimestamp({})) - toInt64(toUnixTimestamp({})))", (_AS_TIME, _AS_TIME), SqlType.WHOLE),
)
OPERATORS: Mapping[str, Functions] = {
    "+": _sum("+"),
    "-": (*_sum("-"), *_BETWEEN_DAYS, _exact("negate(toInt128({}))"), _calculated("negate({})")),
    "*": (_exact("toInt128({}) * toInt128({})", 2), _calculated("{} * {}", 2)),
    "/": (_calculated("{} / {}", 2),),
    "%": _MODULO,
    "NOT": (Function("(NOT {})", (_CONDITION,), SqlType.BOOLEAN),),
}
_LEAST, _GREATEST = Function("minOrNull({})", (_VALUE,)), Function("maxOrNull({})", (_VALUE,))
AGGREGATES: Mapping[str, Functions] = {
    "approx_distinct": (Function("toInt64(uniq({}))", (_VALUE,), SqlType.WHOLE),),
    "avg": (_calculated("avgOrNull({})"),),
    "count_if": (Function("toInt64(countIf({}))", (_CONDITION,), SqlType.WHOLE),),
    "max": (_GREATEST,),
    "min": (_LEAST,),
    "stddev": (_calculated("stddevSampOrNull({})"),),
    "sum": (_exact("sumOrNull(toInt128({}))"), _calculated("sumOrNull({})")),
    "variance": (_calculated("varSampOrNull({})"),),
}
"""Of plain values, null over no rows; those below, and `count`, which has a rule, also of others."""
_ANY: Functions = (Function("anyOrNull({})", (_VALUE,)),)
CHOOSING: Mapping[str, Functions] = {
    "any_value": _ANY,
    "arbitrary": _ANY,
    "max_by": (Function("argMaxOrNull({}, {})", (_VALUE, _VALUE)),),
    "min_by": (Function("argMinOrNull({}, {})", (_VALUE, _VALUE)),),
}
"""Aggregates whose value is one of their first argument."""


def _day(written: str) -> Functions:
    return (Function(written, (_DAY,), SqlType.DATE),)


def _time(written: str) -> Functions:
    return (Function(written, (_AS_TIME,), SqlType.TIME),)


UNITS: Mapping[str, Functions] = {
    "second": _time("toStartOfInterval({}, toIntervalSecond(1))"),
    "minute": _time("toStartOfMinute({})"),
    "hour": _time("toStartOfHour({})"),
    "day": _day("toDate({})"),
    "week": _day("toMonday({})"),
    "month": _day("toStartOfMonth({})"),
    "quarter": _day("toStartOfQuarter({})"),
    "year": _day("toStartOfYear({})"),
}
"""Of date_trunc."""
_TRUNCATED = whole_sql("trunc({})")
_READ = finite_sql("toFloat64OrNull({})")
_OF_TEXT, _OF_WHOLE, _OF_NUMBER, _OF_BOOLEAN, _OF_DATE, _OF_TIME = (
    (Takes(type_.value, frozenset({type_}), type_),)
    for type_ in (SqlType.TEXT, SqlType.WHOLE, SqlType.NUMBER, SqlType.BOOLEAN, SqlType.DATE, SqlType.TIME)
)
_DATE_FORM, _TIME_FORM = (f"unhex('{form.encode().hex()}')" for form in ("%Y-%m-%d", "%Y-%m-%d %H:%i:%s"))
_MIDNIGHT = f"unhex('{b' 00:00:00'.hex()}')"
_READ_DATE = f"toDate(parseDateTimeOrNull(substring({{}}, 1, 10), {_DATE_FORM}, 'UTC'))"
_READ_TIME = f"parseDateTimeOrNull(substring(concat({{}}, {_MIDNIGHT}), 1, 19), {_TIME_FORM}, 'UTC')"


def _no(type_: SqlType) -> Function:
    """What no value of other types is."""
    return Function(f"if(isNull({{}}), {null_sql(type_)}, {null_sql(type_)})", (_VALUE,), type_)


_BIGINT = (
    Function("{}", (_WHOLE,), SqlType.WHOLE),
    Function(_TRUNCATED, _OF_NUMBER, SqlType.WHOLE),
    Function(_TRUNCATED.format(_READ), _OF_TEXT, SqlType.WHOLE),
    _no(SqlType.WHOLE),
)
_DOUBLE = (
    Function("{}", (_NUMBER,), SqlType.NUMBER),
    Function(_READ, _OF_TEXT, SqlType.NUMBER),
    _no(SqlType.NUMBER),
)
TYPES: Mapping[str, Functions] = {
    "bigint": _BIGINT,
    "int": _BIGINT,
    "integer": _BIGINT,
    "double": _DOUBLE,
    "real": _DOUBLE,
    "varchar": (
        Function("{}", (_TEXT,), SqlType.TEXT),
        Function("toString({})", (_VALUE,), SqlType.TEXT),
    ),
    "date": (
        Function("toDate({})", (_DAY,), SqlType.DATE),
        Function(_READ_DATE, _OF_TEXT, SqlType.DATE),
        _no(SqlType.DATE),
    ),
    "timestamp": (
        Function("{}", (_AS_TIME,), SqlType.TIME),
        Function(_READ_TIME, _OF_TEXT, SqlType.TIME),
        _no(SqlType.TIME),
    ),
}
"""Of CAST: null where a value is none of the type, as the 13th month, or 1e300 as a whole number."""
TYPES_OF_NUMBERS = {"bigint", "int", "integer", "double", "real"}
"""Of CAST of a property, whose number it is."""
