"""StatHat's three keys: the ezkey (or the e-mail address in its place), and for classic posts the ukey and a stat's own
key.
"""

from collections.abc import Callable
from functools import partial

from producers.stathat.reasons import Reason, Rejection
from tilde.catalog.follower import CatalogFollower
from tilde.catalog.key_lookup import KeyLookup
from tilde.catalog.remembered_keys import RememberedKeys
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account
from tilde.domain.catalog.switches import Switch
from tilde.domain.stats.metrics import Kind
from tilde.keys.keyring import Keyring


class Keys:
    """Whose a key is, for one edge. Ezkeys are remembered as they were sent, until the catalog says something new about
    any account's keys.
    """

    def __init__(self, follower: CatalogFollower, lookup: KeyLookup, keyring: Keyring) -> None:
        self._follower = follower
        self._lookup = lookup
        self._keyring = keyring
        self.known_ez_account: Callable[[str], Account | None] = RememberedKeys(follower, self._found).__getitem__
        """The account behind an ezkey or e-mail address, as far as this edge has read. Raises Rejection where EZ is
        off.
        """

    def _found(self, ezkey: str) -> Account | None:
        account = self._lookup.known(KeyKind.EZKEY, ezkey)
        if account is None and "@" in ezkey:
            account = self._lookup.known(KeyKind.EMAIL, ezkey)
            if account is not None and not account.is_on(Switch.EMAIL_KEY):
                return None
        if account is None:
            return None
        if not account.is_on(Switch.EZ):
            raise Rejection(Reason.EZ_IS_OFF)
        return account

    async def ez_account(self, ezkey: str) -> Account:
        """The account behind an ezkey or e-mail address. Raises Rejection, LogError."""
        account = await self._follower.find(partial(self.known_ez_account, ezkey))
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
