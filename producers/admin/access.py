"""Who may see a site: commands made from plain words."""

from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.access import GrantAccess, MoveSite, RevokeAccess


class Access:
    """The commands about it. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk) -> None:
        self._desk = desk

    async def grant(self, account: int, user: int, site: int, *, is_admin: bool) -> None:
        """Lets a user see a site, and change it where he is an admin."""
        await self._desk.ask(GrantAccess(account, user, site, is_admin))

    async def revoke(self, account: int, user: int, site: int) -> None:
        """Has a user see a site no more."""
        await self._desk.ask(RevokeAccess(account, user, site))

    async def move(self, account: int, user: int, site: int) -> None:
        """Makes a user the only one of a site, and its admin."""
        await self._desk.ask(MoveSite(account, user, site))
