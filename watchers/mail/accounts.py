"""To whom letters go: an account's address, as it is now."""

from typing import NamedTuple

from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account
from tilde.domain.catalog.switches import Switch
from tilde.keys.addresses import NoAddressError
from tilde.keys.keyring import Keyring
from tilde.keys.links import ADDRESS_BYTES, Link, SilenceLink, written
from tilde.own_paths import LINKS_BELOW
from watchers.contract import RefusedForGoodError
from watchers.mail.addresses import deliverable


class Recipient(NamedTuple):
    """An address, and the link that ends mail to it."""

    address: str
    unsubscribe: str


class Links:
    """Writes links into letters, as URLs of this Tilde."""

    def __init__(self, home: str, keyring: Keyring) -> None:
        """`home`: where its users reach it."""
        self.home = home
        self._keyring = keyring

    def url(self, link: Link) -> str:
        """A link as a whole URL."""
        return f"{self.home}{LINKS_BELOW}{written(link, self._keyring)}"

    def recipient(self, account: Account) -> Recipient | None:
        """Whom to write to; None where the account has no address, or wants no mail. Raises RefusedForGoodError for an
        address that is none.
        """
        key = account.keys.get(KeyKind.EMAIL)
        if key is None or key.sealed is None or not account.is_on(Switch.MAIL):
            return None
        try:
            address = deliverable(self._keyring.open(key.sealed))
        except NoAddressError as error:
            raise RefusedForGoodError(f"the address of account {account.id}: {error}") from None
        return Recipient(address, self.url(SilenceLink(account.id, key.hash[:ADDRESS_BYTES])))
