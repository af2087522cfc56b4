"""Activity to people: which identities are one person's, and what each product's events and properties are so far.

The rules are those of `tilde/domain/people/`, and what they remember is the partition's state. Of a message first all
is taken in but aliases, then these: so it is known how much of the state is left for them to move.
"""

from typing import Any

from streams.contract import Message, Outputs
from streams.processors.rows import bury
from streams.state import State
from tilde.domain.people import identities
from tilde.domain.people.activity import SealedIdentity
from tilde.domain.people.identities import NotJoinedError, did, occurrence, seen
from tilde.domain.people.memory import Draft
from tilde.domain.people.vocabulary import Name, TooManyNamesError, UsageSoFar, Vocabulary
from tilde.schemas.codec import encoder
from tilde.schemas.cut_activity import CutActivity, name_in
from tilde.schemas.hot import long_of
from tilde.schemas.people_rows import person_row
from tilde.schemas.topics import ACTIVITY, DEAD_LETTERS, EVENTS, PEOPLE, PROPERTIES

CHANGED_BYTES_MAX = 7 << 19  # of what is remembered, with one message; a driver ends at 4 MiB

_encode_event, _encode_property = encoder(EVENTS.subject), encoder(PROPERTIES.subject)


class PeopleProcessor:
    """Writes a `people` row for each identity that is new or whose person has another number, and a row of `events` and
    `properties` for each name that a message has, as it stands then.
    """

    name = "people"
    source = ACTIVITY
    outputs = (PEOPLE, EVENTS, PROPERTIES, DEAD_LETTERS)
    remembers = True
    as_of = None

    def forget(self) -> None:
        """It remembers nothing else."""

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        folding, aliases = _Folding(state), []
        for nth, event in enumerate(message.content["events"]):
            person, other = event.person, event.other_person
            fault = event.fault or folding.take(event, person, other)
            if fault is not None:
                bury(message, nth, self, fault, outputs)
            elif other is not None:
                aliases.append((nth, long_of(event.product), person.identity, other.identity))
        for nth, *alias in aliases:
            fault = folding.join(*alias)
            if fault is not None:
                bury(message, nth, self, fault, outputs)
        folding.write(message, outputs)
        folding.keep(message, state)


class _Names:
    """A vocabulary by the bytes of its names: in a message a name comes many times, and is read once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._usages: dict[tuple[int, bytes], UsageSoFar] = {}

    def used(self, product: int, name: bytes, at: int, received_at: int) -> UsageSoFar:
        """As Vocabulary.used."""
        usage = self._usages.get((product, name))
        if usage is None:
            usage = self._vocabulary.used(Name(product, name_in(name)), at, received_at)
            self._usages[product, name] = usage
        else:
            usage.use(at, received_at)
        return usage


class _Folding:
    """What one message changes, kept at its end: each value once, however many of its events change it."""

    def __init__(self, state: State) -> None:
        self._memory = Draft(state)
        self._events, self._properties = Vocabulary("e", self._memory), Vocabulary("p", self._memory)
        self._event_names, self._property_names = _Names(self._events), _Names(self._properties)
        self._due: dict[tuple[int, int], None] = {}
        """The identities that need a row, by product."""

    def take(self, event: CutActivity, person: SealedIdentity, other: SealedIdentity | None) -> str | None:
        """Takes an event in, but for what an alias joins. Returns why a part of it was left out, if one was."""
        product, at, received_at = map(long_of, (event.product, event.at, event.received_at))
        self._see(product, person, received_at)
        if other is not None:
            self._see(product, other, received_at)
        try:
            if event.name:
                usage = self._event_names.used(product, event.name, at, received_at)
                if did(product, person.identity, occurrence(at, usage.index), self._memory):
                    usage.total += 1
            for name, _, _ in event.properties:
                self._property_names.used(product, name, at, received_at)
        except TooManyNamesError as refused:
            return str(refused)
        return None

    def _see(self, product: int, person: SealedIdentity, received_at: int) -> None:
        if seen(product, person, received_at, self._memory):
            self._due[product, person.identity] = None

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
        for key, value in self._memory.changes.items():
            state.put(key, message.offset, value)


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
