"""Users of white labels: commands made from plain words. What names a person is hashed and sealed here."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from producers.admin.errors import UnfitEmailError, UnfitNameError
from producers.edge.command_desk import CommandDesk
from tilde.catalog.users import KnownUsers
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.user_records import UserDetails, is_user_name
from tilde.domain.catalog.users import ChangeUser, CreateUser, DeleteUser
from tilde.domain.texts import trimmed
from tilde.keys.addresses import NoAddressError, address_of
from tilde.keys.keyring import Keyring
from tilde.keys.passwords import stretched

PASSWORDS_AT_ONCE = 2  # 20 MB and a core each; who asks for more waits


@dataclass(frozen=True, slots=True)
class SaidOfUser:
    """What somebody says of a user; None where he says nothing."""

    name: str | None = None
    password: str | None = None
    email: str | None = None
    real_name: str | None = None
    logo: str | None = None
    css: str | None = None
    has_onsite_stats: bool | None = None


class Users:
    """The commands about users. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does.

    `known` finds them.
    """

    def __init__(self, desk: CommandDesk, catalog: Catalog, keyring: Keyring) -> None:
        self.known = KnownUsers(catalog, keyring)
        self._desk = desk
        self._keyring = keyring
        self._stretching = asyncio.Semaphore(PASSWORDS_AT_ONCE)

    async def create(self, account: int, said: SaidOfUser) -> int:
        """Makes a user, and returns his id. Raises UnfitNameError, UnfitEmailError."""
        _require_name(said.name or "")
        sealed = await self._sealed(account, said)
        shown = {"logo": said.logo or "", "css": said.css or "", "has_onsite_stats": bool(said.has_onsite_stats)}
        entry = await self._desk.ask(CreateUser(account, UserDetails(**sealed | shown)))
        return entry.reply["user"]

    async def change(self, account: int, user: int, said: SaidOfUser, *, removes_password: bool = False) -> None:
        """Says something else of one; what is not said stays. Raises UnfitNameError, UnfitEmailError."""
        if said.name:
            _require_name(said.name)
        sealed = await self._sealed(account, replace(said, password=None) if removes_password else said)
        if removes_password:
            sealed["password"] = b""
        shown = {"logo": said.logo or None, "css": said.css or None, "has_onsite_stats": said.has_onsite_stats}
        await self._desk.ask(ChangeUser(account, user, **sealed | shown))

    async def _sealed(self, account: int, said: SaidOfUser) -> dict[str, Any]:
        """What names a person, as users have it; None of what is not said. Raises UnfitEmailError."""
        email = said.email and _email(said.email)
        return {
            "name_hash": self._keyring.hash_user_name(said.name) if said.name else None,
            "name": self._keyring.seal(said.name) if said.name else None,
            "email_hash": self._keyring.hash_user_email(account, email) if email else None,
            "email": self._keyring.seal(email) if email else None,
            "real_name": self._keyring.seal(said.real_name) if said.real_name else None,
            "password": await self._password(said.password) if said.password else None,
        }

    async def delete(self, account: int, user: int) -> None:
        """Ends a user, with the sites whose only admin he is."""
        await self._desk.ask(DeleteUser(account, user))

    async def _password(self, password: str) -> bytes:
        async with self._stretching:
            return self._keyring.seal(await asyncio.to_thread(stretched, password))


def _require_name(name: str) -> None:
    if not is_user_name(name):
        raise UnfitNameError("a user's name has 1 to 64 characters, and no white space")


def _email(email: str) -> str:
    email = trimmed(email)
    try:
        address_of(email)
    except NoAddressError as none:
        raise UnfitEmailError(str(none)) from None
    return email
