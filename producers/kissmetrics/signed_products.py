"""Products by their UUIDs, with the secret that their own servers sign with: for one edge."""

from functools import partial
from typing import NamedTuple

from producers.people.activity_writer import ActivityProduct
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.keys import KeyKind
from tilde.keys.keyring import Keyring, key_of


class SignedProduct(NamedTuple):
    """A product, and its admin sitekey: what its own server posts with, whichever words it uses."""

    product: ActivityProduct
    secret: str


class SignedProducts:
    """Looks products up by their UUIDs; a UUID never becomes another product's."""

    def __init__(self, follower: CatalogFollower, keyring: Keyring) -> None:
        self._follower = follower
        self._keyring = keyring
        self._ids: dict[str, int] = {}
        self._sequence = -1

    async def find(self, uuid: str) -> SignedProduct | None:
        """The one of this UUID in whichever case, where it has a secret. Raises LogError."""
        return await self._follower.find(partial(self._known, uuid.lower()))

    def _known(self, uuid: str) -> SignedProduct | None:
        catalog = self._follower.catalog
        if uuid not in self._ids and self._sequence != catalog.sequence:
            self._ids = {product.uuid.lower(): product.id for product in reversed(catalog.products.values())}
            self._sequence = catalog.sequence
        found = catalog.products.get(self._ids.get(uuid, 0))
        if found is None or catalog.accounts[found.account].is_closed:
            return None
        secret = key_of(self._keyring, found.keys.get(KeyKind.SITEKEY_ADMIN))
        return None if secret is None else SignedProduct(ActivityProduct.of(found.id), secret)
