"""Accounts that an account made, its partner: commands made from plain words."""

import uuid
from dataclasses import asdict, fields

import orjson

from producers.admin.errors import UnfitError
from producers.admin.key_making import given_key
from producers.edge.command_desk import CommandDesk, CommandRefusedError
from tilde.catalog.subaccounts import Details, KnownSubaccounts
from tilde.domain.catalog.keys import ACCOUNT_KEYS, PRODUCT_KEYS, KeyKind
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Account, Catalog
from tilde.domain.catalog.subaccounts import ChangeSubaccount, CloseSubaccount, CreateSubaccount
from tilde.domain.texts import trimmed
from tilde.keys.keyring import Keyring, make_key

TEXT_MAX = 2_000


def checked(details: Details) -> Details:
    """The details without white space at their ends. Raises UnfitError for one that has line breaks in it or is too
    long, KeyNotMadeError for an e-mail address that is none.
    """
    told = {field.name: trimmed(getattr(details, field.name)) for field in fields(details)}
    for name, text in told.items():
        if len(text) > TEXT_MAX or not (text.isprintable() or not text):
            raise UnfitError(f"{name} is a line of at most {TEXT_MAX:,} printable characters")
    told["email"] = given_key(KeyKind.EMAIL, told["email"])
    return Details(**told)


class Subaccounts:
    """The commands of partners. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does.

    `known` finds what they are about.
    """

    def __init__(self, desk: CommandDesk, catalog: Catalog, keyring: Keyring) -> None:
        self.known = KnownSubaccounts(catalog, keyring)
        self._desk = desk
        self._catalog = catalog
        self._keyring = keyring

    async def create(self, partner: int, details: Details) -> Account:
        """Makes one; where the partner has made one with this address before, that one is the answer, unchanged.

        Raises UnfitError, KeyNotMadeError.
        """
        details = checked(details)
        known = self.known.with_email(partner, details.email)
        if known is not None:
            return known
        keys = [self._keyring.store(kind, make_key(kind)) for kind in (*ACCOUNT_KEYS, *PRODUCT_KEYS)]
        keys.append(self._keyring.store(KeyKind.EMAIL, details.email))
        command = CreateSubaccount(partner, tuple(keys), str(uuid.uuid4()), self._sealed(details))
        try:
            entry = await self._desk.ask(command)
        except CommandRefusedError as refused:
            known = self.known.with_email(partner, details.email)  # made by another request meanwhile
            if refused.refusal is Refusal.KEY_TAKEN and known is not None:
                return known
            raise
        return self._catalog.accounts[entry.reply["account"]]

    async def change(self, account: Account, details: Details) -> Account:
        """Says who it is now, all of it: `details` of before with what is new put in. Raises UnfitError,
        KeyNotMadeError.
        """
        details = checked(details)
        keys = (self._keyring.store(KeyKind.EMAIL, details.email),)
        await self._desk.ask(ChangeSubaccount(_partner(account), account.id, keys, self._sealed(details)))
        return self._catalog.accounts[account.id]

    async def close(self, account: Account) -> None:
        """Ends it: its keys are gone for ever, its address is free, and its partner knows it no more."""
        await self._desk.ask(CloseSubaccount(_partner(account), account.id))

    def _sealed(self, details: Details) -> bytes:
        """But for the address, which stands as a key."""
        told = {name: text for name, text in asdict(details).items() if text and name != "email"}
        return self._keyring.seal(orjson.dumps(told).decode())


def _partner(account: Account) -> int:
    if account.partner is None:
        raise CommandRefusedError(Refusal.UNKNOWN_SUBACCOUNT)
    return account.partner
