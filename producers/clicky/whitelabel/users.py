"""Requests about users."""

from producers.admin.users import SaidOfUser, Users
from producers.clicky.whitelabel.errors import Error, Nok
from producers.clicky.whitelabel.found import Found
from producers.clicky.whitelabel.requests import Call
from tilde.domain.catalog.user_records import is_user_name


class UserCalls:
    """The calls about users. Each returns the lines behind `OK`, and raises what `Carry` may."""

    def __init__(self, users: Users, found: Found) -> None:
        self._users = users
        self._found = found

    async def user(self, call: Call) -> list[str]:
        """Creates one; with `user_id` changes him, or deletes him with the sites that are his alone."""
        account, sent = call.account.id, call.sent
        if sent.get("user_id") is None and not sent.is_set("delete"):
            self._require_name(sent.get("username") or "", None)
            return [str(await self._users.create(account, _said(call)))]
        user = await self._found.user(call)
        if sent.is_set("delete"):
            await self._users.delete(account, user.id)
            return []
        name = sent.get("username")
        if name is not None:
            self._require_name(name, user.id)
        await self._users.change(account, user.id, _said(call), removes_password=sent.is_set("password_remove"))
        return []

    def _require_name(self, name: str, user: int | None) -> None:
        """That he may have it, as far as this process has read; the one who decides says the last word."""
        if not is_user_name(name):
            raise Nok(Error.INVALID_USERNAME)
        known = self._users.known.named(name)
        if known is not None and known.id != user:
            raise Nok(Error.USERNAME_TAKEN)

    async def get_user_id(self, call: Call) -> list[str]:
        """The id of a user, by his name or his e-mail address."""
        return [str((await self._found.named(call)).id)]

    async def get_username(self, call: Call) -> list[str]:
        """The name of a user, by his id."""
        return [self._users.known.name_of(await self._found.user(call))]


def _said(call: Call) -> SaidOfUser:
    sent = call.sent
    return SaidOfUser(
        sent.get("username"),
        sent.as_is("password"),
        sent.get("email"),
        sent.get("name"),
        sent.href("logo"),
        sent.href("css"),
        sent.flag("onsitestats"),
    )
