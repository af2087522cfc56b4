"""Times as StatsMix prints them, and as its clients were seen to write them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,]\d{1,9})?)?(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
)
# A `+` that was not encoded comes as a blank: `12:33:53 0200`. What stands in brackets is the zone's name once more.
_ZONE = r"(?P<zone>Z|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|(?<=\s)\d{2}:?\d{2}|[A-Z]{2,4})?(?:\s*\([^()]*\))?"
_REST = rf"(?:[T\s,]*(?:GMT|UTC)?[T\s,]*{_TIME})?\s*{_ZONE}"
_DAY = r"(?P<day>\d{1,2})"
_NAMED = r"(?P<name>[A-Z][a-z]{2})[a-z]*"
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s+)?"
_SHAPES = tuple(
    re.compile(shape, re.ASCII)
    for shape in (
        rf"(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2{_DAY}{_REST}",  # 2012-7-8 1:2:3, 2012/09/01 10:00:00
        rf"(?P<month>\d{{1,2}})/{_DAY}/(?P<year>\d{{4}}){_REST}",  # 10/5/2012 3:04:05 PM
        rf"{_DAY}\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}){_REST}",  # 5.10.2012 15:04:05
        rf"{_WEEKDAY}{_NAMED}\s+{_DAY},?\s+(?P<year>\d{{4}}){_REST}",  # Sun Jul 08 2012 12:33:53 GMT+0200 (CEST)
        rf"{_WEEKDAY}{_DAY}\s+{_NAMED}\s+(?P<year>\d{{4}}){_REST}",  # Sun, 08 Jul 2012 12:33:53 +0000
        rf"{_WEEKDAY}{_NAMED}\s+{_DAY}\s+{_TIME}\s+{_ZONE}\s+(?P<year>\d{{4}})",  # Sun Jul 08 12:33:53 UTC 2012
    )
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), start=1
    )
}
_OFFSETS = {"Z": 0, "UTC": 0, "GMT": 0, "UT": 0}
# Those of mail headers, the only names that mean one thing.
_OFFSETS |= {"EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420}
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-]?)(\d{1,2}):?(\d{2})?", re.ASCII)
_TEXT_MAX = 80
_HALF_DAY = 12
_MINUTES_MAX = 18 * 60
_END_S = 2**32  # 2106


def read_time(text: str, zone: tzinfo = UTC) -> int | None:
    """Unix milliseconds, of a whole second from 1970 to 2106; None of what is no time. Without an offset it is one of
    `zone`; a day alone is its midnight there. `10/5/2012` is a day of October unless it can only be one of May.
    """
    text = " ".join(text.split())
    if not text or len(text) > _TEXT_MAX:
        return None
    for shape in _SHAPES:
        found = shape.fullmatch(text)
        if found is not None:
            return _milliseconds(found.groupdict(), zone)
    return None


def _milliseconds(parts: Mapping[str, str | None], zone: tzinfo) -> int | None:
    try:
        moment = _moment(parts, zone)
    except (ValueError, KeyError, OverflowError):
        return None
    seconds = int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    return seconds * 1000 if 0 <= seconds < _END_S else None


def _moment(parts: Mapping[str, str | None], zone: tzinfo) -> datetime:
    """Raises ValueError, KeyError for a month, an hour, a zone that there is not."""
    day = int(parts["day"] or "")
    month = _MONTHS[parts["name"] or ""] if parts.get("name") else int(parts["month"] or "")
    if month > len(_MONTHS) >= day:
        month, day = day, month
    hour = _hour(int(parts["hour"] or "0"), parts["half"])
    minute, second = int(parts["minute"] or "0"), int(parts["second"] or "0")
    where = _zone_of(parts["zone"]) if parts["zone"] else zone
    return datetime(int(parts["year"] or ""), month, day, hour, minute, second, tzinfo=where)


def _hour(hour: int, half: str | None) -> int:
    """Of a clock of 24 hours. Raises ValueError."""
    if half is None:
        return hour
    if not 1 <= hour <= _HALF_DAY:
        raise ValueError("a clock with AM and PM has hours from 1 to 12")
    return hour % _HALF_DAY + (_HALF_DAY if half in "pP" else 0)


def _zone_of(text: str) -> tzinfo:
    """Raises ValueError, KeyError."""
    if text in _OFFSETS:
        return timezone(timedelta(minutes=_OFFSETS[text]))
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise ValueError("no zone that means one thing")
    sign, hours, minutes = found.groups()
    offset = int(hours) * 60 + int(minutes or "0")
    if offset > _MINUTES_MAX:
        raise ValueError("no zone is so far away")
    return timezone(timedelta(minutes=-offset if sign == "-" else offset))


def printed(ms: int) -> str:
    """A time as v2 prints it: `2010-03-04T04:13:20Z`."""
    return printed_in(ms, UTC).removesuffix("+00:00") + "Z"


def printed_in(ms: int, zone: tzinfo) -> str:
    """A time as v1 prints it, with the offset of a zone: `2010-03-03T21:13:20-07:00`."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=ms // 1000)
    return moment.astimezone(zone).isoformat(timespec="seconds")
