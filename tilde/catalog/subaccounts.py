"""Accounts that an account made, its partner, as the catalog has them: found, and who they are."""

from dataclasses import dataclass, replace

import orjson

from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account, Catalog
from tilde.domain.stats.numbers import natural
from tilde.keys.keyring import Keyring, key_of

ID_DIGITS_MAX = 15


@dataclass(frozen=True, slots=True)
class Details:
    """Who it is, as its partner says. The e-mail address is kept as a key of the account."""

    email: str = ""
    name: str = ""
    company: str = ""
    plan: str = ""
    url: str = ""


class KnownSubaccounts:
    """Finds the accounts that a partner made. Those of another partner are nobody's to it."""

    def __init__(self, catalog: Catalog, keyring: Keyring) -> None:
        self._catalog = catalog
        self._keyring = keyring

    def of(self, partner: int) -> list[Account]:
        """The accounts that a partner made, the first one first."""
        return [self._catalog.accounts[account] for account in self._catalog.subaccounts.get(partner, ())]

    def found(self, partner: int, id_or_key: str, kind: KeyKind) -> Account | None:
        """A partner's account, by its id, or by its key of a kind. None where it is nobody's, or another partner's."""
        held = self._catalog.account_of_key(kind, self._keyring.hash(kind, id_or_key))
        if held is not None:
            return held if held.partner == partner else None
        id_ = natural(id_or_key, ID_DIGITS_MAX)
        return None if id_ is None else self._own(partner, id_)

    def with_email(self, partner: int, email: str) -> Account | None:
        """A partner's account of an e-mail address; None where there is none."""
        held = self._catalog.account_of_key(KeyKind.EMAIL, self._keyring.hash(KeyKind.EMAIL, email))
        return held if held is not None and held.partner == partner else None

    def _own(self, partner: int, account: int) -> Account | None:
        is_own = account in self._catalog.subaccounts.get(partner, ())
        return self._catalog.accounts[account] if is_own else None

    def details_of(self, account: Account) -> Details:
        """Who an account is, as its partner says."""
        told = orjson.loads(self._keyring.open(account.details)) if account.details else {}
        email = key_of(self._keyring, account.keys.get(KeyKind.EMAIL)) or ""
        return replace(Details(**told), email=email)
