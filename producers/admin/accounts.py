"""Accounts, as the operator manages them: commands made from plain words, and the catalog shown with its keys opened.

Keys are made, hashed and sealed here, before the command is written: no key stands in a log in plain text.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from producers.admin.errors import KeyNotMadeError, UnfitError, UnknownAccountError, UnknownProductError
from producers.admin.key_making import given_key, warnings_of
from producers.admin.products import Products
from producers.admin.resellers import NOTHING_SAID, Resellers, SaidOfReseller
from producers.admin.zones import is_offset, offset_named, zone_named
from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.account_contacts import ChangeContact, Contact, contact_json, contact_of
from tilde.domain.catalog.account_report_hours import ScheduleReport
from tilde.domain.catalog.account_switches import ChangeAccount
from tilde.domain.catalog.accounts import CreateAccount, RevokeKey, StoreKey
from tilde.domain.catalog.keys import ACCOUNT_KEYS, PRODUCT_KEYS, KeyKind
from tilde.domain.catalog.said import with_said
from tilde.domain.catalog.state import Account, Catalog
from tilde.domain.catalog.switches import Switch
from tilde.domain.texts import is_title, trimmed
from tilde.keys.keyring import Keyring, keys_of, make_key

CONTACT_TEXT_MAX = 255


@dataclass(frozen=True, slots=True)
class SaidOfContact:
    """Whom to ask about an account. What is None stays as it is; what is empty is not there any more."""

    name: str | None = None
    phone: str | None = None
    country: str | None = None


NOT_SAID = SaidOfContact()


class Accounts:
    """The account commands. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(
        self,
        desk: CommandDesk,
        catalog: Catalog,
        keyring: Keyring,
        products: Products,
        resellers: Resellers,
    ) -> None:
        self._desk = desk
        self._catalog = catalog
        self._keyring = keyring
        self._products = products
        self._resellers = resellers

    async def create(self, name: str, email: str | None, domain: str, given: dict[KeyKind, str]) -> dict[str, Any]:
        """Creates an account with one product; keys not given are made. Returns it, its token for the only time.

        Raises KeyNotMadeError for an e-mail address among the keys.
        """
        if KeyKind.EMAIL in given:
            raise KeyNotMadeError("an e-mail address is not one of the `keys`: give it as `email`")
        given = {kind: given_key(kind, key) for kind, key in given.items()}
        email = given_key(KeyKind.EMAIL, email) if email else None
        plain = {kind: given.get(kind) or make_key(kind) for kind in (*ACCOUNT_KEYS, *PRODUCT_KEYS)}
        keys = [self._keyring.store(kind, key) for kind, key in plain.items()]
        if email:
            keys.append(self._keyring.store(KeyKind.EMAIL, email))
        entry = await self._desk.ask(CreateAccount(name, tuple(keys), str(uuid.uuid4()), domain))
        account = self.show(self._catalog.accounts[entry.reply["account"]])
        account["token"] = plain[KeyKind.TOKEN]
        return account | (warnings_of(given) if given else {})

    def named(self, name: str) -> Account:
        """The account of a name. Raises UnknownAccountError."""
        if name not in self._catalog.names:
            raise UnknownAccountError(f"no account is named {name!r}")
        return self._catalog.accounts[self._catalog.names[name]]

    def product(self, name: str, product: int | None) -> int:
        """The id of a product of the account of a name: the one that is said, else its first. Raises
        UnknownAccountError, UnknownProductError.
        """
        return self.product_of(self.named(name), product)

    def product_of(self, account: Account, product: int | None) -> int:
        """As `product`, of an account that was found."""
        found = self._catalog.products.get(account.product if product is None else product)
        if found is None or found.account != account.id:
            raise UnknownProductError(f"no product has the id {product}")
        return found.id

    def all(self) -> list[dict[str, Any]]:
        """Every account, by id."""
        return [self.show(account) for account in self._catalog.accounts.values()]

    def show(self, account: Account) -> dict[str, Any]:
        """An account with its keys in the clear, but for the token: `has_token` says whether there is one."""
        product = self._catalog.products[account.product]
        shown: dict[str, Any] = {"id": account.id, "name": account.name}
        shown |= keys_of(self._keyring, account.keys, ACCOUNT_KEYS)
        shown["has_token"] = KeyKind.TOKEN in account.keys
        shown |= keys_of(self._keyring, account.keys, (KeyKind.EMAIL,))
        shown |= {switch.value: account.is_on(switch) for switch in Switch}
        shown |= {"timezone": product.timezone, "report_hour": account.report_hour}
        shown["contact"] = {name: text or None for name, text in asdict(self._contact_of(account)).items()}
        if account.partner is not None:
            shown |= {"made_by": self._catalog.accounts[account.partner].name, "is_closed": account.is_closed}
        shown["product"] = {
            "id": product.id,
            "name": product.name,
            "uuid": product.uuid,
            "domain": product.domain,
        }
        shown["product"] |= keys_of(self._keyring, product.keys, PRODUCT_KEYS)
        users, sites = self._catalog.users_of.get(account.id, ()), self._catalog.sites_of.get(account.id, ())
        shown["reseller"] = {**asdict(self._catalog.reseller(account.id)), "users": len(users), "sites": len(sites)}
        return shown

    def _contact_of(self, account: Account) -> Contact:
        return Contact() if account.contact is None else contact_of(self._keyring.open(account.contact))

    async def rotate(self, name: str, kind: KeyKind, key: str | None, product: int | None = None) -> dict[str, Any]:
        """Puts a new key in the place of the one of its kind; returns {kind: key}. Of a kind that products have it is
        the first one's, or `product`'s. Raises KeyNotMadeError, UnknownProductError.
        """
        if not key and kind is KeyKind.EMAIL:
            raise KeyNotMadeError("an e-mail address is not made: give one")
        account = self.named(name)
        its = None if product is None else self.product_of(account, product)
        plain = given_key(kind, key) if key else make_key(kind)
        await self._desk.ask(StoreKey(account.id, self._keyring.store(kind, plain), its))
        is_guessable = key and kind is not KeyKind.EMAIL
        return {"name": name, kind.value: plain} | warnings_of({kind: plain} if is_guessable else {})

    async def revoke(self, name: str, kind: KeyKind, product: int | None = None) -> dict[str, Any]:
        """Takes a key away, as `rotate` puts one there."""
        account = self.named(name)
        its = None if product is None else self.product_of(account, product)
        await self._desk.ask(RevokeKey(account.id, kind, its))
        return {"name": name, "revoked": kind.value}

    async def change(
        self,
        name: str,
        switches: Mapping[Switch, bool],
        timezone: str | None = None,
        report_hour: int | None = None,
        reseller: SaidOfReseller = NOTHING_SAID,
        contact: SaidOfContact = NOT_SAID,
    ) -> dict[str, Any]:
        """Sets what is given: switches of an account, the time zone of its first product (an empty one ends it), at
        which hour its reports come by that (-1: as those of all), whom to ask about it, and what a white label has. A
        time zone in hours from GMT is that of a white label's new sites; a zone is not, and it is told what these have
        then. Raises UnfitError for one that is none, a zone with a rule for its summer time, a domain, or a contact.
        """
        account = self.named(name)
        zone = None
        if timezone is not None and is_offset(timezone):
            reseller = replace(reseller, offset_s=offset_named(timezone))
        elif timezone is not None:
            zone = zone_named(timezone)
        if zone and reseller.clock_rule is not None:
            raise UnfitError(f"{zone} has a summer time of its own: dst goes with hours from GMT, such as -8")
        if switches:
            await self._desk.ask(ChangeAccount.of(account.id, switches))
        if zone is not None:
            await self._products.change(account.product, timezone=zone)
        if report_hour is not None:
            await self._desk.ask(ScheduleReport(account.id, report_hour))
        if contact != NOT_SAID:
            await self._change_contact(account, contact)
        if reseller != NOTHING_SAID:
            await self._resellers.configure(account.id, reseller)
        told = self._resellers.about_zone(account.id, zone) if zone else []
        return self.show(self._catalog.accounts[account.id]) | ({"warnings": told} if told else {})

    async def _change_contact(self, account: Account, said: SaidOfContact) -> None:
        """Sealed before the command is written. Raises UnfitError."""
        texts = asdict(with_said(self._contact_of(account), said))
        contact = Contact(**{name: trimmed(text) for name, text in texts.items()})
        for name, text in asdict(contact).items():
            if len(text) > CONTACT_TEXT_MAX or (text and not is_title(text)):
                raise UnfitError(f"{name} of a contact is one line of at most {CONTACT_TEXT_MAX} characters")
        sealed = None if contact == Contact() else self._keyring.seal(contact_json(contact))
        await self._desk.ask(ChangeContact(account.id, sealed))
