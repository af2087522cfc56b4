"""StatHat's posts, read from parameters or JSON: pure rules, in the order that docs/compatibility.md lists them."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson

from tilde.domain.metrics import Kind
from tilde.domain.numbers import finite, unix_seconds
from tilde.domain.rejections import Reason, Rejection

BATCH_ITEMS_MAX = 1_000  # StatHat's own limit
BODY_BYTES_MAX = 4 << 20  # a batch: a thousand items with a fan-out of ten names each stay below it
FORM_BYTES_MAX = 512 << 10  # one post: the widest fan-out of the longest names, percent-encoded, stays below it
MENDED_BYTES_MAX = 256 << 10  # looking for trailing commas takes a tenth of a second at most
# A string that never ends is taken whole too, and nothing is given back: each byte is looked at once, whatever is sent.
_STRING_OR_TRAILING_COMMA = re.compile(rb'("(?:[^"\\]++|\\.)*+"?)|,(?=\s*+[}\]])', re.DOTALL)

Fields = Mapping[str, Any]
"""The fields of one post, by StatHat's names: text from a form, JSON values from a batch."""


def ezkey_of(fields: Fields) -> str:
    """The ezkey, or its synonym email. Raises Rejection."""
    ezkey = fields.get("ezkey") or fields.get("email")
    if not ezkey or not isinstance(ezkey, str):
        raise Rejection(Reason.NO_EZKEY)
    return ezkey


def name_of(fields: Fields) -> str:
    """The stat's name as posted. Raises Rejection."""
    name = fields.get("stat")
    if name is None or name == "":
        raise Rejection(Reason.NO_STAT)
    if not isinstance(name, str):
        raise Rejection(Reason.BAD_STAT_NAME)
    return name


def numbers_of(fields: Fields) -> tuple[float | None, float | None]:
    """(count, value); a post with both counts for two stats. Raises Rejection where neither is there or one is bad."""
    count, value = fields.get("count"), fields.get("value")
    count = None if count is None or count == "" else _number(count, Reason.BAD_COUNT)
    value = None if value is None or value == "" else _number(value, Reason.BAD_VALUE)
    if count is None and value is None:
        raise Rejection(Reason.NO_COUNT_OR_VALUE)
    return count, value


def number_of(fields: Fields, kind: Kind) -> float:
    """The number of a classic post: a count is 1 unless sent, a value has to be sent. Raises Rejection."""
    if kind is Kind.COUNTER:
        return _number(fields.get("count") or "1", Reason.BAD_COUNT)
    value = fields.get("value")
    if not value:
        raise Rejection(Reason.NO_COUNT_OR_VALUE)
    return _number(value, Reason.BAD_VALUE)


def _number(raw: object, reason: Reason) -> float:
    if type(raw) is str and " " in raw:
        raw = raw.replace(" ", "+")  # `1e+21` as npm stathat and Lua send it, un-encoded: its plus arrives as a space
    number = finite(raw)
    if number is None:
        raise Rejection(reason)
    return number


def t_of(fields: Fields) -> int | None:
    """The time as sent, in unix seconds; None where none was. Raises Rejection."""
    raw = fields.get("t")
    if raw is None or raw == "":
        return None
    t = unix_seconds(raw)
    if t is None:
        raise Rejection(Reason.BAD_T)
    return t


def parse_json(body: bytes) -> Any:
    """The JSON value of a body; the trailing comma of StatHat's own example is taken. Raises Rejection.

    Half a surrogate pair, as JavaScript leaves of an emoji that it cuts, and a number beyond all floats are read too:
    they spoil the item that they stand in, not the batch.
    """
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(body)
    with suppress(ValueError, RecursionError):
        return json.loads(body, parse_constant=_no_number)
    if len(body) <= MENDED_BYTES_MAX:
        with suppress(ValueError, RecursionError):
            return json.loads(_STRING_OR_TRAILING_COMMA.sub(rb"\1", body), parse_constant=_no_number)
    raise Rejection(Reason.BAD_JSON)


def _no_number(name: str) -> None:
    """NaN and Infinity are Python's."""
    raise ValueError(name)


def items_of(envelope: Fields) -> list[Any]:
    """The items of a batch; null is none. Raises Rejection where the envelope is bad."""
    items = envelope.get("data")
    if items is None:
        return []
    if not isinstance(items, list):
        raise Rejection(Reason.BAD_JSON)
    if len(items) > BATCH_ITEMS_MAX:
        raise Rejection(Reason.JSON_TOO_LONG)
    return items
