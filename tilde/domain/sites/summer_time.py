"""When clocks are one hour on: in the United States, and in the European Union, by the rules that each year had.

A table is a row of moments, summer's beginning and its end in turn. The rule of the newest year goes on to 2106, the
last year that an event may have; where a table does not reach there is no summer.
"""

from datetime import date

SUMMER_S = 3_600
_HOUR_S = 3_600
_DAY_S = 86_400
_WEEK_DAYS = 7
_EPOCH = date(1970, 1, 1).toordinal()
_YEARS_END = 2107


def _sunday_from(year: int, month: int, day: int) -> int:
    """When the first Sunday begins that is not before this day."""
    ordinal = date(year, month, day).toordinal()  # day 7 of all days was a Sunday
    return (ordinal + -ordinal % _WEEK_DAYS - _EPOCH) * _DAY_S


def _begins_in_the_usa(year: int) -> int:
    match year:
        case 1974:  # the energy crisis
            return _sunday_from(year, 1, 6)
        case 1975:
            return _sunday_from(year, 2, 23)
        case _ if year < 1987:  # noqa: PLR2004 - the last Sunday of April
            return _sunday_from(year, 4, 24)
        case _ if year < 2007:  # noqa: PLR2004 - the first one
            return _sunday_from(year, 4, 1)
        case _:  # the second one of March
            return _sunday_from(year, 3, 8)


def _ends_in_the_usa(year: int) -> int:
    """The last Sunday of October, then the first of November."""
    return _sunday_from(year, 10, 25) if year < 2007 else _sunday_from(year, 11, 1)  # noqa: PLR2004


def _begins_in_the_eu(year: int) -> int:
    """The last Sunday of March."""
    return _sunday_from(year, 3, 25)


def _ends_in_the_eu(year: int) -> int:
    """The last Sunday of September, then that of October."""
    return _sunday_from(year, 9, 24) if year < 1996 else _sunday_from(year, 10, 25)  # noqa: PLR2004


IN_THE_USA = tuple(
    moment
    for year in range(1967, _YEARS_END)
    for moment in (_begins_in_the_usa(year) + 2 * _HOUR_S, _ends_in_the_usa(year) + _HOUR_S)
)
"""In seconds since 1970 as a clock of standard time shows them, so it is one table for all zones: at two o'clock, which
in autumn is one o'clock of standard time. From 1967, when the Uniform Time Act held first.
"""

IN_THE_EU = tuple(
    moment + _HOUR_S for year in range(1981, _YEARS_END) for moment in (_begins_in_the_eu(year), _ends_in_the_eu(year))
)
"""In seconds since 1970, UTC: at one o'clock everywhere. From 1981, when the first directive held; before, each member
had days of its own. Until 1995 the end was left to the members: this is that of all but the United Kingdom and Ireland,
which waited until October.
"""
