"""Accounts that another account made, its partner, and manages: what it says of them, and their end.

A partner says of each who it is: an e-mail address, a name, a company. Those are a person's, so they stand here sealed,
and the address as a key, by which it is found again.
"""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from tilde.domain.catalog.account_switches import AccountChanged
from tilde.domain.catalog.accounts import ACCOUNT_NAME_MAX, AccountCreated, KeyStored, without_key
from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.keys import StoredKey
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Account, Catalog
from tilde.domain.catalog.switches import OFF_WITH_SUBACCOUNTS

SUBACCOUNTS_MAX = 10_000  # of an account: 5 kB each, in every process
DETAILS_MAX = 16_000
_NAME_SHARE = 50  # of a name, for the partner's; the rest is for the number


@dataclass(frozen=True, slots=True)
class CreateSubaccount(Action):
    partner: int
    keys: tuple[StoredKey, ...]
    product_uuid: str
    details: bytes

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.partner in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        partner = catalog.accounts[self.partner]
        require(not partner.is_closed, Refusal.UNKNOWN_ACCOUNT)
        is_full = len(catalog.subaccounts.get(self.partner, ())) >= SUBACCOUNTS_MAX
        require(partner.partner is None and not is_full, Refusal.TOO_MANY_SUBACCOUNTS)
        require(len(self.details) <= DETAILS_MAX, Refusal.BAD_DETAILS)
        require(not any(catalog.others_with(key, None) for key in self.keys), Refusal.KEY_TAKEN)
        account, product = catalog.last_account + 1, catalog.last_product + 1
        facts = (
            AccountCreated(account, _free_name(catalog, partner, account), self.keys, product, self.product_uuid, ""),
            AccountChanged.of(account, OFF_WITH_SUBACCOUNTS),
            SubaccountCreated(account, self.partner, self.details),
        )
        return Decision(facts, {"account": account, "product": product})


def _free_name(catalog: Catalog, partner: Account, account: int) -> str:
    """Its partner's with its id, `agency 17`. Only its operator ever sees it."""
    name = f"{partner.name[:_NAME_SHARE].rstrip()} {account}"
    while name in catalog.names:
        name = f"{name}'"
    assert len(name) <= ACCOUNT_NAME_MAX, "few names are taken so"
    return name


def _own(catalog: Catalog, partner: int, account: int) -> Account:
    require(account in catalog.subaccounts.get(partner, ()), Refusal.UNKNOWN_SUBACCOUNT)
    return catalog.accounts[account]


@dataclass(frozen=True, slots=True)
class ChangeSubaccount(Action):
    partner: int
    account: int
    keys: Annotated[tuple[StoredKey, ...], "Those that take the place of the ones of their kinds."]
    details: bytes

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        _own(catalog, self.partner, self.account)
        require(len(self.details) <= DETAILS_MAX, Refusal.BAD_DETAILS)
        new = [key for key in self.keys if not self._has(catalog, key)]
        require(not any(catalog.others_with(key, self.account) for key in new), Refusal.KEY_TAKEN)
        stored = tuple(KeyStored(self.account, key) for key in new)
        return Decision((*stored, SubaccountChanged(self.account, self.details)), {"account": self.account})

    def _has(self, catalog: Catalog, key: StoredKey) -> bool:
        holder = catalog.keys.get(key.hash)
        return holder is not None and holder.account == self.account


@dataclass(frozen=True, slots=True)
class CloseSubaccount(Action):
    """Takes all its keys away for ever. What it counted stays, for the operator alone."""

    partner: int
    account: int

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        _own(catalog, self.partner, self.account)
        return Decision((SubaccountClosed(self.account),), {"account": self.account})


@dataclass(frozen=True, slots=True)
class SubaccountCreated(Fact):
    account: int
    partner: int
    details: Annotated[bytes, "Who it is, as its partner says; sealed."]

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        of_account = catalog.accounts[self.account]
        catalog.accounts[self.account] = replace(of_account, partner=self.partner, details=self.details)
        catalog.subaccounts.setdefault(self.partner, {})[self.account] = None


@dataclass(frozen=True, slots=True)
class SubaccountChanged(Fact):
    account: int
    details: bytes

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        before = catalog.accounts[self.account]
        catalog.accounts[self.account] = replace(before, details=self.details, changed_ms=entry.at_ms)


@dataclass(frozen=True, slots=True)
class SubaccountClosed(Fact):
    CHANGES_KEYS: ClassVar[bool] = True

    account: int

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        of_account = catalog.accounts[self.account]
        for kind in list(of_account.keys):
            without_key(catalog, self.account, kind)
        for product in catalog.products_of[self.account].values():
            for kind in list(catalog.products[product].keys):
                without_key(catalog, self.account, kind, product)
        if of_account.partner is not None:
            del catalog.subaccounts[of_account.partner][self.account]
        catalog.accounts[self.account] = replace(
            catalog.accounts[self.account], details=None, contact=None, is_closed=True, changed_ms=entry.at_ms
        )


ACTIONS = (CreateSubaccount, ChangeSubaccount, CloseSubaccount)
FACTS = (SubaccountCreated, SubaccountChanged, SubaccountClosed)
