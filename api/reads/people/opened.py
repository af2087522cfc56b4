"""What is sealed of people, opened by who has the keys: who they are, and the texts that were said of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from api.reads.people.people import SealedValue
from tilde.domain.people.activity import PERSON, SealedIdentity
from tilde.domain.people.called import called
from tilde.domain.people.values import about_texts
from tilde.domain.texts import trimmed
from tilde.keys.opener import Opener, Sealed

Hashing = Callable[[int, str, str], int]
"""The keyed hash of a product's text; the second says what it is about."""
Cell = str | float | int | None


class Plain:
    """What was opened for one question; it goes with its answer. Of what was not asked for it says what it says of
    somebody who was erased.
    """

    def __init__(self, hashing: Hashing, opened: Mapping[Sealed, Any]) -> None:
        self._hashing = hashing
        self._opened = opened

    def text(self, product: int, property_: str, value: SealedValue) -> str | None:
        """The text of a value: of all that were said together the one that has its hash. None of somebody who was
        erased.
        """
        said = self._opened.get(_of_value(value))
        texts: list[str] = said.get("texts", []) if said else []
        about = about_texts(property_)
        return next((text for text in texts if self._hashing(product, about, text) == value.text), None)

    def value(self, product: int, property_: str, value: SealedValue) -> Cell:
        """A number, or a text as `text` has it."""
        return value.number if value.text is None else self.text(product, property_, value)

    def name(self, identity: SealedIdentity) -> str | None:
        """An identity; None of somebody who was erased."""
        said = self._opened.get(_of_identity(identity))
        return None if said is None else said["id"]

    def who(self, identities: Sequence[SealedIdentity]) -> str | None:
        """The one by which somebody is called."""
        return called([name for name in map(self.name, identities) if name is not None])


class Opened:
    """`opener` opens what is sealed; None where nobody is to be asked: then all are told as the erased are."""

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

    async def plain(self, identities: Iterable[SealedIdentity] = (), values: Iterable[SealedValue] = ()) -> Plain:
        """All of these, opened at once. Raises KeysAwayError."""
        asked = {_of_identity(each) for each in identities}
        asked |= {_of_value(each) for each in values if each.text is not None}
        if self._opener is None or not asked:
            return Plain(self._hashing, {})
        sealed = list(asked)
        return Plain(self._hashing, dict(zip(sealed, await self._opener.opened(sealed), strict=True)))


def _of_identity(identity: SealedIdentity) -> Sealed:
    return Sealed(identity.key, identity.who)


def _of_value(value: SealedValue) -> Sealed:
    return Sealed(value.key, value.said)
