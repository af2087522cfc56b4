"""Where a dialect leaves what people of products did: who they are, and texts that may be about them, are sealed with
their keys on the way.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from producers.edge.event_writer import EventWriter
from producers.edge.receipts import Receipt
from tilde.domain.log.identity import EventIds
from tilde.domain.log.partitioner import partition_of_product
from tilde.domain.people.activity import PERSON, Act, Property, SealedIdentity
from tilde.domain.people.values import about_texts, number_in
from tilde.keys.keyholders import Identity, Keyholder, Keyholders
from tilde.keys.keyring import Keyring
from tilde.memo import Memo
from tilde.schemas.activity import act_of, activity_received, person_of, property_of
from tilde.schemas.hot import long
from tilde.schemas.topics import ACTIVITY

PEOPLE_REMEMBERED_MAX = 20_000  # half a kilobyte each
PROPERTIES_REMEMBERED_MAX = 20_000  # half a kilobyte each
VALUE_REMEMBERED_MAX = 100  # characters: plans, prices and countries come again
NAMES_REMEMBERED_MAX = 10_000
_SET = act_of(Act.SET)
_ALIAS = act_of(Act.ALIAS)

Pairs = Collection[tuple[str, str]]
"""Names and values."""
NO_PAIRS: Pairs = ()


class ActivityProduct(NamedTuple):
    """A product as its activity has it."""

    id: int
    partition: int
    encoded: bytes

    @classmethod
    def of(cls, product: int) -> "ActivityProduct":
        """A product, with what is the same for all of its activity made once."""
        return cls(product, partition_of_product(product, ACTIVITY.partitions), long(product))


class _Person(NamedTuple):
    """Somebody whose key is there, and the fields that say so. It holds until one is erased."""

    keyholder: Keyholder
    fields: bytes


class _Said(NamedTuple):
    """A property as an event has it, and the text that is to be sealed."""

    encoded: bytes
    text: str | None


class ActivityWriter:
    """Leaves activity in the open group of an edge; each event gets an id of its own. Never blocks.

    Identities, names and properties are what they are to be: a name is none that `name_of` would change. `at` is when
    it was done, in unix seconds; None where nobody said. Raises LogError where somebody's key cannot be had.
    """

    def __init__(self, writer: EventWriter, ids: EventIds, keyholders: Keyholders, keyring: Keyring) -> None:
        """`writer` is that of topic `activity`."""
        self._writer = writer
        self._ids = ids
        self._keyholders = keyholders
        self._keyring = keyring
        self._people = Memo[tuple[int, str], _Person](PEOPLE_REMEMBERED_MAX)
        self._properties = Memo[tuple[int, str, str], _Said](PROPERTIES_REMEMBERED_MAX)
        self._events = Memo[str, bytes](NAMES_REMEMBERED_MAX)
        keyholders.when_erased(self._forget)

    def leave(
        self,
        to: ActivityProduct,
        identity: str,
        received: Receipt,
        at: int | None = None,
        name: str | None = None,
        properties: Pairs = NO_PAIRS,
        unknown: Pairs = NO_PAIRS,
    ) -> int:
        """An event that somebody did, by its name, with its properties; without one these were set. `unknown` is what
        was said besides: it is sealed. Returns the event id.
        """
        act = _SET if name is None else self._event(name)
        return self._leave(to, act, identity, received, at, None, properties, unknown)

    def join(
        self,
        to: ActivityProduct,
        identity: str,
        other: str,
        received: Receipt,
        at: int | None = None,
        unknown: Pairs = NO_PAIRS,
    ) -> int:
        """Says that two identities are one person's, for good. Returns the event id."""
        return self._leave(to, _ALIAS, identity, received, at, self._person(to.id, other).fields, (), unknown)

    def durable(self) -> asyncio.Future[None]:
        """As EventWriter.durable."""
        return self._writer.durable()

    def _leave(
        self,
        to: ActivityProduct,
        act: bytes,
        identity: str,
        received: Receipt,
        at: int | None,
        other: bytes | None,
        properties: Pairs,
        unknown: Pairs,
    ) -> int:
        person = self._person(to.id, identity)
        encoded: list[bytes] = []
        texts: list[str] = []
        for name, value in properties:
            said = self._properties.get((to.id, name, value)) or self._property(to.id, name, value)
            encoded.append(said.encoded)
            if said.text is not None:
                texts.append(said.text)
        sealed = person.keyholder.seal(_said(texts, unknown)) if texts or unknown else None
        event, second = self._ids.next(received.ms), received.ms // 1000 if at is None else at
        body = activity_received(
            event, to.encoded, received.encoded, second, act, person.fields, other, encoded, sealed
        )
        self._writer.post(to.partition, body)
        return event

    def _event(self, name: str) -> bytes:
        return self._events.get(name) or self._events.keep(name, act_of(Act.EVENT, name))

    def _person(self, product: int, identity: str) -> _Person:
        person = self._people.get((product, identity))
        if person is None:
            keyholder = self._keyholders.of(Identity(product, PERSON, identity))
            who = SealedIdentity(keyholder.number, keyholder.key, keyholder.seal({"id": identity}))
            person = _Person(keyholder, person_of(who))
            self._people.keep((product, identity), person)
        return person

    def _forget(self) -> None:
        """What is kept of people, and texts that may be about them."""
        self._people.clear()
        self._properties.clear()

    def _property(self, product: int, name: str, value: str) -> _Said:
        number = number_in(value)
        text = None if number is not None else self._keyring.keyed_hash(product, about_texts(name), value)
        said = _Said(property_of(Property(name, number, text)), None if number is not None else value)
        if len(value) <= VALUE_REMEMBERED_MAX:
            self._properties.keep((product, name, value), said)
        return said


def _said(texts: Sequence[str], unknown: Pairs) -> dict[str, Any]:
    said: dict[str, Any] = {"texts": texts} if texts else {}
    return said | {"unknown": list(map(list, unknown))} if unknown else said
