"""The users and sites that a request names. Unknown ones are told first, then those of another white label."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from producers.clicky.whitelabel.errors import Error, Nok
from producers.clicky.whitelabel.requests import Call
from tilde.catalog.follower import CatalogFollower
from tilde.catalog.users import KnownUsers
from tilde.domain.catalog.goal_records import Goal
from tilde.domain.catalog.site_records import Site
from tilde.domain.catalog.state import Account
from tilde.domain.catalog.user_records import User

T = TypeVar("T")


class Found:
    """Finds them in this process's copy of the catalog. What is not there is looked for once more at its end, since
    another edge may have answered a moment ago. Each raises Nok, LogError.
    """

    def __init__(self, follower: CatalogFollower, users: KnownUsers) -> None:
        self._follower = follower
        self._users = users

    async def user(self, call: Call) -> User:
        """The user whom `user_id` names."""
        return _own_user(await self._any_user(call), call.account)

    async def site(self, call: Call) -> Site:
        """The site that `site_id` names."""
        return _own_site(await self._any_site(call), call.account)

    async def both(self, call: Call) -> tuple[User, Site]:
        """The user whom `user_id` names, and the site that `site_id` names."""
        site, user = await self._any_site(call), await self._any_user(call)
        _own_site(site, call.account)
        return _own_user(user, call.account), site

    async def site_for(self, call: Call) -> tuple[Site, int | None]:
        """The site, and the user where one is named: then he has to have access to it."""
        if call.sent.get("user_id") is None:
            return await self.site(call), None
        user, site = await self.both(call)
        self.require_access(user, site)
        return site, user.id

    def require_access(self, user: User, site: Site) -> None:
        """Raises Nok unless the user may see the site."""
        if user.id not in self._follower.catalog.access.get(site.id, ()):
            raise Nok(Error.NOT_TOGETHER)

    async def goal(self, call: Call, site: Site) -> Goal:
        """The goal of the site that `goal[id]` names."""
        id_ = call.sent.id("goal[id]")
        return await self._there(id_, partial(self._follower.catalog.goal, site.id, id_), Error.INVALID_GOAL_ID)

    async def named(self, call: Call) -> User:
        """The one whose name, or e-mail address, is `username`. Those of others are nobody's."""
        said = call.sent.get("username") or ""
        return await self._there(said, partial(self._users.of, call.account.id, said), Error.INVALID_USERNAME)

    async def _any_user(self, call: Call) -> User:
        """Whoever has him."""
        id_ = call.sent.id("user_id")
        return await self._there(id_, partial(self._follower.catalog.users.get, id_), Error.INVALID_USER_ID)

    async def _any_site(self, call: Call) -> Site:
        """Whoever has it."""
        id_ = call.sent.id("site_id")
        return await self._there(id_, partial(self._follower.catalog.site, id_), Error.INVALID_SITE_ID)

    async def _there(self, said: int | str, known: Callable[[], T | None], error: Error) -> T:
        """What `known` finds by what was said; where that is nothing, it is not looked for again. Raises Nok."""
        found = await self._follower.find(known) if said else known()
        if found is None:
            raise Nok(error)
        return found


def _own_user(user: User, account: Account) -> User:
    if user.account != account.id:
        raise Nok(Error.FOREIGN_USER)
    return user


def _own_site(site: Site, account: Account) -> Site:
    if site.account != account.id:
        raise Nok(Error.FOREIGN_SITE)
    return site
