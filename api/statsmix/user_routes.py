"""StatsMix's users as their partner reads them."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.statsmix.dispatcher import Call, Dispatcher
from api.statsmix.list_router import list_router
from api.statsmix.requests import refused
from tilde.catalog.subaccounts import KnownSubaccounts
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import told, told_list
from tilde.dialects.statsmix.refusals import UNKNOWN_USER
from tilde.dialects.statsmix.requests import bare
from tilde.dialects.statsmix.resources import User
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account
from tilde.keys.keyring import Keyring, key_of


def router(dispatcher: Dispatcher, keyring: Keyring) -> APIRouter:
    """The routes."""
    calls = _UserCalls(dispatcher, keyring)
    return list_router("partners/users", "{id_or_key}", ("All users", "One user"), calls)


class _UserCalls:
    """What each route does."""

    def __init__(self, dispatcher: Dispatcher, keyring: Keyring) -> None:
        self._dispatcher = dispatcher
        self._known = KnownSubaccounts(dispatcher.catalog, keyring)
        self._keyring = keyring

    async def listed(self, request: Request) -> Response:
        """Those that the account has made, the first one first."""
        return await self._dispatcher.answer(request, self._listed)

    async def _listed(self, call: Call) -> Told:
        return told_list(call.form, User, map(self._shown, self._known.of(call.account.id)))

    async def one(self, request: Request, id_or_key: str) -> Response:
        """By its id, or its key."""
        return await self._dispatcher.answer(request, partial(self._one, bare(id_or_key)))

    async def _one(self, id_or_key: str, call: Call) -> Told:
        found = self._known.found(call.account.id, id_or_key, KeyKind.API_KEY)
        if found is None:
            raise refused(UNKNOWN_USER)
        return told(call.form, self._shown(found))

    def _shown(self, account: Account) -> User:
        who = self._known.details_of(account)
        key = key_of(self._keyring, account.keys.get(KeyKind.API_KEY)) or ""
        return User(account.id, key, who.email, who.name, who.company, who.plan, who.url, account.created_ms)
