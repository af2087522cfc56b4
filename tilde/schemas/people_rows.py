"""The rows that activity of people becomes, by hand as in `hot`: there is one of `occurrences` for each event, one of
`property_values` for each property that came, one of `people` for each identity.
"""

from collections.abc import Mapping
from typing import Any

from tilde.domain.people.identities import KnownIdentity
from tilde.memo import Memo
from tilde.schemas.codec import header
from tilde.schemas.hot import NULL, SOME, double, long, text
from tilde.schemas.registry import latest
from tilde.schemas.topics import OCCURRENCES, PEOPLE, PROPERTY_VALUES

NAMES_REMEMBERED_MAX = 20_000
_STANDS = b"\0"  # is_deleted
_NO_TEXT = b"\0"
_OCCURRENCE, _VALUE, _PERSON = (header(latest(topic.subject)) for topic in (OCCURRENCES, PROPERTY_VALUES, PEOPLE))


class RowNames(Memo[tuple[int, str], bytes]):
    """Names behind their product, encoded once: nearly all come again."""

    def __init__(self) -> None:
        super().__init__(NAMES_REMEMBERED_MAX)

    def __missing__(self, name: tuple[int, str]) -> bytes:
        product, text_ = name
        return self.keep(name, long(product) + text(text_))


def occurrence_row(name: bytes, stood: bytes) -> bytes:
    """The message of an Occurrence. `name` is of RowNames, `stood` what `stood_of` gives."""
    return _OCCURRENCE + name + stood


def stood_of(event: Mapping[str, Any], version: int) -> bytes:
    """The fields from `at` to `received_at`, which rows of an activity have in common."""
    head = long(event["at"]) + long(event["identity"]) + long(version) + _STANDS
    return head + long(event["event"]) + long(event["received_at"])


def value_row(name: bytes, stood: bytes, event: bytes, value: Mapping[str, Any], sealed: bytes) -> bytes:
    """The message of a PropertyValue. `event` is the name, encoded, `sealed` what `sealed_of` gives."""
    number, hashed = value["number"], value["text"]
    said = NULL if number is None else SOME + double(number)
    said += NULL if hashed is None else SOME + long(hashed)
    return _VALUE + name + stood + event + said + sealed


def sealed_of(key: int, said: str) -> bytes:
    """The fields `key` and `said`, in base64; empty where the value stands in plain."""
    return long(key) + (text(said) if said else _NO_TEXT)


def person_row(product: int, identity: int, person: int, known: KnownIdentity, version: int) -> bytes:
    """The message of a Person: an identity as it stands."""
    head = _PERSON + long(product) + long(identity) + long(version) + _STANDS
    return head + long(person) + long(known.key) + text(known.who) + long(known.first_received_at)
