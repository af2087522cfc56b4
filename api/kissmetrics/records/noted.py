"""What a statement has to know of what is sealed is noted first, then found out, and then known."""

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
    """What is known before anything is found out: the names of `properties`, by index. It notes what a statement asks,
    and answers with what is nobody's.
    """

    properties: Mapping[int, str] = field(default_factory=dict)
    by_index: dict[int, str] = field(default_factory=dict)
    has_events: bool = False
    persons: set[str] = field(default_factory=set)
    patterns: set[Pattern] = field(default_factory=set)

    def event(self, name: str) -> int:
        """None, yet."""
        del name
        self.has_events = True
        return NOTHING

    def property(self, index: int) -> str:
        """As KnownRecords."""
        self.by_index[index] = _named(self.properties, index)
        return self.by_index[index]

    def text(self, property_: str, text: str) -> int:
        """Nothing to note: the hash of a text is calculated when it is asked for."""
        del property_, text
        return 0

    def identity(self, identity: str) -> int:
        """Nothing to note: so is an identity's."""
        del identity
        return NOBODY

    def person(self, identity: str) -> int:
        """Nobody, yet."""
        self.persons.add(identity)
        return NOBODY

    def like(self, pattern: Pattern) -> Collection[int]:
        """No text, yet."""
        self.patterns.add(pattern)
        return ()

    def erased(self) -> Collection[int]:
        """Nobody, yet."""
        return ()


class KnownOf:
    """Of one product what was found out."""

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
        """As KnownRecords."""
        return self._events.get(name, NOTHING)

    def property(self, index: int) -> str:
        """As KnownRecords."""
        return _named(self._properties, index)

    def text(self, property_: str, text: str) -> int:
        """As KnownRecords."""
        return self._opened.hash_of(self._product, property_, text)

    def identity(self, identity: str) -> int:
        """As KnownRecords."""
        number = self._opened.number(self._product, identity)
        return NOBODY if number in self._erased else number

    def person(self, identity: str) -> int:
        """As KnownRecords."""
        return self._persons[identity]

    def like(self, pattern: Pattern) -> Collection[int]:
        """As KnownRecords."""
        return self._texts[pattern]

    def erased(self) -> Collection[int]:
        """As KnownRecords."""
        return self._erased


class Finder:
    """Finds out for products of whichever account. Raises QuestionError, StoreError, QueryLimitError, KeysAwayError."""

    def __init__(self, people: People, opened: Opened, texts: SearchedTexts) -> None:
        self._people = people
        self._opened = opened
        self._texts = texts

    async def known(self, product: int, noted: Noted, erased: Collection[int]) -> KnownOf:
        """All that was noted; `erased` are identities."""
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
