"""The command that erases visitors of web sites and people of products, made of what is known of them."""

from collections.abc import Collection

from producers.admin.errors import UnknownProductError
from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.erasures import EraseVisitors
from tilde.domain.catalog.state import Catalog
from tilde.keys.keyring import Keyring


class Erasures:
    """Makes the command. Raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog, keyring: Keyring) -> None:
        self._desk = desk
        self._catalog = catalog
        self._keyring = keyring

    async def erase(self, realm: int, traits: Collection[tuple[str, str]] = (), numbers: Collection[int] = ()) -> int:
        """Has every edge erase whoever has one of these traits, or identities, by what each is about, or one of these
        numbers, in the realm of a site or a product; HASHES_MAX at most. Returns the sequence of the entry that says
        so. The realm may be gone, since its hits are there. Raises UnknownProductError where there never was one.
        """
        if not 0 < realm <= self._catalog.last_product:
            raise UnknownProductError(f"no site or product has the id {realm}")
        hashes = {self._keyring.keyed_hash(realm, about, text) for about, text in traits}
        entry = await self._desk.ask(EraseVisitors(realm, tuple(sorted(hashes.union(numbers)))))
        return entry.sequence
