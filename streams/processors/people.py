"""Activity to people: which identities are one person's, and what each product's events and properties are so far.

The rules are those of `tilde/domain/people/`, and what they remember is the partition's state. Of a message first all
is taken in but aliases, then these: so it is known how much of the state is left for them to move.
"""

from functools import lru_cache
from typing import Any

from streams.contract import Message, Outputs, PlainProcessor
from streams.processors.rows import bury
from streams.state import State
from tilde.domain.people import identities
from tilde.domain.people.identities import (
    NotJoinedError,
    did,
    key_text,
    occurrence,
    place_of,
    received_text,
    seen,
    tells_news,
)
from tilde.domain.people.memory import Draft
from tilde.domain.people.vocabulary import Name, TooManyNamesError, UsageSoFar, Vocabulary
from tilde.schemas.codec import encoder
from tilde.schemas.cut_activity import CutActivity, name_in
from tilde.schemas.hot import NULL, any_long_of, content_of
from tilde.schemas.longs import longs_of
from tilde.schemas.people_rows import person_row
from tilde.schemas.topics import ACTIVITY, DEAD_LETTERS, EVENTS, PEOPLE, PROPERTIES

CHANGED_BYTES_MAX = 7 << 19  # of what is remembered, with one message; a driver ends at 4 MiB

_encode_event, _encode_property = encoder(EVENTS.subject), encoder(PROPERTIES.subject)


class PeopleProcessor(PlainProcessor):
    """Writes a `people` row for each identity that is new or whose person has another number, and a row of `events` and
    `properties` for each name that a message has, as it stands then.
    """

    name = "people"
    source = ACTIVITY
    outputs = (PEOPLE, EVENTS, PROPERTIES, DEAD_LETTERS)
    remembers = True

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        folding, aliases = _Folding(state), []
        events = message.content["events"]
        numbers = longs_of([each.identity for each in events]), longs_of([each.key for each in events])
        for nth, (event, identity, key) in enumerate(zip(events, *numbers, strict=True)):
            fault = event.fault or folding.take(event, identity, key)
            if fault is not None:
                bury(message, nth, self, fault, outputs)
            elif event.other != NULL:
                aliases.append((nth, any_long_of(event.product), identity, any_long_of(event.other_pieces[0])))
        for nth, *alias in aliases:
            fault = folding.join(*alias)
            if fault is not None:
                bury(message, nth, self, fault, outputs)
        folding.write(message, outputs)
        folding.keep(message, state)


@lru_cache(4096)
def _setting(product: bytes, at: bytes, received_at: bytes) -> tuple[int, int, int, str]:
    """Decodes product, second and time of receipt of an event; the last also as the text that the state keeps. It is
    cached, since many events of a message have the same.
    """
    received = any_long_of(received_at)
    return any_long_of(product), any_long_of(at), received, received_text(received)


class _Names:
    """What a product calls its events, or its properties, by the bytes of the names: in a message a name comes many
    times, and is read once.
    """

    def __init__(self, product: int, vocabulary: Vocabulary) -> None:
        self._product = product
        self._vocabulary = vocabulary
        self._usages: dict[bytes, UsageSoFar] = {}

    def used(self, name: bytes, at: int, received_at: int) -> UsageSoFar:
        """As Vocabulary.used."""
        usage = self._usages.get(name)
        if usage is None:
            usage = self._vocabulary.used(Name(self._product, name_in(name)), at, received_at)
            self._usages[name] = usage
        else:
            usage.use(at, received_at)
        return usage


class _Folding:
    """What one message changes, kept at its end: each value once, however many of its events change it."""

    def __init__(self, state: State) -> None:
        self._memory = Draft(state)
        self._events, self._properties = Vocabulary("e", self._memory), Vocabulary("p", self._memory)
        self._names: dict[int, tuple[_Names, _Names]] = {}
        """By product."""
        self._due: dict[tuple[int, int], None] = {}
        """The identities that need a row, by product."""

    def take(self, event: CutActivity, identity: int, key: int) -> str | None:
        """Takes an event in, whose identity and key these are, but for what an alias joins. Returns why a part of it
        was left out, if one was.
        """
        product, at, received_at, received = _setting(event.product, event.at, event.received_at)
        place, text = self._see(product, identity, key, received, event.who)
        if event.other != NULL:
            self._see_other(product, received, *event.other_pieces)
        events, properties = self._names.get(product) or self._names_of(product)
        try:
            if name := event.name:
                usage = events.used(name, at, received_at)
                if did(product, place, text, occurrence(at, usage.index), self._memory):
                    usage.total += 1
            for name, _, _ in event.properties:
                properties.used(name, at, received_at)
        except TooManyNamesError as refused:
            return str(refused)
        return None

    def _names_of(self, product: int) -> tuple[_Names, _Names]:
        self._names[product] = of_product = _Names(product, self._events), _Names(product, self._properties)
        return of_product

    def _see(self, product: int, identity: int, key: int, received: str, who: bytes) -> tuple[str, str]:
        """An identity was received. Returns where it stands, and what is remembered of it now."""
        place, packed_key = place_of(product, identity), key_text(key)
        text = self._memory.get(place)
        if tells_news(text, packed_key, received):
            self._due[product, identity] = None
            text = seen(text, packed_key, received, content_of(who))
            self._memory.put(place, text)
        return place, text

    def _see_other(self, product: int, received: str, *pieces: bytes) -> None:
        identity, key = map(any_long_of, pieces[:2])
        self._see(product, identity, key, received, pieces[2])

    def join(self, product: int, one: int, other: int) -> str | None:
        """Joins the identities of an alias; all of it, or nothing and why."""
        draft = Draft(self._memory)
        try:
            joined = identities.join(product, one, other, draft)
        except NotJoinedError as refused:
            return str(refused)
        if joined is None:
            return None
        of_names = self._events.bytes + self._properties.bytes + self._events.bytes_of(product, joined.twice)
        if self._memory.bytes_with(draft.changes) + of_names > CHANGED_BYTES_MAX:
            return "too much to be moved with one message"
        draft.keep_in(self._memory)
        for index, many in joined.twice.items():
            self._events.lose(product, index, many)
        self._due |= {(product, identity): None for identity in joined.renumbered}
        return None

    def write(self, message: Message, outputs: Outputs) -> None:
        """Writes the rows of all whose person or use has changed with this message."""
        memory, version = self._memory, message.version(0)
        outputs[PEOPLE.name] += [
            person_row(*key, identities.person(*key, memory), identities.known(*key, memory), version)
            for key in self._due
        ]
        for name, usage in self._events.touched():
            row = _row(name, "event", usage, version)
            outputs[EVENTS.name].append(_encode_event({**row, "total": usage.total}))
        for name, usage in self._properties.touched():
            outputs[PROPERTIES.name].append(_encode_property(_row(name, "property", usage, version)))

    def keep(self, message: Message, state: State) -> None:
        """Has the state say what was changed, each key once."""
        self._events.keep()
        self._properties.keep()
        state.put_all(self._memory.changes, message.offset)


def _row(name: Name, kind: str, usage: UsageSoFar, version: int) -> dict[str, Any]:
    """The fields that events and properties have alike."""
    return {
        "product": name.product,
        kind: name.text,
        "version": version,
        "is_deleted": 0,
        "index": usage.index,
        "first_used_at": usage.first_used_at,
        "last_used_at": usage.last_used_at,
        "first_sent_at": usage.first_sent_ms,
        "last_sent_at": usage.last_sent_ms,
    }
