"""Accounts, with the product that each begins with, and their keys. A key is one account's alone; so is a key of
another kind that reads like it, as an e-mail address may. Of a kind that is a product's, an account's key is its first
product's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact
from tilde.domain.catalog.keys import PRODUCT_KEYS, KeyKind, StoredKey
from tilde.domain.catalog.refusals import Refusal, require
from tilde.domain.catalog.state import Account, Catalog, Holder, Product
from tilde.domain.stats.fanout import is_blank

ACCOUNT_NAME_MAX = 64


@dataclass(frozen=True, slots=True)
class CreateAccount(Action):
    name: str
    keys: tuple[StoredKey, ...]
    product_uuid: str
    domain: str

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        name = self.name
        require(0 < len(name) <= ACCOUNT_NAME_MAX, Refusal.BAD_ACCOUNT_NAME)
        require(name.isprintable() and name.strip() == name and not is_blank(name), Refusal.BAD_ACCOUNT_NAME)
        require("/" not in name and name not in (".", ".."), Refusal.BAD_ACCOUNT_NAME)  # it stands in paths
        require(name not in catalog.names, Refusal.ACCOUNT_EXISTS)
        require(not any(catalog.others_with(key, None) for key in self.keys), Refusal.KEY_TAKEN)
        account, product = catalog.last_account + 1, catalog.last_product + 1
        created = AccountCreated(account, name, self.keys, product, self.product_uuid, self.domain)
        return Decision((created,), {"account": account, "product": product})


@dataclass(frozen=True, slots=True)
class StoreKey(Action):
    """Gives the account this key in place of the one of its kind."""

    account: int
    key: StoredKey

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        holder = catalog.keys.get(self.key.hash)
        require(holder is None or holder.account != self.account, Refusal.KEY_KNOWN)
        require(not catalog.others_with(self.key, self.account), Refusal.KEY_TAKEN)
        return Decision((KeyStored(self.account, self.key),), {"account": self.account})


@dataclass(frozen=True, slots=True)
class RevokeKey(Action):
    account: int
    kind: KeyKind

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        require(self.kind in _keys(catalog, self.account, self.kind), Refusal.NO_SUCH_KEY)
        return Decision((KeyRevoked(self.account, KeyKind(self.kind)),), {"account": self.account})


@dataclass(frozen=True, slots=True)
class AccountCreated(Fact):
    """Every account starts with one product."""

    account: int
    name: str
    keys: tuple[StoredKey, ...]
    product: int
    product_uuid: str
    domain: str

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        catalog.accounts[self.account] = Account(self.account, self.name, entry.at_ms, self.product, {})
        catalog.products[self.product] = Product(self.product, self.account, self.product_uuid, self.domain, {})
        catalog.names[self.name] = self.account
        catalog.last_account = max(catalog.last_account, self.account)
        catalog.last_product = max(catalog.last_product, self.product)
        for key in {key.kind: key for key in self.keys}.values():
            _with_key(catalog, self.account, key)


@dataclass(frozen=True, slots=True)
class KeyStored(Fact):
    account: int
    key: StoredKey

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        _without_key(catalog, self.account, self.key.kind)
        _with_key(catalog, self.account, self.key)


@dataclass(frozen=True, slots=True)
class KeyRevoked(Fact):
    account: int
    kind: KeyKind

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        _without_key(catalog, self.account, self.kind)


def _with_key(catalog: Catalog, account: int, key: StoredKey) -> None:
    product = catalog.accounts[account].product if key.kind in PRODUCT_KEYS else None
    _put(catalog, account, key.kind, {**_keys(catalog, account, key.kind), key.kind: key})
    catalog.keys[key.hash] = Holder(key.kind, account, product)
    for twin in key.twins:
        catalog.twins[twin] = catalog.twins.get(twin, frozenset()) | {account}


def _without_key(catalog: Catalog, account: int, kind: KeyKind) -> None:
    keys = _keys(catalog, account, kind)
    if kind in keys:
        key = keys[kind]
        del catalog.keys[key.hash]
        for twin in key.twins:
            holders = catalog.twins.pop(twin, frozenset()) - {account}
            if holders:
                catalog.twins[twin] = holders
        _put(catalog, account, kind, {other: kept for other, kept in keys.items() if other is not kind})


def _keys(catalog: Catalog, account: int, kind: KeyKind) -> Mapping[KeyKind, StoredKey]:
    """Those that one of this kind stands among: the account's own, or its first product's."""
    of_account = catalog.accounts[account]
    return catalog.products[of_account.product].keys if kind in PRODUCT_KEYS else of_account.keys


def _put(catalog: Catalog, account: int, kind: KeyKind, keys: Mapping[KeyKind, StoredKey]) -> None:
    of_account = catalog.accounts[account]
    if kind in PRODUCT_KEYS:
        catalog.products[of_account.product] = replace(catalog.products[of_account.product], keys=keys)
    else:
        catalog.accounts[account] = replace(of_account, keys=keys)


ACTIONS = (CreateAccount, StoreKey, RevokeKey)
FACTS = (AccountCreated, KeyStored, KeyRevoked)
