"""StatHat's posts, read from parameters or JSON: pure rules, in the order that docs/compatibility.md lists them."""

import re
from contextlib import suppress
from typing import Any

import orjson

from producers.stathat.reasons import Reason, Rejection
from producers.web.json_bodies import is_no_value
from tilde.domain.stats.fanout import trimmed_name
from tilde.domain.stats.metrics import Kind
from tilde.domain.stats.numbers import finite, unix_seconds
from tilde.domain.texts import trimmed, with_plus
from tilde.web.parameters import Fields, decoded

BATCH_ITEMS_MAX = 1_000  # StatHat's own limit
BODY_BYTES_MAX = 4 << 20  # a batch: a thousand items with a fan-out of ten names each stay below it
_COUNTS = {str(count): float(count) for count in range(1_000)}
"""What nearly all posts count: a look-up, where a regular expression takes six times as long."""
_BAD_COUNT, _BAD_VALUE = Reason.BAD_COUNT, Reason.BAD_VALUE  # at hand, as COUNTER is
FORM_BYTES_MAX = 512 << 10  # one post: the widest fan-out of the longest names, percent-encoded, stays below it


def ezkey_of(*sources: Fields) -> str:
    """The ezkey, or its synonym email, of the first source that has one. As it was sent: the look-up trims it. Raises
    Rejection.
    """
    for fields in sources:
        for name in ("ezkey", "email"):
            ezkey = fields.get(name)
            if isinstance(ezkey, str) and (ezkey.isalnum() or trimmed(ezkey)):  # as nearly all keys are
                return ezkey
    raise Rejection(Reason.NO_EZKEY)


def read(fields: Fields) -> tuple[str, float | None, float | None, int | None]:
    """(name, count, value, t) of a post; with both a count and a value it counts for two stats, and one of them is
    there. The name is trimmed as its parts will be, t is in unix seconds. Raises Rejection.
    """
    raw = fields.get("stat")
    name = raw.strip() if type(raw) is str and raw.isascii() else _name(raw)
    if not name:
        raise Rejection(Reason.NO_STAT)
    # Most posts have one of the two, and no call is made for what is not there: batches have a thousand items.
    count, value, t = fields.get("count"), fields.get("value"), fields.get("t")
    count = None if count is None else _number(count, _BAD_COUNT)
    value = None if value is None else _number(value, _BAD_VALUE)
    if count is None and value is None:
        raise Rejection(Reason.NO_COUNT_OR_VALUE)
    return name, count, value, None if t is None else _time(t)


def _name(raw: object) -> str | None:
    """The trimmed name; none where none was sent. Raises Rejection where it is no text."""
    if raw is None:
        return None
    if type(raw) is not str:
        raise Rejection(Reason.BAD_STAT_NAME)
    return trimmed_name(raw)


def number_of(fields: Fields, kind: Kind) -> float:
    """The number of a classic post: a count is 1 unless sent, a value has to be sent. Raises Rejection."""
    if kind is Kind.COUNTER:
        count = _number(fields.get("count"), Reason.BAD_COUNT)
        return 1.0 if count is None else count
    value = _number(fields.get("value"), Reason.BAD_VALUE)
    if value is None:
        raise Rejection(Reason.NO_COUNT_OR_VALUE)
    return value


def _number(raw: object, reason: Reason) -> float | None:
    """The number; None where none was sent. Raises Rejection with the reason where it is none."""
    if type(raw) is str:
        if (count := _COUNTS.get(raw)) is not None:
            return count
        raw = with_plus(trimmed(raw))  # npm stathat and Lua write 1e+21
    if raw is None or raw == "":
        return None
    number = finite(raw)
    if number is None:
        raise Rejection(reason)
    return number


def t_of(fields: Fields) -> int | None:
    """The time as sent, in unix seconds; None where none was. Raises Rejection."""
    return _time(fields.get("t"))


def _time(raw: object) -> int | None:
    if type(raw) is str:
        raw = trimmed(raw)
    if raw is None or raw == "":
        return None
    t = unix_seconds(raw)
    if t is None:
        raise Rejection(Reason.BAD_T)
    return t


def is_single(envelope: Fields) -> bool:
    """Whether an envelope is a post itself: it has no `data`, or names a stat beside an empty one. So `{"Data": [..]}`
    is refused as a post without a stat, and nothing that was not counted is answered ok.
    """
    return "data" not in envelope or ("stat" in envelope and not envelope["data"])


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


def fields_of(item: Any) -> Fields:
    """The fields of an item of a batch; what is no object has none. Raises Rejection where it was no JSON."""
    if is_no_value(item):
        raise Rejection(Reason.BAD_JSON)
    return item if isinstance(item, dict) else {}


def name_length(item: Any) -> int:
    """The characters of an item's name, which is what it costs to read."""
    name = item.get("stat") if type(item) is dict else None
    return len(name) if type(name) is str else 0


_KEY_VALUE = re.compile(rb'\s*+:\s*+"((?:[^"\\]|\\.){1,2000})"')
KEYS_LOOKED_FOR_MAX = 200  # places; a batch names its key once, or in each item the same


def ezkeys_in(body: bytes) -> list[str]:
    """What may be the ezkey of a JSON body, which is not parsed for it: what stands behind the first places of its
    names.
    """
    if b"\0" in body[:4]:
        body = body.replace(b"\0", b"")  # UTF-16
    found: dict[str, None] = {}
    for name in (b'ezkey"', b'email"'):
        place = body.find(name)
        for _ in range(KEYS_LOOKED_FOR_MAX):
            if place < 0:
                break
            if value := _KEY_VALUE.match(body, place + len(name)):
                found[_string(value[1])] = None
            place = body.find(name, place + len(name))
    return list(found)


def _string(raw: bytes) -> str:
    with suppress(ValueError):
        if b"\\" in raw:
            return str(orjson.loads(b'"%s"' % raw))
    return decoded(raw)
