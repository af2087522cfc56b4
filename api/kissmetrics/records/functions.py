"""The functions of this SQL, pure: each with the number of its arguments and how the engine says it; no others are
there.

None looks at anything but its arguments, and none makes of a short value a long one. What counts is signed: the engine
puts no number below zero beside one of its own counts, as in `coalesce(n, -1)`.
"""

from typing import NamedTuple


class Function(NamedTuple):
    """`written` has its arguments in the place of `{}`, with commas between them; how many there are, at least and at
    most.
    """

    written: str
    least: int = 1
    most: int = 1


FUNCTIONS = {
    "abs": Function("abs({})"),
    "ceil": Function("ceil({})"),
    "ceiling": Function("ceil({})"),
    "concat": Function("concat({})", 1, 20),
    "day": Function("toDayOfMonth({})"),
    "day_of_week": Function("toDayOfWeek({})"),
    "exp": Function("exp({})"),
    "floor": Function("floor({})"),
    "from_unixtime": Function("toDateTime(accurateCastOrNull(floor({}), 'UInt32'), 'UTC')"),
    "greatest": Function("greatest({})", 1, 20),
    "hour": Function("toHour({})"),
    "least": Function("least({})", 1, 20),
    "length": Function("toInt64(lengthUTF8({}))"),
    "ln": Function("log({})"),
    "log10": Function("log10({})"),
    "lower": Function("lowerUTF8({})"),
    "minute": Function("toMinute({})"),
    "mod": Function("modulo({})", 2, 2),
    "month": Function("toMonth({})"),
    "nullif": Function("nullIf({})", 2, 2),
    "pow": Function("pow({})", 2, 2),
    "power": Function("pow({})", 2, 2),
    "quarter": Function("toQuarter({})"),
    "round": Function("round({})", 1, 2),
    "second": Function("toSecond({})"),
    "sign": Function("sign({})"),
    "sqrt": Function("sqrt({})"),
    "strpos": Function("toInt64(positionUTF8({}))", 2, 2),
    "substr": Function("substringUTF8({})", 2, 3),
    "substring": Function("substringUTF8({})", 2, 3),
    "to_unixtime": Function("toUnixTimestamp({})"),
    "trim": Function("trimBoth({})"),
    "upper": Function("upperUTF8({})"),
    "year": Function("toYear({})"),
}
AGGREGATES = {
    "approx_distinct": Function("toInt64(uniq({}))"),
    "avg": Function("avgOrNull({})"),
    "count_if": Function("toInt64(countIf({}))"),
    "max": Function("maxOrNull({})"),
    "min": Function("minOrNull({})"),
    "stddev": Function("stddevSampOrNull({})"),
    "sum": Function("sumOrNull({})"),
    "variance": Function("varSampOrNull({})"),
}
"""Of plain values, null over no rows; `count`, and those below, also of others."""
CHOOSING = {
    "any_value": Function("anyOrNull({})"),
    "arbitrary": Function("anyOrNull({})"),
    "max_by": Function("argMaxOrNull({})", 2, 2),
    "min_by": Function("argMinOrNull({})", 2, 2),
}
"""Aggregates whose value is one of their first argument."""
UNITS = {
    "second": "toStartOfInterval({}, toIntervalSecond(1))",
    "minute": "toStartOfMinute({})",
    "hour": "toStartOfHour({})",
    "day": "toDate(toStartOfDay({}))",
    "week": "toMonday({})",
    "month": "toStartOfMonth({})",
    "quarter": "toStartOfQuarter({})",
    "year": "toStartOfYear({})",
}
"""Of date_trunc. None takes a number: the engine would make some time of any."""
_WHOLE = "accurateCastOrNull(trunc({}), 'Int64')"
_NUMBER = "toFloat64OrNull(toString({}))"
_DATE, _TIME = (f"unhex('{form.encode().hex()}')" for form in ("%Y-%m-%d", "%Y-%m-%d %H:%i:%s"))
_MIDNIGHT = f"unhex('{b' 00:00:00'.hex()}')"
TYPES = {
    "bigint": _WHOLE.format(_NUMBER),
    "int": _WHOLE.format(_NUMBER),
    "integer": _WHOLE.format(_NUMBER),
    "double": _NUMBER,
    "real": _NUMBER,
    "varchar": "toString({})",
    "date": f"toDate(parseDateTimeOrNull(substring(toString({{}}), 1, 10), {_DATE}, 'UTC'))",
    "timestamp": f"parseDateTimeOrNull(substring(concat(toString({{}}), {_MIDNIGHT}), 1, 19), {_TIME}, 'UTC')",
}
"""Of CAST: null where a value is none of the type, as the 13th month, or 1e300 as a whole number."""
TYPES_OF_NUMBERS = {"bigint": _WHOLE, "int": _WHOLE, "integer": _WHOLE, "double": "{}", "real": "{}"}
"""Of CAST of a property, whose number it is."""
