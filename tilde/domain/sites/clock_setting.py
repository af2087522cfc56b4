"""How a site's clock is set: a number of hours from GMT and a rule for summer time, or an IANA zone."""

import re
from typing import NamedTuple

from tilde.domain.stats.numbers import finite

RULES = ("usa", "eu", "1", "0")
OFFSET_H_MIN = -12
OFFSET_H_MAX = 14  # 12 is not enough: New Zealand and Kiribati are further
_HOUR_S = 3_600
_ZONE = re.compile(r"(?:GMT|UTC)\s*", re.IGNORECASE)
_CLOCK = re.compile(r"([+-]?)(\d{1,2}):?([0-5]\d)", re.ASCII)
_HOURS_MINUTES = re.compile(r"[+-]?(?:\d{1,2}:\d{2}|\d{4})", re.ASCII)


def read_offset_s(text: str) -> int | None:
    """Seconds east of GMT, of `-8`, `5.5`, `+5.75`, `-08:00`, `-0800`, `GMT-8` or `UTC+05:45`. None where it is not
    readable, or not from -12 to 14 hours.
    """
    text = text.strip()
    prefix = _ZONE.match(text)
    if prefix is not None:
        text = text[prefix.end() :] or "0"
    if _HOURS_MINUTES.fullmatch(text):
        found = _CLOCK.fullmatch(text)
        if found is None:
            return None
        sign, hours, minutes = found.groups()
        offset_s = (int(hours) * _HOUR_S + int(minutes) * 60) * (-1 if sign == "-" else 1)
    else:
        number = finite(text)
        if number is None or not OFFSET_H_MIN <= number <= OFFSET_H_MAX:
            return None
        offset_s = round(number * _HOUR_S)
    return offset_s if OFFSET_H_MIN * _HOUR_S <= offset_s <= OFFSET_H_MAX * _HOUR_S else None


def read_rule(text: str) -> str | None:
    """The rule that a text names, `usa`, `eu`, `1` or `0`; None of everything else."""
    rule = text.strip().lower()
    return rule if rule in RULES else None


class ClockSetting(NamedTuple):
    """What a site has, and what a hit is stamped with. Without being told it is Pacific time, without summer time."""

    offset_s: int = -8 * _HOUR_S
    """Without summer time, east of GMT; 0 where `rule` is a zone."""
    rule: str = "0"
    """`usa`, `eu`, `1` (always an hour on), `0` (never), or the name of an IANA zone."""
