"""Says what a value of a statement stands for: for itself, or for something that is sealed, of which the engine has a
number or a hash. Pure.
"""

from collections.abc import Collection
from enum import Enum
from typing import NamedTuple, Protocol


class ValueKind(Enum):
    """What a value stands for. All but plain ones and events are sealed: the engine has a number or a hash of what is
    meant, and no function looks into it. The values are words of refusals.
    """

    PLAIN = "a value"
    EVENT = "an event"  # its index, a number like others, which is compared with names, too
    TEXT = "a property"  # a number as text, or SEALED and the keyed hash of a text
    PERSON = "a person"  # his number, told as who he is
    NUMBER = "a person's number"
    IDENTITY = "an identity"  # its number, told as the identity
    IDENTITY_NUMBER = "an identity's number"


_PLAIN = frozenset({ValueKind.PLAIN, ValueKind.EVENT})
PERSONS = frozenset({ValueKind.PERSON, ValueKind.NUMBER})
IDENTITIES = frozenset({ValueKind.IDENTITY, ValueKind.IDENTITY_NUMBER})
SEALED = "\0"
"""Begins what stands for a text; no name and no literal has it."""


NOBODY = -1
"""The number of nobody."""


class Meaning(NamedTuple):
    """What the values of a column, or of an expression, stand for; of a TEXT the property whose value it is, too."""

    kind: ValueKind
    of_property: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether the engine may look into it."""
        return self.kind in _PLAIN

    def fits(self, other: "Meaning") -> bool:
        """Whether equal ones of both mean the same."""
        kinds = {self.kind, other.kind}
        return self == other or any(kinds <= alike for alike in (_PLAIN, PERSONS, IDENTITIES))


PLAIN, EVENT = Meaning(ValueKind.PLAIN), Meaning(ValueKind.EVENT)
PERSON, NUMBER = Meaning(ValueKind.PERSON), Meaning(ValueKind.NUMBER)
IDENTITY, IDENTITY_NUMBER = Meaning(ValueKind.IDENTITY), Meaning(ValueKind.IDENTITY_NUMBER)


class FoundColumn(NamedTuple):
    """A column of what is found."""

    label: str
    meaning: Meaning


class Pattern(NamedTuple):
    """What LIKE looks for in the texts of a property; `is_blind` to capitals."""

    property: str
    text: str
    is_blind: bool


class KnownRecords(Protocol):
    """What a statement has to know of what is sealed, and of names and indexes."""

    def event(self, name: str) -> int:
        """The index of an event; one that none has where there is none of this name."""
        ...

    def property(self, index: int) -> str:
        """The name of the property that has this index. Raises QuestionError where none has."""
        ...

    def text(self, property_: str, text: str) -> int:
        """The keyed hash of a property's text."""
        ...

    def identity(self, identity: str) -> int:
        """The number of an identity."""
        ...

    def person(self, identity: str) -> int:
        """The number of the person whose identity this is; one that nobody has where it is nobody's."""
        ...

    def like(self, pattern: Pattern) -> Collection[int]:
        """The keyed hashes of the texts that are so."""
        ...

    def erased(self) -> Collection[int]:
        """Identities of those who were ever erased: texts that were said of them are nobody's."""
        ...
