"""Whom to ask about an account; sealed before the command is written."""

from dataclasses import asdict, dataclass
from typing import Any

from producers.admin.errors import UnfitError
from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.contacts import ChangeContact, Contact, contact_json, contact_of
from tilde.domain.catalog.said import with_said
from tilde.domain.catalog.state import Account
from tilde.domain.texts import is_title, trimmed
from tilde.keys.keyring import Keyring

TEXT_MAX = 255


@dataclass(frozen=True, slots=True)
class SaidOfContact:
    """What is None stays as it is; what is empty is not there any more."""

    name: str | None = None
    phone: str | None = None
    country: str | None = None


NOT_SAID = SaidOfContact()


class Contacts:
    """Each call raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, keyring: Keyring) -> None:
        self._desk = desk
        self._keyring = keyring

    async def change(self, account: Account, said: SaidOfContact) -> None:
        """Raises UnfitError."""
        contact = Contact(**{name: trimmed(text) for name, text in asdict(with_said(self._of(account), said)).items()})
        for name, text in asdict(contact).items():
            if len(text) > TEXT_MAX or (text and not is_title(text)):
                raise UnfitError(f"{name} of a contact is one line of at most {TEXT_MAX} characters")
        sealed = None if contact == Contact() else self._keyring.seal(contact_json(contact))
        await self._desk.ask(ChangeContact(account.id, sealed))

    def show(self, account: Account) -> dict[str, Any]:
        """None where nothing is said."""
        return {name: text or None for name, text in asdict(self._of(account)).items()}

    def _of(self, account: Account) -> Contact:
        return Contact() if account.contact is None else contact_of(self._keyring.open(account.contact))
