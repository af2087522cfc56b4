"""Whose keys are, remembered: a key is hashed or opened when it comes first, not with each post."""

from collections import Counter
from collections.abc import Callable

from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.nouns import KEY_FACTS
from tilde.domain.catalog.state import Account

KEYS_MAX = 50_000
SPELLINGS_MAX = 20  # of one account's; a client sends the same each time, and anybody can put blanks around his
SPELLING_MAX = 300  # a key has 256 characters; whoever has one could send it with half a megabyte of blanks around it


class RememberedKeys:
    """Accounts by their keys as clients wrote them, until the catalog says something new about any account's keys."""

    def __init__(self, follower: CatalogFollower, find: Callable[[str], Account | None]) -> None:
        """`find` tells whose a key is, None where it is nobody's; what it raises is raised, and not remembered."""
        self._find = find
        self._accounts: dict[str, Account] = {}
        self._spellings: Counter[int] = Counter()
        follower.listen(self._forget, *KEY_FACTS)

    def _forget(self, entry: Entry) -> None:
        self._clear()

    def _clear(self) -> None:
        self._accounts.clear()
        self._spellings.clear()

    def account(self, key: str) -> Account | None:
        """Whose it is; None where it is nobody's."""
        account = self._accounts.get(key)
        if account is None:
            account = self._find(key)
            if account is not None:
                self._remember(key, account)
        return account

    def _remember(self, key: str, account: Account) -> None:
        if len(key) > SPELLING_MAX or self._spellings[account.id] >= SPELLINGS_MAX:
            return
        if len(self._accounts) >= KEYS_MAX:
            self._clear()
        self._accounts[key] = account
        self._spellings[account.id] += 1
