"""Looks up what a statement of SQL over sealed records needs before the engine can run it.

The statement is compiled twice. The first time `Noted` answers, and collects what has to be looked up: in
`WHERE event = 'Signed up' AND person = 'ann@example.com'` the index of an event and the number of a person.
`Finder` looks these up for one product. The second time `KnownOf` answers, with what was found.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from api.kissmetrics.records.meanings import NOBODY, Pattern
from api.kissmetrics.records.patterns import is_like
from api.reads.people.opened import Opened
from api.reads.people.people import People
from api.reads.people.searched_texts import SearchedTexts
from tilde.domain.people.question import QuestionError

PATTERNS_MAX = 10  # that look into properties
NOTHING = -1  # the index of no event


@dataclass
class Noted:
    """Answers while a statement is compiled for the first time, and collects what it asks for. `properties` are the
    names of the product's properties, by index. What has to be looked up is not known yet: then the answer is one that
    fits nothing, and the SQL that is made of it is never run.
    """

    properties: Mapping[int, str] = field(default_factory=dict)
    by_index: dict[int, str] = field(default_factory=dict)
    has_events: bool = False
    persons: set[str] = field(default_factory=set)
    patterns: set[Pattern] = field(default_factory=set)

    def event(self, name: str) -> int:
        """Notes that the indexes of events are needed. Returns one that no event has."""
        del name
        self.has_events = True
        return NOTHING

    def property(self, index: int) -> str:
        """Notes the property that has this index, and returns its name. Raises QuestionError where none has."""
        self.by_index[index] = _named(self.properties, index)
        return self.by_index[index]

    def text(self, property_: str, text: str) -> int:
        """Notes nothing, since the hash of a text is calculated and not looked up. Returns a number in its place."""
        del property_, text
        return 0

    def identity(self, identity: str) -> int:
        """Notes nothing, since the number of an identity is calculated, too. Returns nobody's."""
        del identity
        return NOBODY

    def person(self, identity: str) -> int:
        """Notes that the number of the person who has this identity is needed. Returns nobody's."""
        self.persons.add(identity)
        return NOBODY

    def like(self, pattern: Pattern) -> Collection[int]:
        """Notes that the texts which fit this pattern are needed. Returns none."""
        self.patterns.add(pattern)
        return ()

    def erased(self) -> Collection[int]:
        """Returns no identity: who was erased changes only the statement that is run."""
        return ()


class KnownOf:
    """Answers while a statement is compiled for the second time, with what was looked up for one product."""

    def __init__(
        self,
        product: int,
        opened: Opened,
        properties: Mapping[int, str],
        events: Mapping[str, int],
        persons: Mapping[str, int],
        texts: Mapping[Pattern, Collection[int]],
        erased: Collection[int],
    ) -> None:
        self._product = product
        self._opened = opened
        self._properties = properties
        self._events = events
        self._persons = persons
        self._texts = texts
        self._erased = erased

    def event(self, name: str) -> int:
        """Returns the index of an event; one that no event has where none has this name."""
        return self._events.get(name, NOTHING)

    def property(self, index: int) -> str:
        """Returns the name of the property that has this index. Raises QuestionError where none has."""
        return _named(self._properties, index)

    def text(self, property_: str, text: str) -> int:
        """Returns the keyed hash of a property's text."""
        return self._opened.hash_of(self._product, property_, text)

    def identity(self, identity: str) -> int:
        """Returns the number of an identity; nobody's where its person was erased."""
        number = self._opened.number(self._product, identity)
        return NOBODY if number in self._erased else number

    def person(self, identity: str) -> int:
        """Returns the number of the person who has this identity; nobody's where nobody has, or he was erased."""
        return self._persons[identity]

    def like(self, pattern: Pattern) -> Collection[int]:
        """Returns the keyed hashes of the texts that fit this pattern."""
        return self._texts[pattern]

    def erased(self) -> Collection[int]:
        """Returns the identities of those who were ever erased."""
        return self._erased


class Finder:
    """Looks up what was noted, for products of whichever account. Raises QuestionError, StoreError, QueryLimitError,
    KeysAwayError.
    """

    def __init__(self, people: People, opened: Opened, texts: SearchedTexts) -> None:
        self._people = people
        self._opened = opened
        self._texts = texts

    async def known(self, product: int, noted: Noted, erased: Collection[int]) -> KnownOf:
        """Looks up all that was noted. `erased` are the identities of those who were ever erased."""
        if len(noted.patterns) > PATTERNS_MAX:
            raise QuestionError(f"a statement has at most {PATTERNS_MAX} different LIKE of properties")
        names = await self._people.event_names(product) if noted.has_events else {}
        events = {name: index for index, name in names.items()}
        persons = {identity: await self._person(product, identity, erased) for identity in sorted(noted.persons)}
        texts = {each: await self._like(product, each) for each in sorted(noted.patterns)}
        return KnownOf(product, self._opened, noted.properties, events, persons, texts, erased)

    async def _person(self, product: int, identity: str, erased: Collection[int]) -> int:
        number = self._opened.number(product, identity)
        person = None if number in erased else await self._people.person(product, number)
        return NOBODY if person is None else person

    async def _like(self, product: int, pattern: Pattern) -> Collection[int]:
        holds = partial(is_like, pattern=pattern.text, is_blind=pattern.is_blind)
        return await self._texts.holding(product, pattern.property, holds)


def _named(properties: Mapping[int, str], index: int) -> str:
    if index not in properties:
        raise QuestionError(f"there is no property {index}")
    return properties[index]
