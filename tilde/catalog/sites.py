"""Sites by their ids, in this process's copy of the catalog: for whoever takes in what is posted for them."""

import hmac
from functools import partial

from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.keys import KeyKind, StoredKey
from tilde.domain.catalog.site_records import Site
from tilde.keys.keyring import Keyring, key_of


class KnownSites:
    """Looks sites up for one process. One look costs two of a dict."""

    def __init__(self, follower: CatalogFollower, keyring: Keyring) -> None:
        self._follower = follower
        self._keyring = keyring

    def known(self, site: int) -> Site | None:
        """A site of an open account, as far as this process has read: its domain, its mirrors and its clock."""
        catalog = self._follower.catalog
        found = catalog.site(site)
        return None if found is None or catalog.accounts[found.account].is_closed else found

    async def find(self, site: int) -> Site | None:
        """A site of an open account, after a look at the catalog's end where it is not known yet. Raises LogError."""
        return await self._follower.find(partial(self.known, site)) if site > 0 else None

    def has_key(self, site: Site, kind: KeyKind, key: str) -> bool:
        """Whether this is the site's key of a kind."""
        kept = self._kept(site, kind)
        return kept is not None and hmac.compare_digest(kept.hash, self._keyring.hash(kind, key))

    def key(self, site: Site, kind: KeyKind) -> str:
        """The site's key of a kind; nothing where it was taken away, or the site has gone since."""
        return key_of(self._keyring, self._kept(site, kind)) or ""

    def _kept(self, site: Site, kind: KeyKind) -> StoredKey | None:
        product = self._follower.catalog.products.get(site.id)
        return None if product is None else product.keys.get(kind)
