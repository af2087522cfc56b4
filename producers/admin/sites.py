"""Sites of white labels: commands made from plain words."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.keys import KEYS_OF_SITES, KeyKind
from tilde.domain.catalog.sites import ChangeSite, CreateSite, DeleteSite
from tilde.keys.keyring import Keyring, make_key


@dataclass(frozen=True, slots=True)
class SaidOfSite:
    """What somebody says of a site; None where he says nothing. Host names are as they are compared."""

    domain: str | None = None
    mirrors: tuple[str, ...] | None = None
    nickname: str | None = None
    offset_s: int | None = None
    clock_rule: str | None = None


class NewSite(NamedTuple):
    """A site that was just made, with its keys in the clear."""

    id: int
    keys: Mapping[KeyKind, str]


class Sites:
    """The commands about sites. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, keyring: Keyring) -> None:
        self._desk = desk
        self._keyring = keyring

    async def create(self, account: int, user: int, said: SaidOfSite) -> NewSite:
        """Makes one, whose admin is this user. What is not said of its clock is as its white label says."""
        plain = {kind: make_key(kind) for kind in KEYS_OF_SITES}
        keys = tuple(self._keyring.store(kind, key) for kind, key in plain.items())
        create = CreateSite(
            account,
            user,
            str(uuid.uuid4()),
            said.domain or "",
            said.mirrors or (),
            said.nickname or "",
            said.offset_s,
            said.clock_rule,
            keys,
        )
        entry = await self._desk.ask(create)
        return NewSite(entry.reply["site"], plain)

    async def change(self, account: int, site: int, said: SaidOfSite) -> None:
        """Says something else of a site; what is not said stays."""
        change = ChangeSite(account, site, said.domain, said.mirrors, said.nickname, said.offset_s, said.clock_rule)
        await self._desk.ask(change)

    async def delete(self, account: int, site: int, user: int | None) -> None:
        """Ends a site; where a user is named, he has to have access to it."""
        await self._desk.ask(DeleteSite(account, site, user))
