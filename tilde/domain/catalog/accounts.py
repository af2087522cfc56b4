"""Accounts, the product that each begins with, and their keys: no key, and none that reads like it, is that of two."""

from dataclasses import dataclass, replace

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact
from tilde.domain.catalog.keys import KeyKind, StoredKey
from tilde.domain.catalog.refusals import Refusal, require
from tilde.domain.catalog.state import Account, Catalog, Product
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
class ChangeAccount(Action):
    """Switches of an account; None leaves one as it is."""

    account: int
    ez: bool | None
    email_key: bool | None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        account = catalog.accounts[self.account]
        ez = account.ez if self.ez is None else self.ez
        email_key = account.email_key if self.email_key is None else self.email_key
        return Decision((AccountChanged(self.account, ez, email_key),), {"account": self.account})


@dataclass(frozen=True, slots=True)
class StoreKey(Action):
    """Gives the account this key in place of the one of its kind."""

    account: int
    key: StoredKey

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        _, owner = catalog.keys.get(self.key.hash, (None, None))
        require(owner != self.account, Refusal.KEY_KNOWN)
        require(not catalog.others_with(self.key, self.account), Refusal.KEY_TAKEN)
        return Decision((KeyStored(self.account, self.key),), {"account": self.account})


@dataclass(frozen=True, slots=True)
class RevokeKey(Action):
    account: int
    kind: KeyKind

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        require(self.kind in catalog.accounts[self.account].keys, Refusal.NO_SUCH_KEY)
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
        keys = {key.kind: key for key in self.keys}
        catalog.accounts[self.account] = Account(self.account, self.name, entry.at_ms, self.product, keys)
        catalog.products[self.product] = Product(self.product, self.account, self.product_uuid, self.domain)
        catalog.names[self.name] = self.account
        catalog.last_account = max(catalog.last_account, self.account)
        catalog.last_product = max(catalog.last_product, self.product)
        for key in keys.values():
            _with_key(catalog, self.account, key)


@dataclass(frozen=True, slots=True)
class AccountChanged(Fact):
    account: int
    ez: bool
    email_key: bool

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        account = catalog.accounts[self.account]
        catalog.accounts[self.account] = replace(account, ez=self.ez, email_key=self.email_key)


@dataclass(frozen=True, slots=True)
class KeyStored(Fact):
    account: int
    key: StoredKey

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        _without_key(catalog, self.account, self.key.kind)
        account = catalog.accounts[self.account]
        catalog.accounts[self.account] = replace(account, keys={**account.keys, self.key.kind: self.key})
        _with_key(catalog, self.account, self.key)


@dataclass(frozen=True, slots=True)
class KeyRevoked(Fact):
    account: int
    kind: KeyKind

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        _without_key(catalog, self.account, self.kind)


def _with_key(catalog: Catalog, account: int, key: StoredKey) -> None:
    catalog.keys[key.hash] = (key.kind, account)
    for twin in key.twins:
        catalog.twins[twin] = catalog.twins.get(twin, frozenset()) | {account}


def _without_key(catalog: Catalog, account: int, kind: KeyKind) -> None:
    holder = catalog.accounts[account]
    if kind in holder.keys:
        key = holder.keys[kind]
        del catalog.keys[key.hash]
        for twin in key.twins:
            holders = catalog.twins.pop(twin, frozenset()) - {account}
            if holders:
                catalog.twins[twin] = holders
        kept = {other: key for other, key in holder.keys.items() if other is not kind}
        catalog.accounts[account] = replace(holder, keys=kept)


ACTIONS = (CreateAccount, ChangeAccount, StoreKey, RevokeKey)
FACTS = (AccountCreated, AccountChanged, KeyStored, KeyRevoked)
