"""Whether something that was said, as JSON, names somebody of whom nothing is known but the keyed hashes of his
identities: he was erased.
"""

import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

from tilde.domain.texts import trimmed


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


def names_one_of(said: Any, identities: Collection[int], hash_of: Callable[[str], int]) -> bool:
    """Whether a text in it is one of these identities, with blanks around it or in capitals though he was not."""
    for text in texts_in(said):
        plain = trimmed(text)
        if plain and (hash_of(plain) in identities or hash_of(plain.lower()) in identities):
            return True
    return False
