"""What is sealed of people, opened where the keys are at hand: who they are, and the texts that were said of them."""

from collections.abc import Callable, Sequence
from typing import Any

from api.reads.people import SealedValue
from tilde.domain.people.activity import PERSON, SealedIdentity
from tilde.domain.people.values import about_texts
from tilde.domain.texts import trimmed
from tilde.keys.opener import Opener
from tilde.keys.visitors import ErasedError

Hashing = Callable[[int, str, str], int]
"""The keyed hash of a product's text; the second says what it is about."""
Cell = str | float | int | None


class Opened:
    """`opener` opens what is sealed; None where this process has no keys. Each call raises LogError."""

    def __init__(self, hashing: Hashing, opener: Opener | None) -> None:
        self._hashing = hashing
        self._opener = opener

    @property
    def has_keys(self) -> bool:
        """Whether anything can be opened."""
        return self._opener is not None

    def hash_of(self, product: int, property_: str, text: str) -> int:
        """By which a text of a property is found."""
        return self._hashing(product, about_texts(property_), text)

    def number(self, product: int, identity: str) -> int:
        """By which an identity is found."""
        return self._hashing(product, PERSON, trimmed(identity))

    def text(self, product: int, property_: str, value: SealedValue) -> str | None:
        """The text of a value: of all that were said together the one that has its hash. None of somebody who was
        erased.
        """
        said = self._open(value.key, value.said)
        texts: list[str] = said.get("texts", []) if said else []
        return next((text for text in texts if self.hash_of(product, property_, text) == value.text), None)

    def value(self, product: int, property_: str, value: SealedValue) -> Cell:
        """A number, or a text as `text` has it."""
        return value.number if value.text is None else self.text(product, property_, value)

    def name(self, sealed: SealedIdentity) -> str | None:
        """An identity; None of somebody who was erased."""
        said = self._open(sealed.key, sealed.who)
        return None if said is None else said["id"]

    def who(self, identities: Sequence[SealedIdentity]) -> str | None:
        """The one by which somebody is called: an address where he has one, else the last that he was given."""
        names = [name for name in map(self.name, identities) if name is not None]
        return next((name for name in names if "@" in name), names[-1] if names else None)

    def _open(self, key: int, sealed: bytes) -> Any:
        if self._opener is None:
            return None
        try:
            return self._opener.opened(key, sealed)
        except ErasedError:
            return None
