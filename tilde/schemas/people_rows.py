"""The rows that activity of people becomes, by hand as in `hot`: there is one of `occurrences` for each event, one of
`property_values` for each property that came, one of `people` for each identity.
"""

from tilde.domain.people.identities import KnownIdentity
from tilde.schemas.codec import header
from tilde.schemas.cut_activity import CutActivity
from tilde.schemas.cutting import sealed_text
from tilde.schemas.hot import NULL, SOME, long, text
from tilde.schemas.registry import latest
from tilde.schemas.topics import OCCURRENCES, PEOPLE, PROPERTY_VALUES

_STANDS = b"\0"  # is_deleted
_NO_TEXT = b"\0"
_OCCURRENCE, _VALUE, _PERSON = (header(latest(topic.subject)) for topic in (OCCURRENCES, PROPERTY_VALUES, PEOPLE))


def stood_of(event: CutActivity, version: int) -> bytes:
    """The fields from `at` to `received_at`, which rows of an act have in common."""
    return b"".join((event.at, event.identity, long(version), _STANDS, event.event, event.received_at))


def occurrence_row(event: CutActivity, stood: bytes) -> bytes:
    """The message of an Occurrence. `stood` is what `stood_of` gives."""
    return b"".join((_OCCURRENCE, event.product, event.name, stood))


def value_rows(event: CutActivity, stood: bytes) -> list[bytes]:
    """The messages of a PropertyValue each; what is sealed is in base64, and beside a number there is nothing."""
    head, done = _VALUE + event.product, stood + (event.name or _NO_TEXT)
    plain, sealed = event.key + _NO_TEXT, event.key + sealed_text(event.said.removeprefix(SOME))
    return [
        b"".join((head, name, done, number, hashed, plain if hashed == NULL else sealed))
        for name, number, hashed in event.properties
    ]


def person_row(product: int, identity: int, person: int, known: KnownIdentity, version: int) -> bytes:
    """The message of a Person: an identity as it stands."""
    head = _PERSON + long(product) + long(identity) + long(version) + _STANDS
    return head + long(person) + long(known.key) + text(known.who) + long(known.first_received_at)
