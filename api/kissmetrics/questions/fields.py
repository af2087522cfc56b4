"""Objects in the parameters of queries, as both later Query APIs spell their keys, and the words that stand in them:

    fields_of({"dateRange": "today"}, "date_range")     {"date_range": "today"}
    fields_of({"start": 5}, "start_date")               FilterError: start is no key here
    word_in("last", {"first": 1, "last": 2}, "value")   2
    unwrapped('{"type": "group"}')                      {"type": "group"}

What is said may be any JSON; what means nothing is told, and never left out silently.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import orjson

from tilde.domain.people.question import SECONDS_END

Meant = TypeVar("Meant")
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_MISSPELLED = {"frequency_occurance": "frequency_occurrence", "frequency_occurence": "frequency_occurrence"}
_OF_CLIENTS = frozenset({"version", "options", "label", "sort", "order", "product_id", "query_type", "title", "name"})
"""What real clients say besides, and nothing hangs on."""
_OF_PAGES = frozenset({"limit", "offset"})
"""What they say beside a question, and say again where they read its answer."""
DATES = ("date_range", "start_date", "end_date")
_TRUE, _FALSE = (True, "true", 1, "1"), (None, False, "false", 0, "0")


class FilterError(ValueError):
    """A filter that means nothing; the text says which part of it, and why."""


def fields_of(said: Any, *keys: str) -> Mapping[str, Any]:
    """Of an object, with names as the third API spells them; with `keys` it has no others. Raises FilterError."""
    if not isinstance(said, dict):
        raise FilterError("a filter and its parts are objects")
    spelled = ((_CAPITAL.sub("_", name).lower(), value) for name, value in said.items())
    fields = {_MISSPELLED.get(name, name): value for name, value in spelled}
    if keys:
        require_keys(fields, *keys)
    return fields


def fields_beside(said: Any, *keys: str) -> Mapping[str, Any]:
    """The same of what stands around a question, where clients may say how much of the answer they want."""
    return fields_of({name: said[name] for name in said if name not in _OF_PAGES}, *keys)


def require_keys(fields: Mapping[str, Any], *keys: str) -> None:
    """Raises FilterError for one that is neither among them, nor of those that clients say besides."""
    unknown = fields.keys() - _OF_CLIENTS - {*keys}
    if unknown:
        raise FilterError(f"{min(unknown)} is no key here: there are {', '.join(keys)}")


def word_in(said: Any, words: Mapping[str, Meant], name: str) -> Meant:
    """What a word stands for. Raises FilterError."""
    if not isinstance(said, str) or said not in words:
        raise FilterError(f"{name} is {said!r}: it is one of {', '.join(words)}")
    return words[said]


def said_in(fields: Mapping[str, Any], name: str, otherwise: Any = None) -> Any:
    """What is said under a key; `otherwise` where nothing is: no key, null, or an empty text, as forms send it. Empty
    lists and objects, 0 and false are something.
    """
    said = fields.get(name)
    return otherwise if said is None or said == "" else said


def text_in(fields: Mapping[str, Any], name: str, otherwise: str) -> str:
    """A text, or a number as one; `otherwise` where nothing is said. Raises FilterError."""
    said = said_in(fields, name, otherwise)
    if not isinstance(said, str | int | float) or isinstance(said, bool):
        raise FilterError(f"{name} is {said!r}: it is a text")
    return str(said)


def flag_in(fields: Mapping[str, Any], name: str) -> bool:
    """Whether it is so; not, where nothing is said. Raises FilterError."""
    said = fields.get(name)
    if said in _TRUE:
        return True
    if said in _FALSE:
        return False
    raise FilterError(f"{name} is {said!r}: it is true or false")


def unwrapped(said: Any) -> Any:
    """What a text of JSON says, an object or a list; anything else as it is. The documentation of the third API has
    `query_params` and parts of it as such texts, and clients that are made of it send them so.
    """
    if not isinstance(said, str) or not said.lstrip().startswith(("{", "[")):
        return said
    try:
        return orjson.loads(said)
    except orjson.JSONDecodeError:
        return said


def whole_in(said: Any, name: str) -> int:
    """A whole number from 0 on, which a client may write as a text. Raises FilterError."""
    try:
        number = int(said)
    except (TypeError, ValueError, OverflowError):
        number = -1
    is_whole = not isinstance(said, bool) and (not isinstance(said, float) or said == number)
    if not is_whole or not 0 <= number < SECONDS_END:
        raise FilterError(f"{name} is {said!r}: it is a whole number from 0 on")
    return number
