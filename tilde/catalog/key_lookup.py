"""Accounts and products by their keys, in this process's copy of the catalog.

An unknown key is given up only after a look at the end of `catalog` that began after the request came, and nothing is
remembered of it: an account made a moment ago through another edge is known here.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account, Product, Reach
from tilde.domain.texts import trimmed
from tilde.keys.keyring import Keyring

T = TypeVar("T")


class KeyLookup:
    """Looks accounts up for one process."""

    def __init__(self, follower: CatalogFollower, keyring: Keyring) -> None:
        self._follower = follower
        self._keyring = keyring

    def known(self, kind: KeyKind, key: str) -> Account | None:
        """The account of a key, as far as this process has read.

        What nobody sees around a key, as white space or a byte order mark, is not part of it, unless a release that
        knew no better stored it with some.
        """
        return self._whose(self._follower.catalog.account_of_key, kind, key)

    def _whose(self, of_key: Callable[[KeyKind, bytes], T | None], kind: KeyKind, key: str) -> T | None:
        """What `of_key` knows of the key as it was sent, else of the key itself."""
        whose = of_key(kind, self._keyring.hash(kind, key))
        if whose is None and (bare := trimmed(key)) != key:
            whose = of_key(kind, self._keyring.hash(kind, bare))
        return whose

    async def find(self, kind: KeyKind, key: str) -> Account | None:
        """The account of a key, after a look at the catalog's end where it is not known yet. Raises LogError."""
        known = partial(self.known, kind, key)
        return await self._follower.find(known) if key else known()

    async def find_reach(self, token: str) -> Reach | None:
        """What an access token opens, one account's own or one of several; else as `find`. Raises LogError."""
        known = partial(self._whose, self._follower.catalog.reach_of_key, KeyKind.TOKEN, token)
        return await self._follower.find(known) if token else None

    def known_product(self, kind: KeyKind, key: str) -> Product | None:
        """The product that a key opens, its own or the first one of its account; else as `known`."""
        return self._whose(self._follower.catalog.product_of_key, kind, key)
