"""Accounts, with the product that each begins with, and their keys. A key is one account's alone; so is a key of
another kind that reads like it, as an e-mail address may. Of a kind that is a product's, an account's key is its first
product's unless another one is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.keys import PRODUCT_KEYS, KeyKind, StoredKey
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Account, Catalog, Holder, Product
from tilde.domain.texts import is_title

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
        require(is_title(name), Refusal.BAD_ACCOUNT_NAME)
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
    product: Annotated[int | None, "Whose key it is to be, of a kind that products have; null: the first one's."] = None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        require(not catalog.accounts[self.account].is_closed, Refusal.UNKNOWN_ACCOUNT)
        _require_own(catalog, self.account, self.product)
        holder = catalog.keys.get(self.key.hash)
        require(holder is None or holder.account != self.account, Refusal.KEY_KNOWN)
        require(not catalog.others_with(self.key, self.account), Refusal.KEY_TAKEN)
        stored = KeyStored(self.account, self.key, self.product if self.key.kind in PRODUCT_KEYS else None)
        return Decision((stored,), {"account": self.account})


@dataclass(frozen=True, slots=True)
class RevokeKey(Action):
    account: int
    kind: KeyKind
    product: int | None = None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        _require_own(catalog, self.account, self.product)
        product = self.product if self.kind in PRODUCT_KEYS else None
        require(self.kind in _keys(catalog, self.account, self.kind, product), Refusal.NO_SUCH_KEY)
        return Decision((KeyRevoked(self.account, KeyKind(self.kind), product),), {"account": self.account})


def _require_own(catalog: Catalog, account: int, product: int | None) -> None:
    is_own = product is None or (product in catalog.products and catalog.products[product].account == account)
    require(is_own, Refusal.UNKNOWN_PRODUCT)


@dataclass(frozen=True, slots=True)
class AccountCreated(Fact):
    """Every account starts with one product, of the same name."""

    CHANGES_KEYS: ClassVar[bool] = True

    account: int
    name: str
    keys: tuple[StoredKey, ...]
    product: int
    product_uuid: str
    domain: str

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        catalog.accounts[self.account] = Account(self.account, self.name, entry.at_ms, self.product, {})
        catalog.products[self.product] = Product(
            self.product, self.account, self.product_uuid, self.domain, {}, self.name, entry.at_ms
        )
        catalog.products_of[self.account] = {self.name: self.product}
        catalog.names[self.name] = self.account
        catalog.last_account = max(catalog.last_account, self.account)
        catalog.last_product = max(catalog.last_product, self.product)
        for key in {key.kind: key for key in self.keys}.values():
            with_key(catalog, self.account, key)


@dataclass(frozen=True, slots=True)
class KeyStored(Fact):
    CHANGES_KEYS: ClassVar[bool] = True

    account: int
    key: StoredKey
    product: int | None = None

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        without_key(catalog, self.account, self.key.kind, self.product)
        with_key(catalog, self.account, self.key, self.product)
        catalog.accounts[self.account] = replace(catalog.accounts[self.account], changed_ms=entry.at_ms)


@dataclass(frozen=True, slots=True)
class KeyRevoked(Fact):
    CHANGES_KEYS: ClassVar[bool] = True

    account: int
    kind: KeyKind
    product: int | None = None

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        without_key(catalog, self.account, self.kind, self.product)
        catalog.accounts[self.account] = replace(catalog.accounts[self.account], changed_ms=entry.at_ms)


def with_key(catalog: Catalog, account: int, key: StoredKey, product: int | None = None) -> None:
    """Gives an account a key; of a kind that products have, its first one, or `product`."""
    holder = _first(catalog, account, product) if key.kind in PRODUCT_KEYS else None
    _put(catalog, account, holder, {**_keys(catalog, account, key.kind, product), key.kind: key})
    catalog.keys[key.hash] = Holder(key.kind, account, holder)
    for twin in key.twins:
        catalog.twins[twin] = catalog.twins.get(twin, frozenset()) | {account}


def without_key(catalog: Catalog, account: int, kind: KeyKind, product: int | None = None) -> None:
    """Takes away the key of a kind, where there is one."""
    keys = _keys(catalog, account, kind, product)
    if kind in keys:
        key = keys[kind]
        del catalog.keys[key.hash]
        for twin in key.twins:
            holders = catalog.twins.pop(twin, frozenset()) - {account}
            if holders:
                catalog.twins[twin] = holders
        holder = _first(catalog, account, product) if kind in PRODUCT_KEYS else None
        _put(catalog, account, holder, {other: kept for other, kept in keys.items() if other is not kind})


def _first(catalog: Catalog, account: int, product: int | None) -> int:
    return catalog.accounts[account].product if product is None else product


def _keys(catalog: Catalog, account: int, kind: KeyKind, product: int | None) -> Mapping[KeyKind, StoredKey]:
    """Those that one of this kind stands among: the account's own, or a product's."""
    if kind in PRODUCT_KEYS:
        return catalog.products[_first(catalog, account, product)].keys
    return catalog.accounts[account].keys


def _put(catalog: Catalog, account: int, product: int | None, keys: Mapping[KeyKind, StoredKey]) -> None:
    if product is not None:
        catalog.products[product] = replace(catalog.products[product], keys=keys)
    else:
        catalog.accounts[account] = replace(catalog.accounts[account], keys=keys)


ACTIONS = (CreateAccount, StoreKey, RevokeKey)
FACTS = (AccountCreated, KeyStored, KeyRevoked)
