"""What a value of a statement is, pure: one that the engine knows, or one that stands for something sealed."""

from collections.abc import Collection
from enum import Enum
from typing import NamedTuple, Protocol


class ValueKind(Enum):
    """What a value stands for. All but a plain one are sealed: the engine has a number or a hash of what is meant, and
    no function looks into it. The values are words of refusals.
    """

    PLAIN = "a value"
    TEXT = "a property"  # a number as text, or SEALED and the keyed hash of a text
    PERSON = "a person"  # his number, told as who he is
    NUMBER = "a person's number"
    IDENTITY = "an identity"  # its number, told as the identity


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
        return self.kind is ValueKind.PLAIN

    def fits(self, other: "Meaning") -> bool:
        """Whether equal ones of both mean the same."""
        people = {ValueKind.PERSON, ValueKind.NUMBER}
        return self == other or {self.kind, other.kind} <= people


PLAIN = Meaning(ValueKind.PLAIN)
PERSON, NUMBER, IDENTITY = Meaning(ValueKind.PERSON), Meaning(ValueKind.NUMBER), Meaning(ValueKind.IDENTITY)


class Column(NamedTuple):
    """A column of what is found."""

    label: str
    meaning: Meaning


class Pattern(NamedTuple):
    """Of LIKE, for the texts of a property."""

    property: str
    text: str
    is_blind: bool


class Known(Protocol):
    """What a statement has to know of what is sealed."""

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
