"""Activity as events of topic `activity`, by hand as in `hot`. Products, names of events and people come again and
again: what is the same is encoded once by whoever remembers it, and an event is the pieces in their order.

    event id | product | received_at | at | act_of | person_of | other | property_of ... | said
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tilde.domain.people.activity import Act, Property, SealedIdentity
from tilde.schemas.hot import END, NULL, SOME, double, long, maybe, size_and, text

NO_PROPERTIES: Sequence[bytes] = ()
_ACTS = {act: long(place) for place, act in enumerate(Act)}


def act_of(act: Act, name: str | None = None) -> bytes:
    """The fields `act` and `name` of an event."""
    return _ACTS[act] + maybe(name)


def person_of(sealed: SealedIdentity) -> bytes:
    """The fields from `identity` to `who`, of the person and of an alias's other identity alike."""
    return b"".join(person_pieces(sealed))


def person_pieces(sealed: SealedIdentity) -> tuple[bytes, bytes, bytes]:
    """The fields that `person_of` gives, each for itself."""
    return long(sealed.identity), long(sealed.key), size_and(sealed.who)


def property_of(said: Property) -> bytes:
    """One item of the field `properties`."""
    return b"".join(property_pieces(said))


def property_pieces(said: Property) -> tuple[bytes, bytes, bytes]:
    """The fields of a property, each for itself: name, number and text."""
    number = NULL if said.number is None else SOME + double(said.number)
    return text(said.name), number, NULL if said.text is None else SOME + long(said.text)


def other_or_not(other: bytes | None) -> bytes:
    """The field `other`: what `person_of` gives of an alias's other identity, or null."""
    return NULL if other is None else SOME + other


def properties_of(encoded: Sequence[bytes]) -> bytes:
    """The field `properties`, each of which is as `property_of` has it."""
    return b"".join((long(len(encoded)), *encoded, END)) if encoded else END


def said_or_not(said: bytes | None) -> bytes:
    """The field `said`, which is sealed."""
    return NULL if said is None else SOME + size_and(said)


def activity_received(
    event_id: int,
    product: bytes,
    received_at: bytes,
    at: int,
    act: bytes,
    person: bytes,
    other: bytes | None = None,
    properties: Sequence[bytes] = NO_PROPERTIES,
    said: bytes | None = None,
) -> bytes:
    """The body of an ActivityReceived: the pieces as above, `product` and `received_at` the `long` of an id and of unix
    milliseconds, `other` the `person_of` an alias's other identity, `said` sealed.
    """
    head = long(event_id) + product + received_at + long(at) + act + person
    return head + other_or_not(other) + properties_of(properties) + said_or_not(said)


def other_of(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The other identity of an alias as it was decoded; None where there is none."""
    other = event["other"]
    if other is None:
        return None
    _, fields = other  # first the name of its branch
    assert isinstance(fields, dict)
    return fields
