"""Finds out whether what was said, JSON such as a stored question, names somebody who was erased: nothing is known of
him any more but the keyed hashes of his identities.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from tilde.domain.texts import trimmed

WORDS_MAX = 4
"""An identity in the middle of a text is looked for in so many words. A longer one is found in quotes, or alone."""
_QUOTED = re.compile(r"""--[^\n]*|/\*.*?\*/|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|`([^`]*)`""", re.DOTALL)
PIECES_MAX = 12
"""So many parts between signs may be an identity: an address has three to eight."""
SHORT_MAX = 255
"""A text of so many characters, as a file's name, is cut as a whole; of a longer one each word."""
_WORD = re.compile(r"""[^\s,;()=<>'"`|]+""")
_AROUND = "!#$%&*+-./:?@[\\]^_{}~"
_PART = re.compile(rf"[^\s,;()=<>'\"`|{re.escape(_AROUND)}]+")


def texts_in(said: Any) -> Iterator[str]:
    """Every text in it, names of fields included: a condition may be spelled by either. A text that is JSON itself, as
    that of a question within another one, is looked into.
    """
    if isinstance(said, str):
        yield said
        yield from texts_in(_within(said))
    elif isinstance(said, dict):
        for name, value in said.items():
            yield name
            yield from texts_in(value)
    elif isinstance(said, list):
        for each in said:
            yield from texts_in(each)


def _within(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def parts_of(text: str) -> Iterator[str]:
    """The text, what stands in it in quotes, as in a statement of SQL, and its words, some together: each also without
    the signs around it, as in `%ann@example.com%`, and without parts that signs join to it, as in
    `buyers-ann@example.com.csv`.
    """
    quoted = (each for found in _QUOTED.findall(text) for each in _unquoted(*found))
    for word in (text,) if len(text) <= SHORT_MAX else _WORD.findall(text):
        yield from _parts(word)
    for part in (text, *quoted, *_words(text)):
        yield part
        yield part.strip(_AROUND)


def _unquoted(single: str, double: str, ticked: str) -> tuple[str, str, str]:
    return single.replace("''", "'"), double.replace('""', '"'), ticked


def _parts(text: str) -> Iterator[str]:
    spans = [part.span() for part in _PART.finditer(text)]
    for nth, (start, _) in enumerate(spans):
        for _, end in spans[nth : nth + PIECES_MAX]:
            yield text[start:end]


def _words(text: str) -> Iterator[str]:
    spans = [word.span() for word in _WORD.finditer(text)]
    for nth, (start, _) in enumerate(spans):
        for _, end in spans[nth : nth + WORDS_MAX]:
            yield text[start:end]


def names_one_of(said: Any, identities: Collection[int], hash_of: Callable[[str], int]) -> bool:
    """Whether a text in it, or a part of one, is one of these identities, with blanks around it or in capitals though
    he was not. A word of a statement that somebody was called by names him, too: rather one query less than his name.
    """
    plain = {trimmed(part) for text in texts_in(said) for part in parts_of(text)}
    spelled = plain | {part.lower() for part in plain}
    return any(hash_of(part) in identities for part in spelled if part)
