"""Keys that somebody gives us."""

from collections.abc import Mapping
from unicodedata import category

from producers.admin.errors import KeyNotMadeError
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.texts import is_blank, trimmed
from tilde.keys.addresses import NoAddressError, address_of

SHORT_KEY = 16  # below this a key can be guessed; taken as it is, with a warning


def warnings_of(given: Mapping[KeyKind, str]) -> dict[str, list[str]]:
    """What is to be said about keys that somebody chose himself; nothing where all are long enough."""
    short = sorted(kind for kind, key in given.items() if len(key) < SHORT_KEY)
    told = [f"the {kind} has fewer than {SHORT_KEY} characters: it can be guessed" for kind in short]
    return {"warnings": told} if told else {}


def given_key(kind: KeyKind, key: str) -> str:
    """A key that somebody gave us, without the white space around it: clients may send it with or without.

    Raises KeyNotMadeError for one of nothing else or with a NUL in it, for an e-mail address that is none, and for a
    token that no header, or no path, can have as it was given; other keys are sent as parameters.
    """
    is_given = bool(key)
    if kind is KeyKind.TOKEN and not (key.isascii() and key.isprintable() and key.strip() == key):
        raise KeyNotMadeError("a token goes in a header: it has printable ASCII characters, and no blank at its ends")
    if kind is KeyKind.TOKEN and not {"", ".", ".."}.isdisjoint(key.split("/")):
        raise KeyNotMadeError(
            "a token stands in paths, between two /: no part is . or .., and it has no // and no / at its ends"
        )
    key = trimmed(key)
    if is_given and (is_blank(key) or "\0" in key):
        raise KeyNotMadeError(f"the {kind} is nothing but blanks, or has a NUL in it, which no client sends")
    if any(category(character) == "Cf" for character in key):
        raise KeyNotMadeError(f"the {kind} has a character in it that nobody sees: it reads like another one")
    if kind is KeyKind.EMAIL:
        try:
            address_of(key)
        except NoAddressError as none:
            raise KeyNotMadeError(f"the {kind}: {none}") from None
    return key
