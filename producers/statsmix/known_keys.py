"""Whose an API key is, without asking anybody: for the lane, which does not wait."""

from tilde.catalog.follower import CatalogFollower
from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.nouns import KEY_FACTS
from tilde.domain.catalog.state import Account

KEYS_MAX = 50_000
SPELLING_MAX = 300  # a key has 256 characters; whoever has one could send it with half a megabyte of blanks around it


class KnownKeys:
    """Accounts by their API keys as clients wrote them, until the catalog says something new about any account's
    keys.
    """

    def __init__(self, follower: CatalogFollower, lookup: KeyLookup) -> None:
        self._lookup = lookup
        self._accounts: dict[str, Account] = {}
        follower.listen(self._forget, *KEY_FACTS)

    def _forget(self, entry: Entry) -> None:
        self._accounts.clear()

    def account(self, key: str) -> Account | None:
        """None where this edge has not read of the key."""
        account = self._accounts.get(key)
        if account is None:
            account = self._lookup.known(KeyKind.API_KEY, key)
            if account is not None and len(key) <= SPELLING_MAX:
                if len(self._accounts) >= KEYS_MAX:
                    self._accounts.clear()
                self._accounts[key] = account
        return account
