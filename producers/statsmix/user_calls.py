"""StatsMix's calls of partners: users that they make, change and delete."""

from dataclasses import fields, replace
from functools import partial

from fastapi import APIRouter, Request, Response

from producers.admin.stats import StatCommands
from producers.admin.subaccounts import Subaccounts
from producers.edge.command_desk import CommandRefusedError
from producers.statsmix.dispatcher import Call, Dispatcher
from producers.statsmix.reasons import Reason, Rejection
from producers.statsmix.resource_router import resource_router
from tilde.catalog.subaccounts import Details
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import told
from tilde.dialects.statsmix.requests import bare
from tilde.dialects.statsmix.resources import User
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Account
from tilde.domain.stats.fanout import BadNameError, taken_in
from tilde.domain.stats.metrics import Kind
from tilde.domain.texts import trimmed
from tilde.keys.keyring import Keyring, key_of
from tilde.web.parameters import Fields, sent


def router(dispatcher: Dispatcher, users: "UserCommands") -> APIRouter:
    """The routes."""
    taken = ("email", "name", "company", "plan", "url", "metrics[]", "format")
    return resource_router("partners/users", "{id_or_key}", "a user", _UserCalls(dispatcher, users), taken, "email")


class _UserCalls:
    """What each route does."""

    def __init__(self, dispatcher: Dispatcher, users: "UserCommands") -> None:
        self._dispatcher = dispatcher
        self._users = users

    async def create(self, request: Request) -> Response:
        """`email` is needed; one that is known gives the user who has it. `metrics[]` are names of metrics to make."""
        return await self._dispatcher.answer(request, self._create)

    async def _create(self, call: Call) -> Told:
        return told(call.form, await self._users.create(call))

    async def change(self, request: Request, id_or_key: str) -> Response:
        """What is not sent stays."""
        return await self._dispatcher.answer(request, partial(self._change, bare(id_or_key)))

    async def _change(self, id_or_key: str, call: Call) -> Told:
        return told(call.form, await self._users.change(id_or_key, call))

    async def delete(self, request: Request, id_or_key: str) -> Response:
        """Ends the account for ever, and answers it as it was."""
        return await self._dispatcher.answer(request, partial(self._delete, bare(id_or_key)))

    async def _delete(self, id_or_key: str, call: Call) -> Told:
        return told(call.form, await self._users.delete(id_or_key, call))


class UserCommands:
    """Carries out the calls about users. Each raises what `Carry` may."""

    def __init__(self, subaccounts: Subaccounts, stats: StatCommands, keyring: Keyring) -> None:
        self._subaccounts = subaccounts
        self._stats = stats
        self._keyring = keyring

    async def create(self, call: Call) -> User:
        """Makes one; or returns the one that has the address. Nobody is made where a metric's name can be none."""
        for name in call.fields.metrics:
            _require_name(name)
        made = await self._subaccounts.create(call.account.id, _with(Details(), call.fields))
        for name in call.fields.metrics:
            await self._with_metric(made, name)
        return self._shown(made)

    async def _with_metric(self, account: Account, name: str) -> None:
        """One that is there stays."""
        try:
            await self._stats.create(account.product, Kind.COUNTER, name, spreads=False)
        except CommandRefusedError as refused:
            if refused.refusal is not Refusal.STAT_EXISTS:
                raise

    async def change(self, id_or_key: str, call: Call) -> User:
        """Says who a user is now."""
        before = self._found(id_or_key, call)
        details = self._subaccounts.known.details_of(before)
        return self._shown(await self._subaccounts.change(before, _with(details, call.fields)))

    async def delete(self, id_or_key: str, call: Call) -> User:
        """Ends a user, and returns it as it was."""
        before = self._found(id_or_key, call)
        shown = self._shown(before)
        await self._subaccounts.close(before)
        return shown

    def _found(self, id_or_key: str, call: Call) -> Account:
        found = self._subaccounts.known.found(call.account.id, id_or_key, KeyKind.API_KEY)
        if found is None:
            raise Rejection(Reason.UNKNOWN_USER)
        return found

    def _shown(self, account: Account) -> User:
        told_ = self._subaccounts.known.details_of(account)
        key = key_of(self._keyring, account.keys.get(KeyKind.API_KEY)) or ""
        return User(account.id, key, told_.email, told_.name, told_.company, told_.plan, told_.url, account.created_ms)


def _with(details: Details, said: Fields) -> Details:
    """Those details with what was sent put in."""
    new = {field.name: sent(said, field.name) for field in fields(Details)}
    return replace(details, **{name: text for name, text in new.items() if text is not None})


def _require_name(name: str) -> None:
    """Raises Rejection."""
    try:
        taken_in(trimmed(name), spreads=False)
    except BadNameError as bad:
        raise Rejection(Reason(bad.fault.value)) from None
