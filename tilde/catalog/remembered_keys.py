"""Whose keys are, remembered: a key is hashed or opened when it comes first, not with each post."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol, TypeVar

from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.nouns import KEY_FACTS

KEYS_MAX = 50_000
SPELLINGS_MAX = 20  # of one holder's; a client sends the same each time, and anybody can put blanks around his
SPELLING_MAX = 300  # a key has 256 characters; whoever has one could send it with half a megabyte of blanks around it


class HasKey(Protocol):
    """Who holds a key: an account, or a product."""

    @property
    def id(self) -> int:
        """Its id."""
        ...


T = TypeVar("T", bound=HasKey)


class RememberedKeys(dict[str, T | None]):
    """Holders by their keys as clients wrote them, until the catalog says something new about anybody's keys:
    `keys[key]` is whose a key is, None where it is nobody's. One that is remembered costs one look-up of a dict.
    """

    def __init__(self, follower: CatalogFollower, find: Callable[[str], T | None]) -> None:
        """`find` tells whose a key is, None where it is nobody's; what it raises is raised, and not remembered."""
        super().__init__()
        self._find = find
        self._spellings: Counter[int] = Counter()
        follower.listen(self._forget, *KEY_FACTS)

    def _forget(self, entry: Entry) -> None:
        self._clear()

    def _clear(self) -> None:
        self.clear()
        self._spellings.clear()

    def __missing__(self, key: str) -> T | None:
        holder = self._find(key)
        if holder is not None:
            self._remember(key, holder)
        return holder

    def _remember(self, key: str, holder: T) -> None:
        if len(key) > SPELLING_MAX or self._spellings[holder.id] >= SPELLINGS_MAX:
            return
        if len(self) >= KEYS_MAX:
            self._clear()
        self[key] = holder
        self._spellings[holder.id] += 1
