"""StatsMix's profiles as they are read."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.statsmix.dispatcher import Call, Dispatcher
from api.statsmix.list_router import list_router
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import told, told_list
from tilde.dialects.statsmix.requests import bare
from tilde.dialects.statsmix.resources import Profile
from tilde.domain.catalog.state import Product


def router(dispatcher: Dispatcher) -> APIRouter:
    """The routes."""
    calls = _ProfileCalls(dispatcher)
    return list_router("profiles", "{id_}", ("All profiles", "One profile"), calls)


class _ProfileCalls:
    """What each route does."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def listed(self, request: Request) -> Response:
        """The account's first one first."""
        return await self._dispatcher.answer(request, self._listed)

    async def _listed(self, call: Call) -> Told:
        return told_list(call.form, Profile, map(_shown, self._dispatcher.profiles(call)))

    async def one(self, request: Request, id_: str) -> Response:
        """By its id."""
        return await self._dispatcher.answer(request, partial(self._one, bare(id_)))

    async def _one(self, id_: str, call: Call) -> Told:
        call.fields["profile_id"] = id_
        (profile,) = self._dispatcher.profiles(call)
        return told(call.form, _shown(profile))


def _shown(product: Product) -> Profile:
    return Profile(product.id, product.name, product.timezone or "UTC", product.created_ms)
