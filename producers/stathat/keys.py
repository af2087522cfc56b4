"""StatHat's three keys: the ezkey (or the e-mail address in its place), and for classic posts the ukey and a stat's own
key.
"""

from collections import Counter

from producers.stathat.reasons import Reason, Rejection
from tilde.catalog.follower import CatalogFollower
from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.nouns import KEY_FACTS
from tilde.domain.catalog.state import Account
from tilde.domain.catalog.switches import Switch
from tilde.domain.stats.metrics import Kind
from tilde.keys.keyring import Keyring

EZKEYS_MAX = 50_000
SPELLINGS_MAX = 20  # of one account's; a client sends the same each time, and anybody can put blanks around his
SPELLING_MAX = 300  # a key has 256 characters; whoever has one could send it with half a megabyte of blanks around it


class Keys:
    """Whose a key is, for one edge. Ezkeys are remembered as they were sent, until the catalog says something new about
    any account's keys.
    """

    def __init__(self, follower: CatalogFollower, lookup: KeyLookup, keyring: Keyring) -> None:
        self._follower = follower
        self._lookup = lookup
        self._keyring = keyring
        self._ez_accounts: dict[str, Account] = {}
        self._spellings: Counter[int] = Counter()
        follower.listen(self._forget, *KEY_FACTS)

    def _forget(self, entry: Entry) -> None:
        self._ez_accounts.clear()
        self._spellings.clear()

    def _remember(self, ezkey: str, account: Account) -> None:
        if len(ezkey) > SPELLING_MAX or self._spellings[account.id] >= SPELLINGS_MAX:
            return
        if len(self._ez_accounts) >= EZKEYS_MAX:
            self._ez_accounts.clear()
            self._spellings.clear()
        self._ez_accounts[ezkey] = account
        self._spellings[account.id] += 1

    def known_ez_account(self, ezkey: str) -> Account | None:
        """The account behind an ezkey or e-mail address, as far as this edge has read. Raises Rejection where EZ is
        off.
        """
        account = self._ez_accounts.get(ezkey)
        if account is not None:
            return account
        account = self._lookup.known(KeyKind.EZKEY, ezkey)
        if account is None and "@" in ezkey:
            account = self._lookup.known(KeyKind.EMAIL, ezkey)
            if account is not None and not account.is_on(Switch.EMAIL_KEY):
                return None
        if account is None:
            return None
        if not account.is_on(Switch.EZ):
            raise Rejection(Reason.EZ_IS_OFF)
        self._remember(ezkey, account)
        return account

    async def ez_account(self, ezkey: str) -> Account:
        """The account behind an ezkey or e-mail address. Raises Rejection, LogError."""
        account = self.known_ez_account(ezkey)
        if account is None:
            await self._follower.look_again()
            account = self.known_ez_account(ezkey)
        if account is None:
            raise Rejection(Reason.INVALID_EZKEY)
        return account

    async def stat_of_key(self, key: str, ukey: str, kind: Kind) -> tuple[int, int]:
        """(product, metric) that a stat key names, once its ukey is the owner's. Raises Rejection, LogError."""
        account = await self._lookup.find(KeyKind.UKEY, ukey)
        read = self._keyring.read_stat_key(key)
        if account is None or read is None:
            raise Rejection(Reason.INVALID_KEYS)
        product, kind_of_key, metric = read
        owner = self._follower.catalog.products.get(product)
        if owner is None or owner.account != account.id:
            raise Rejection(Reason.INVALID_KEYS)
        if kind_of_key is not kind:
            raise Rejection(Reason.WRONG_KIND)
        return product, metric
