"""The functions of this SQL, pure: each with the number of its arguments and how the engine says it; no others are
there.

None looks at anything but its arguments, and none makes of a short value a long one.
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
    "from_unixtime": Function("toDateTime(toInt64({}), 'UTC')"),
    "greatest": Function("greatest({})", 1, 20),
    "hour": Function("toHour({})"),
    "least": Function("least({})", 1, 20),
    "length": Function("lengthUTF8({})"),
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
    "strpos": Function("positionUTF8({})", 2, 2),
    "substr": Function("substringUTF8({})", 2, 3),
    "substring": Function("substringUTF8({})", 2, 3),
    "to_unixtime": Function("toUnixTimestamp({})"),
    "trim": Function("trimBoth({})"),
    "upper": Function("upperUTF8({})"),
    "year": Function("toYear({})"),
}
AGGREGATES = {
    "approx_distinct": Function("uniq({})"),
    "avg": Function("avg({})"),
    "count_if": Function("countIf({})"),
    "max": Function("max({})"),
    "min": Function("min({})"),
    "stddev": Function("stddevSamp({})"),
    "sum": Function("sum({})"),
    "variance": Function("varSamp({})"),
}
"""Of plain values; `count`, and those below, also of others."""
CHOOSING = {
    "any_value": Function("any({})"),
    "arbitrary": Function("any({})"),
    "max_by": Function("argMax({})", 2, 2),
    "min_by": Function("argMin({})", 2, 2),
}
"""Aggregates whose value is one of their first argument."""
UNITS = {
    "second": "toStartOfSecond(toDateTime64({}, 0, 'UTC'))",
    "minute": "toStartOfMinute({})",
    "hour": "toStartOfHour({})",
    "day": "toDate({})",
    "week": "toMonday({})",
    "month": "toStartOfMonth({})",
    "quarter": "toStartOfQuarter({})",
    "year": "toStartOfYear({})",
}
"""Of date_trunc."""
TYPES = {
    "bigint": "toInt64(toFloat64OrNull(toString({})))",
    "int": "toInt64(toFloat64OrNull(toString({})))",
    "integer": "toInt64(toFloat64OrNull(toString({})))",
    "double": "toFloat64OrNull(toString({}))",
    "real": "toFloat64OrNull(toString({}))",
    "varchar": "toString({})",
    "date": "toDate({})",
    "timestamp": "toDateTime({}, 'UTC')",
}
"""Of CAST."""
OF_NUMBERS = {"bigint": "toInt64({})", "int": "toInt64({})", "integer": "toInt64({})", "double": "{}", "real": "{}"}
"""Of CAST of a property, whose number it is."""
