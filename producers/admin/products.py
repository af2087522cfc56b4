"""Products, as the operator and their owners manage them: commands made from plain words, and what is shown of them."""

import uuid
from collections.abc import Mapping
from typing import Any

from producers.admin.errors import UnfitError, UnknownProductError
from producers.admin.key_making import given_key
from producers.admin.zones import zone_named
from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.accounts import StoreKey
from tilde.domain.catalog.keys import PRODUCT_KEYS, KeyKind
from tilde.domain.catalog.products import ChangeProduct, CreateProduct
from tilde.domain.catalog.state import Catalog, Product
from tilde.domain.texts import trimmed
from tilde.keys.keyring import Keyring, keys_of, make_key

NO_KEYS: Mapping[KeyKind, str] = {}


class Products:
    """The product commands. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog, keyring: Keyring) -> None:
        self._desk = desk
        self._catalog = catalog
        self._keyring = keyring

    async def create(
        self,
        account: int,
        name: str,
        domain: str = "",
        timezone: str | None = None,
        given: Mapping[KeyKind, str] = NO_KEYS,
        known_as: str | None = None,
        environment: str = "",
    ) -> Product:
        """Makes a product of an account, with keys of its own; those that its clients have already are `given`, and so
        may be the UUID that they know it by. Raises UnfitError for a time zone or a UUID that is none, or that another
        product has, KeyNotMadeError.
        """
        plain = {kind: given_key(kind, given[kind]) if kind in given else make_key(kind) for kind in PRODUCT_KEYS}
        keys = tuple(self._keyring.store(kind, key) for kind, key in plain.items())
        zone = zone_named(timezone or "") or None
        id_ = str(uuid.uuid4()) if known_as is None else self._free_uuid(known_as)
        command = CreateProduct(account, trimmed(name), id_, domain, zone, keys, trimmed(environment))
        entry = await self._desk.ask(command)
        return self._catalog.products[entry.reply["product"]]

    async def change(
        self,
        product: int,
        name: str | None = None,
        domain: str | None = None,
        timezone: str | None = None,
        environment: str | None = None,
    ) -> Product:
        """Changes what is given; an empty time zone, or environment, ends the one that it had. Raises UnfitError."""
        zone = None if timezone is None else zone_named(timezone)
        name, environment = (None if text is None else trimmed(text) for text in (name, environment))
        await self._desk.ask(ChangeProduct(product, name, domain, zone, environment))
        return self._catalog.products[product]

    async def adopt(self, product: Product, kind: KeyKind, key: str) -> Product:
        """Puts a key that its clients have already in the place of the one of its kind. Raises KeyNotMadeError."""
        stored = self._keyring.store(kind, given_key(kind, key))
        before = product.keys.get(kind)
        if before is None or before.hash != stored.hash:
            await self._desk.ask(StoreKey(product.account, stored, product.id))
        return self._catalog.products[product.id]

    def _free_uuid(self, text: str) -> str:
        try:
            free = str(uuid.UUID(trimmed(text)))
        except ValueError:
            raise UnfitError(f"{text!r} is no UUID") from None
        if any(product.uuid == free for product in self._catalog.products.values()):
            raise UnfitError("another product has this UUID")
        return free

    def one(self, product: int, account: int | None = None) -> Product:
        """The product of an id; of this account, where one is said. Raises UnknownProductError."""
        found = self._catalog.products.get(product)
        if found is None or account not in (None, found.account):
            raise UnknownProductError(f"no product has the id {product}")
        return found

    def of(self, account: int) -> list[Product]:
        """An account's products, the first one first."""
        return [self._catalog.products[product] for product in sorted(self._catalog.products_of[account].values())]

    def all(self) -> list[Product]:
        """The products of all accounts, by id."""
        return list(self._catalog.products.values())

    def show(self, product: Product, *, keys: bool = True) -> dict[str, Any]:
        """A product, with its keys in the clear unless they are to be left out."""
        account = self._catalog.accounts[product.account]
        shown: dict[str, Any] = {
            "id": product.id,
            "name": product.name,
            "account": account.name,
            "is_first": account.product == product.id,
            "uuid": product.uuid,
            "domain": product.domain,
            "timezone": product.timezone,
            "environment": product.environment,
            "created_at": product.created_ms // 1000,
        }
        if keys:
            shown |= keys_of(self._keyring, product.keys, PRODUCT_KEYS)
        return shown
