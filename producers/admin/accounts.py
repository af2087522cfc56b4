"""Accounts, as the operator manages them: commands made from plain words, and the catalog shown with its keys opened.

Keys are made, hashed and sealed here, before the command is written: no key stands in a log in plain text.
"""

import re
import uuid
from collections.abc import Mapping
from typing import Any
from unicodedata import category

from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.account_switches import ChangeAccount
from tilde.domain.catalog.accounts import CreateAccount, RevokeKey, StoreKey
from tilde.domain.catalog.keys import ACCOUNT_KEYS, PRODUCT_KEYS, KeyKind, StoredKey
from tilde.domain.catalog.state import Account, Catalog
from tilde.domain.catalog.switches import Switch
from tilde.domain.stats.fanout import is_blank, trimmed
from tilde.keys.keyring import Keyring, make_key

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")  # whether it is somebody's is not ours to say
SHORT_KEY = 16  # below this a key can be guessed; taken as it is, with a warning


class UnknownAccountError(Exception):
    """No account has that name."""


class KeyNotMadeError(Exception):
    """A key that cannot be: one of somebody's own has to be given, in its place, as what its clients can send."""


def _warnings(given: dict[KeyKind, str]) -> dict[str, list[str]]:
    """What is to be said about keys that somebody chose himself; nothing where all are long enough."""
    short = sorted(kind for kind, key in given.items() if len(key) < SHORT_KEY)
    told = [f"the {kind} has fewer than {SHORT_KEY} characters: it can be guessed" for kind in short]
    return {"warnings": told} if told else {}


def _given(kind: KeyKind, key: str) -> str:
    """A key that somebody gave us, without the white space around it: clients may send it with or without.

    Raises KeyNotMadeError for one of nothing else or with a NUL in it, for an e-mail address that is none, and for a
    token that no header, or no path, can have as it was given; other keys are sent as parameters.
    """
    is_given = bool(key)
    if kind is KeyKind.TOKEN and not (key.isascii() and key.isprintable() and key.strip() == key):
        raise KeyNotMadeError("a token goes in a header: it has printable ASCII characters, and no blank at its ends")
    if kind is KeyKind.TOKEN and not {"", ".", ".."}.isdisjoint(key.split("/")):
        raise KeyNotMadeError(
            "a token stands in paths, /x/TOKEN/statlist: no part is . or .., and it has no // and no / at its ends"
        )
    key = trimmed(key)
    if kind is KeyKind.EMAIL and not _ADDRESS.fullmatch(key):
        raise KeyNotMadeError("an e-mail address has an @ in it, something on both sides of it, and no blanks")
    if is_given and (is_blank(key) or "\0" in key):
        raise KeyNotMadeError(f"the {kind} is nothing but blanks, or has a NUL in it, which no client sends")
    if any(category(character) == "Cf" for character in key):
        raise KeyNotMadeError(f"the {kind} has a character in it that nobody sees: it reads like another one")
    return key


class Accounts:
    """The account commands. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog, keyring: Keyring) -> None:
        self._desk = desk
        self._catalog = catalog
        self._keyring = keyring

    async def create(self, name: str, email: str | None, domain: str, given: dict[KeyKind, str]) -> dict[str, Any]:
        """Creates an account with one product; keys not given are made. Returns it, its token for the only time.

        Raises KeyNotMadeError for an e-mail address among the keys.
        """
        if KeyKind.EMAIL in given:
            raise KeyNotMadeError("an e-mail address is not one of the `keys`: give it as `email`")
        given = {kind: _given(kind, key) for kind, key in given.items()}
        email = _given(KeyKind.EMAIL, email) if email else None
        plain = {kind: given.get(kind) or make_key(kind) for kind in (*ACCOUNT_KEYS, *PRODUCT_KEYS)}
        keys = [self._keyring.store(kind, key) for kind, key in plain.items()]
        if email:
            keys.append(self._keyring.store(KeyKind.EMAIL, email))
        entry = await self._desk.ask(CreateAccount(name, tuple(keys), str(uuid.uuid4()), domain))
        account = self.show(self._catalog.accounts[entry.reply["account"]])
        account["token"] = plain[KeyKind.TOKEN]
        return account | _warnings(given)

    def named(self, name: str) -> Account:
        """The account of a name. Raises UnknownAccountError."""
        if name not in self._catalog.names:
            raise UnknownAccountError(f"no account is named {name!r}")
        return self._catalog.accounts[self._catalog.names[name]]

    def all(self) -> list[dict[str, Any]]:
        """Every account, by id."""
        return [self.show(account) for account in self._catalog.accounts.values()]

    def show(self, account: Account) -> dict[str, Any]:
        """An account with its keys in the clear, but for the token: `has_token` says whether there is one."""
        product = self._catalog.products[account.product]
        shown: dict[str, Any] = {"id": account.id, "name": account.name}
        shown |= {kind.value: self._opened(account.keys.get(kind)) for kind in ACCOUNT_KEYS}
        shown["has_token"] = KeyKind.TOKEN in account.keys
        shown["email"] = self._opened(account.keys.get(KeyKind.EMAIL))
        shown |= {switch.value: account.is_on(switch) for switch in Switch}
        shown["product"] = {"id": product.id, "uuid": product.uuid, "domain": product.domain}
        shown["product"] |= {kind.value: self._opened(product.keys.get(kind)) for kind in PRODUCT_KEYS}
        return shown

    def _opened(self, key: StoredKey | None) -> str | None:
        return self._keyring.open(key.sealed) if key is not None and key.sealed is not None else None

    async def rotate(self, name: str, kind: KeyKind, key: str | None) -> dict[str, Any]:
        """Puts a new key in the place of the one of its kind; returns {kind: key}. Raises KeyNotMadeError."""
        if not key and kind is KeyKind.EMAIL:
            raise KeyNotMadeError("an e-mail address is not made: give one")
        account = self.named(name).id
        plain = _given(kind, key) if key else make_key(kind)
        await self._desk.ask(StoreKey(account, self._keyring.store(kind, plain)))
        is_guessable = key and kind is not KeyKind.EMAIL
        return {"name": name, kind.value: plain} | _warnings({kind: plain} if is_guessable else {})

    async def revoke(self, name: str, kind: KeyKind) -> dict[str, Any]:
        """Takes a key away."""
        await self._desk.ask(RevokeKey(self.named(name).id, kind))
        return {"name": name, "revoked": kind.value}

    async def change(self, name: str, switches: Mapping[Switch, bool]) -> dict[str, Any]:
        """Sets switches of an account; the others stay."""
        account = self.named(name)
        await self._desk.ask(ChangeAccount.of(account.id, switches))
        return self.show(self._catalog.accounts[account.id])
