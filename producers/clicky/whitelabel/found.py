"""The users and sites that a request names. Unknown ones are told first, then those of another white label."""

from producers.clicky.whitelabel.errors import Error, Nok
from producers.clicky.whitelabel.requests import Call
from tilde.catalog.follower import CatalogFollower
from tilde.catalog.users import KnownUsers
from tilde.domain.catalog.site_records import Goal, Site, User
from tilde.domain.catalog.state import Account


class Found:
    """Finds them in this process's copy of the catalog. What is not there is looked for once more at its end, since
    another edge may have answered a moment ago. Each raises Nok, LogError.
    """

    def __init__(self, follower: CatalogFollower, users: KnownUsers) -> None:
        self._follower = follower
        self._users = users

    async def user(self, call: Call) -> User:
        """The one of `user_id`."""
        user = self._user_of(call)
        if user is None:
            await self._look_again(call.sent.id("user_id"))
            user = self._user_of(call)
        if user is None:
            raise Nok(Error.INVALID_USER_ID)
        return _own_user(user, call.account)

    async def site(self, call: Call) -> Site:
        """The one of `site_id`."""
        site = await self._any_site(call)
        return _own_site(site, call.account)

    async def both(self, call: Call) -> tuple[User, Site]:
        """That of `user_id`, and that of `site_id`."""
        site = await self._any_site(call)
        user = self._user_of(call)
        if user is None:
            await self._look_again(call.sent.id("user_id"))
            user = self._user_of(call)
        if user is None:
            raise Nok(Error.INVALID_USER_ID)
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
        """That he may see it."""
        if user.id not in self._follower.catalog.access.get(site.id, ()):
            raise Nok(Error.NOT_TOGETHER)

    async def goal(self, call: Call, site: Site) -> Goal:
        """The one of `goal[id]`, of that site."""
        id_ = call.sent.id("goal[id]")
        goal = self._follower.catalog.goal(site.id, id_)
        if goal is None:
            await self._look_again(id_)
            goal = self._follower.catalog.goal(site.id, id_)
        if goal is None:
            raise Nok(Error.INVALID_GOAL_ID)
        return goal

    async def named(self, call: Call) -> User:
        """The one whose name, or e-mail address, is `username`. Those of others are nobody's."""
        said = call.sent.get("username") or ""
        user = self._users.of(call.account.id, said)
        if user is None and said:
            await self._follower.look_again()
            user = self._users.of(call.account.id, said)
        if user is None:
            raise Nok(Error.INVALID_USERNAME)
        return user

    def _user_of(self, call: Call) -> User | None:
        return self._follower.catalog.users.get(call.sent.id("user_id"))

    async def _any_site(self, call: Call) -> Site:
        """Whoever has it."""
        id_ = call.sent.id("site_id")
        site = self._follower.catalog.site(id_)
        if site is None:
            await self._look_again(id_)
            site = self._follower.catalog.site(id_)
        if site is None:
            raise Nok(Error.INVALID_SITE_ID)
        return site

    async def _look_again(self, id_: int) -> None:
        if id_:
            await self._follower.look_again()


def _own_user(user: User, account: Account) -> User:
    if user.account != account.id:
        raise Nok(Error.FOREIGN_USER)
    return user


def _own_site(site: Site, account: Account) -> Site:
    if site.account != account.id:
        raise Nok(Error.FOREIGN_SITE)
    return site
