"""Keys that somebody gives us."""

import re
from unicodedata import category

from producers.admin.errors import KeyNotMadeError
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.stats.fanout import is_blank, trimmed

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def is_email(text: str) -> bool:
    """Whether it may be an e-mail address; whose is not ours to say."""
    return _ADDRESS.fullmatch(text) is not None


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
            "a token stands in paths, /x/TOKEN/statlist: no part is . or .., and it has no // and no / at its ends"
        )
    key = trimmed(key)
    if kind is KeyKind.EMAIL and not is_email(key):
        raise KeyNotMadeError("an e-mail address has an @ in it, something on both sides of it, and no blanks")
    if is_given and (is_blank(key) or "\0" in key):
        raise KeyNotMadeError(f"the {kind} is nothing but blanks, or has a NUL in it, which no client sends")
    if any(category(character) == "Cf" for character in key):
        raise KeyNotMadeError(f"the {kind} has a character in it that nobody sees: it reads like another one")
    return key
