"""Who may post, and where the events of a stat go."""

from typing import NamedTuple

from tilde.catalog.follower import CatalogFollower
from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.accounts import AccountChanged, AccountCreated, KeyRevoked, KeyStored
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.rejections import Reason, Rejection
from tilde.domain.stats.fanout import NAME_MAX_CODE_POINTS, expand, is_blank
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.keys.keyring import Keyring
from tilde.schemas.hot import posted_name
from tilde.schemas.topics import STATS

DESTINATIONS_MAX = 200_000  # remembered, by name: about 50 MB. Wide fan-outs are not: each may be 100 kB
KEYS_MAX = 50_000
_ABOUT_KEYS = (AccountCreated, AccountChanged, KeyStored, KeyRevoked)


class Destination(NamedTuple):
    """Where the events of a posted name go, and the part of their encoding that is always the same."""

    partition: int
    name: bytes


class Admission:
    """Answers for one edge. What it remembers of keys is forgotten when the catalog has something new about keys."""

    def __init__(self, follower: CatalogFollower, keyring: Keyring) -> None:
        self._follower = follower
        self._keyring = keyring
        self._lookup = KeyLookup(follower, keyring)
        self._destinations: dict[tuple[int, str, str], Destination] = {}
        self._ez_accounts: dict[str, Account] = {}

    def on_entry(self, entry: Entry) -> None:
        """To be called for each entry that the follower folds."""
        if any(isinstance(fact, _ABOUT_KEYS) for fact in entry.facts):
            self._ez_accounts.clear()

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
            if account is not None and not account.email_key:
                return None
        if account is None:
            return None
        if not account.ez:
            raise Rejection(Reason.EZ_IS_OFF)
        if len(self._ez_accounts) >= KEYS_MAX:
            self._ez_accounts.clear()
        self._ez_accounts[ezkey] = account
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

    async def account(self, kind: KeyKind, key: str, reason: Reason) -> Account:
        """The account of a key. Raises Rejection with `reason`, LogError."""
        account = await self._lookup.find(kind, key)
        if account is None:
            raise Rejection(reason)
        return account

    async def stat_of_key(self, key: str, ukey: str, kind: Kind) -> tuple[int, int]:
        """(product, metric) that a stat key names, once its ukey is the owner's. Raises Rejection, LogError."""
        account = await self.account(KeyKind.UKEY, ukey, Reason.INVALID_KEYS)
        read = self._keyring.read_stat_key(key)
        if read is None:
            raise Rejection(Reason.INVALID_KEYS)
        product, kind_of_key, metric = read
        owner = self._follower.catalog.products.get(product)
        if owner is None or owner.account != account.id:
            raise Rejection(Reason.INVALID_KEYS)
        if kind_of_key is not kind:
            raise Rejection(Reason.WRONG_KIND)
        return product, metric

    def destination(self, product: int, kind: Kind, name: str) -> Destination:
        """Where posts to a name go, `~` and all. Raises Rejection where the name cannot be a stat's."""
        key = product, kind, name
        destination = self._destinations.get(key)
        if destination is None:
            if any(map(is_blank, expand(name))):
                raise Rejection(Reason.NO_STAT)
            if len(name) > NAME_MAX_CODE_POINTS:
                return _destination(product, metric_id(product, kind, name), kind, name)
            if len(self._destinations) >= DESTINATIONS_MAX:
                self._destinations.clear()
            destination = self._destinations[key] = _destination(product, metric_id(product, kind, name), kind, name)
        return destination

    @staticmethod
    def destination_of_metric(product: int, kind: Kind, metric: int) -> Destination:
        """Where posts to a metric by its key go."""
        return _destination(product, metric, kind, None)


def _destination(product: int, metric: int, kind: Kind, name: str | None) -> Destination:
    return Destination(partition_of_metric(metric, STATS.partitions), posted_name(product, metric, kind, name))
