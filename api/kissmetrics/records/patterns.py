"""LIKE, pure: `%` is anything, `_` one character. Its time is bounded by text and pattern, whatever they are: what
stands between two `%` is taken where it comes first, and never looked for again.
"""

import re
from functools import lru_cache


def is_like(text: str, pattern: str, *, is_blind: bool = False) -> bool:
    """Whether a text is as a pattern; `is_blind`: whatever the case of its letters."""
    if is_blind:
        text, pattern = text.casefold(), pattern.casefold()
    first, *others = pattern.split("%")
    if not others:
        return len(text) == len(first) and _is_at(text, first, 0)
    *middle, last = others
    if len(text) < len(first) + len(last) or not (_is_at(text, first, 0) and _is_at(text, last, len(text) - len(last))):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = _found(text, part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _is_at(text: str, part: str, at: int) -> bool:
    return _part(part).match(text, at) is not None


def _found(text: str, part: str, start: int, end: int) -> int:
    found = _part(part).search(text, start, end)
    return -1 if found is None else found.start()


@lru_cache(1_000)
def _part(part: str) -> "re.Pattern[str]":
    return re.compile("".join("." if one == "_" else re.escape(one) for one in part), re.DOTALL)
