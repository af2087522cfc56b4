"""What a batch says: pure rules. Its items are requests to `/e` and `/a` in other words."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from producers.kissmetrics.reading import Said, alias, event
from producers.kissmetrics.reasons import Reason, Rejection
from tilde.dialects.kissmetrics import AT, AT_IS_SAID, NAME, PERSON
from tilde.domain.texts import is_text
from tilde.web.parameters import Parameters

ITEMS_MAX = 1_000
BODY_BYTES_MAX = 256 << 10  # one transaction's portion of the log; a thousand items of usual size
_ENDS = (b"}]}", b"}]")
_MEANT = {"identity": PERSON, "event": NAME, "alias": NAME, "timestamp": AT}


def items_of(envelope: Any) -> list[Any]:
    """The items, `{"data": [..]}`, or the array alone. Raises Rejection."""
    items = envelope.get("data") if isinstance(envelope, dict) else envelope
    if not isinstance(items, list):
        raise Rejection(Reason.BAD_JSON)
    if len(items) > ITEMS_MAX:
        raise Rejection(Reason.TOO_MANY_ITEMS)
    return items


def completed(body: bytes) -> list[bytes]:
    """What it may have been, as its client says how many characters it has, and not how many bytes: as many bytes are
    missing at its end as its texts have beyond one a character. None where these were more than closing brackets.
    """
    missing = len(body) - len(body.decode(errors="ignore"))
    return [body + end[-missing:] for end in _ENDS if 0 < missing <= len(end)]


def said_in(item: Any) -> Said:
    """What one says: an alias where it names one, an event where it names one, else properties. Its time is its own.
    Raises Rejection.
    """
    if not isinstance(item, dict):
        raise Rejection(Reason.BAD_ITEM)
    fields: Parameters = {AT_IS_SAID: "1"}
    for name, text in texts_of(item):
        fields.setdefault(_MEANT.get(name, name), text)
    return alias(fields) if _text_of(item.get("alias")) else event(fields)


def texts_of(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Its names and values, as a query has them, without those of which nothing is said. Raises Rejection."""
    for name, value in item.items():
        text = _text_of(value)
        if not is_text(name) or not is_text(text):
            raise Rejection(Reason.BAD_ITEM)
        if text:
            yield name, text


def _text_of(value: object) -> str:
    """A value as a query has it; nothing of null. Raises Rejection for what is no single value, and no number that a
    float can be.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Mapping | list) or (isinstance(value, float) and not isfinite(value)):
        raise Rejection(Reason.BAD_ITEM)
    return json.dumps(value)
