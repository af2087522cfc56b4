"""Accounts that an account made, its partner: commands made from plain words, and what is shown of them."""

import uuid
from dataclasses import asdict, dataclass, fields, replace
from typing import Self

import orjson

from producers.admin.key_making import given_key, key_of
from producers.admin.unfit import UnfitError
from producers.edge.command_desk import CommandDesk, CommandRefusedError
from tilde.domain.catalog.keys import ACCOUNT_KEYS, PRODUCT_KEYS, KeyKind
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Account, Catalog
from tilde.domain.catalog.subaccounts import ChangeSubaccount, CloseSubaccount, CreateSubaccount
from tilde.domain.stats.fanout import trimmed
from tilde.keys.keyring import Keyring, make_key

TEXT_MAX = 2_000
ID_DIGITS_MAX = 15


@dataclass(frozen=True, slots=True)
class Details:
    """Who it is, as its partner says. The e-mail address is kept as a key of the account."""

    email: str = ""
    name: str = ""
    company: str = ""
    plan: str = ""
    url: str = ""

    def checked(self) -> Self:
        """Trimmed. Raises UnfitError for what no text of a line is, KeyNotMadeError for an address that is none."""
        told = {field.name: trimmed(getattr(self, field.name)) for field in fields(self)}
        for name, text in told.items():
            if len(text) > TEXT_MAX or not (text.isprintable() or not text):
                raise UnfitError(f"{name} is a line of at most {TEXT_MAX:,} printable characters")
        told["email"] = given_key(KeyKind.EMAIL, told["email"])
        return type(self)(**told)


class Subaccounts:
    """The commands of partners. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog, keyring: Keyring) -> None:
        self._desk = desk
        self._catalog = catalog
        self._keyring = keyring

    async def create(self, partner: int, details: Details) -> Account:
        """Makes one; where the partner has made one with this address before, that one is the answer, unchanged.

        Raises UnfitError, KeyNotMadeError.
        """
        details = details.checked()
        known = self.with_email(partner, details.email)
        if known is not None:
            return known
        keys = [self._keyring.store(kind, make_key(kind)) for kind in (*ACCOUNT_KEYS, *PRODUCT_KEYS)]
        keys.append(self._keyring.store(KeyKind.EMAIL, details.email))
        command = CreateSubaccount(partner, tuple(keys), str(uuid.uuid4()), self._sealed(details))
        try:
            entry = await self._desk.ask(command)
        except CommandRefusedError as refused:
            known = self.with_email(partner, details.email)  # made by another request meanwhile
            if refused.refusal is Refusal.KEY_TAKEN and known is not None:
                return known
            raise
        return self._catalog.accounts[entry.reply["account"]]

    async def change(self, account: Account, details: Details) -> Account:
        """Says who it is now, all of it: `details` of before with what is new put in. Raises UnfitError,
        KeyNotMadeError.
        """
        details = details.checked()
        keys = (self._keyring.store(KeyKind.EMAIL, details.email),)
        await self._desk.ask(ChangeSubaccount(_partner(account), account.id, keys, self._sealed(details)))
        return self._catalog.accounts[account.id]

    async def close(self, account: Account) -> None:
        """Ends it: its keys are gone for ever, its address is free, and its partner knows it no more."""
        await self._desk.ask(CloseSubaccount(_partner(account), account.id))

    def of(self, partner: int) -> list[Account]:
        """Those that a partner has, the first one first."""
        return [self._catalog.accounts[account] for account in self._catalog.subaccounts.get(partner, ())]

    def found(self, partner: int, id_or_key: str, kind: KeyKind) -> Account | None:
        """One by its id, or by its key of a kind. None where it is nobody's, or another partner's."""
        held = self._catalog.account_of_key(kind, self._keyring.hash(kind, id_or_key))
        if held is not None:
            return held if held.partner == partner else None
        is_id = id_or_key.isascii() and id_or_key.isdigit() and len(id_or_key) <= ID_DIGITS_MAX
        return self._own(partner, int(id_or_key)) if is_id else None

    def with_email(self, partner: int, email: str) -> Account | None:
        """The one of an address."""
        held = self._catalog.account_of_key(KeyKind.EMAIL, self._keyring.hash(KeyKind.EMAIL, email))
        return held if held is not None and held.partner == partner else None

    def _own(self, partner: int, account: int) -> Account | None:
        is_own = account in self._catalog.subaccounts.get(partner, ())
        return self._catalog.accounts[account] if is_own else None

    def details_of(self, account: Account) -> Details:
        """Who it is, as its partner says."""
        told = orjson.loads(self._keyring.open(account.details)) if account.details else {}
        email = key_of(self._keyring, account.keys.get(KeyKind.EMAIL)) or ""
        return replace(Details(**told), email=email)

    def _sealed(self, details: Details) -> bytes:
        """But for the address, which stands as a key."""
        told = {name: text for name, text in asdict(details).items() if text and name != "email"}
        return self._keyring.seal(orjson.dumps(told).decode())


def _partner(account: Account) -> int:
    if account.partner is None:
        raise CommandRefusedError(Refusal.UNKNOWN_SUBACCOUNT)
    return account.partner
