"""JSON as old clients write it: what is wrong in one item spoils that item, and never the batch.

A body that is as it should be takes one call. All others are read in steps, each of which looks at every byte once,
whatever was sent: the bytes as text, what is no JSON in it replaced, then Python's own parser, which is patient; and
where that is not enough, item by item.
"""

import json
import re
from codecs import BOM_UTF8
from contextlib import suppress
from math import isnan, nan
from typing import Any

import orjson

from producers.web.json_items import with_bad_items_replaced
from tilde.web.parameters import decoded

NO_VALUE = nan
"""What stands in place of `NaN` and its kin: no name, finite number, time, key or list, so whoever wants one refuses
it; and nothing that JSON can say, as `false` is.
"""
_NO_VALUE_IN_JSON = "NaN"
WHOLE_DIGITS_MAX = 20  # with a sign; what is longer is no integer of 64 bits
WHOLE_MIN, WHOLE_MAX = -(2**63), 2**64 - 1
MENDED_MAX = 10_000  # places in one body: each costs a microsecond, and a batch has a thousand items
# Commas, or colons, or pairs of backslashes, where patience is needed: a thousand items of a hundred stats have half.
MARKS_MAX = 200_000
PARTS_OF_PIECE = 256  # looked at in one go, between which others may run: a regular expression lets nobody
QUOTES_MAX = 100_000  # what is between them is UTF-8 or Windows-1252, each; an item of a batch has some sixteen

# JSON is: white space, brackets, strings (one that never ends too), commas and colons with something behind them,
# numbers, words. Nothing that was taken is given back.
_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"
# Behind a colon no JSON has a second word: `1,5` as half of the world writes it, `1,5e+06`, `1.234,5`, `1 500`, `5 ms`.
_WORD = r'[^\s{}\[\]:,"]++'
WORDS_MAX = 20
_WORDS = rf"{_WORD}(?:[\s,]++{_WORD}){{1,{WORDS_MAX}}}+(?=\s*+[,}}])"
_VALUE = rf'(?:{_NUMBER}|true|false|null)(?![^\s{{}}\[\]:,"])'
_JSON = rf"{_STRING}|[\s{{}}\[\]]++|,(?!\s*+[}}\]])|:(?!\s*+(?:[}}\],]|{_WORDS}))|{_VALUE}"
_PIECE = re.compile(
    rf'(?P<json>(?:{_JSON}){{1,{PARTS_OF_PIECE}}}+)|(?P<colon>:(?:\s*+{_WORDS})?+)|(?P<comma>,)|[^\s{{}}\[\]:,"]++',
    re.DOTALL,
)
# A backslash that escapes nothing, as in an un-escaped path of Windows: half a surrogate pair in its place spoils no
# more than the string.
_NO_ESCAPE = re.compile(rf'((?:[^\\]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{{4}}){{1,{PARTS_OF_PIECE}}}+)|\\')
_NO_JSON = (ValueError, RecursionError)


def _whole(digits: str) -> int | float:
    """As a body that is as it should be has it: an integer of 64 bits, or the float that is nearest."""
    if len(digits) <= WHOLE_DIGITS_MAX and WHOLE_MIN <= (whole := int(digits)) <= WHOLE_MAX:
        return whole
    return float(digits)


_PATIENT = json.JSONDecoder(strict=False, parse_int=_whole, parse_constant=lambda _: NO_VALUE)


class NoJsonError(Exception):
    """A body that has no JSON value, or more parts than one of ours can have."""


def is_no_value(value: object) -> bool:
    """Whether it is NO_VALUE."""
    return isinstance(value, float) and isnan(value)


def parse_strictly(body: bytes) -> Any:
    """The JSON value of a body that is as it should be. Raises NoJsonError of all others."""
    try:
        return orjson.loads(body.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError:
        raise NoJsonError from None


def parse_patiently(body: bytes) -> Any:
    """The value of a body that is not. Raises NoJsonError where it has none. It costs twenty times as much.

    Taken are: a comma behind the last item, as old examples have it; `NaN`, `-Infinity`, `undefined`, nothing at
    all, `1,5` and other words that are no JSON, as NO_VALUE; numbers beyond all floats, as infinite ones; half a
    surrogate pair, as JavaScript leaves of an emoji that it cuts, and what backslashes that escape nothing become;
    control characters in strings; a byte order mark, UTF-16; and bytes that are not UTF-8, as Windows-1252. An item of
    a list that is no JSON for any other reason, as `{"stat":"a",,"count":1}`, is NO_VALUE as a whole, if its quotes and
    brackets are in pairs.
    """
    if max(body.count(b","), body.count(b":"), body.count(b"\\") // 2) > MARKS_MAX:
        raise NoJsonError
    with suppress(*_NO_JSON):
        value = _patiently(_text(body))
        if not is_no_value(value):
            return value
    raise NoJsonError


def _patiently(text: str) -> Any:
    with suppress(*_NO_JSON):
        return _PATIENT.decode(text)
    pieces_max = MENDED_MAX + len(text) // PARTS_OF_PIECE
    text = _PIECE.sub(_mended, text, pieces_max)
    with suppress(*_NO_JSON):
        return _PATIENT.decode(text)
    text = _NO_ESCAPE.sub(lambda piece: piece[1] or r"\ud800", text, pieces_max)
    with suppress(*_NO_JSON):
        return _PATIENT.decode(text)
    return _PATIENT.decode(with_bad_items_replaced(text, _PATIENT.decode, _NO_VALUE_IN_JSON))


def _text(body: bytes) -> str:
    """The bytes as text: each string by itself where not all are UTF-8, since clients of several kinds share a relay.

    Raises UnicodeDecodeError.
    """
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-8"):
        return body.decode(encoding, "surrogatepass")
    return '"'.join(map(decoded, body.removeprefix(BOM_UTF8).split(b'"', QUOTES_MAX)))


def _mended(piece: re.Match[str]) -> str:
    if piece["json"]:
        return piece["json"]
    if piece["comma"]:
        return ""
    return f":{_NO_VALUE_IN_JSON}" if piece["colon"] else _NO_VALUE_IN_JSON
