"""Numbers and times as clients write them: finite decimals or exponent notation, whole seconds of 1970 to 2106.

White space around them, CR and LF too, is not part of them.

ClickHouse wraps and clamps silently, so what is out of range is refused here and nowhere else.
"""

import re
from math import isfinite

T_MAX_S = 2**32 - 1  # 2106-02-07T06:28:15Z
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,10}", re.ASCII)
TEXT_MAX = 400  # the longest exact decimal of a 64-bit float has 309 digits before the point


def finite(raw: object) -> float | None:
    """The 64-bit float that `raw` (a JSON number, or text) stands for; None where it is no finite number."""
    if type(raw) is str:
        raw = raw.strip()
        if len(raw) > TEXT_MAX or not _NUMBER.fullmatch(raw):
            return None
        number = float(raw)
    elif type(raw) is float:
        number = raw
    elif type(raw) is int:
        try:
            number = float(raw)
        except OverflowError:
            return None
    else:
        return None
    return number if isfinite(number) else None


def natural(text: str, digits_max: int) -> int | None:
    """The whole number that a text is, `007` too; None where it is none from 0 on, or has more digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits_max else None


def unix_seconds(raw: object) -> int | None:
    """The whole second, 0 to 2^32 - 1, that `raw` (a JSON number, or text) stands for; None where it is none."""
    if type(raw) is str:
        raw = raw.strip()
        if not _WHOLE.fullmatch(raw):
            return None
        seconds = int(raw)
    elif type(raw) is int:
        seconds = raw
    elif type(raw) is float and float(raw).is_integer():
        seconds = int(raw)
    else:
        return None
    return seconds if 0 <= seconds <= T_MAX_S else None
