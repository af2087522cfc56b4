"""StatsMix's calls that make and change profiles. None is deleted: its metrics would be nobody's."""

from functools import partial

from fastapi import APIRouter, Request, Response

from producers.admin.products import Products
from producers.statsmix import posts
from producers.statsmix.dispatcher import Call, Dispatcher
from producers.statsmix.intake import Intake
from producers.statsmix.reasons import Reason, Rejection
from producers.statsmix.resource_router import resource_router
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import told
from tilde.dialects.statsmix.requests import bare
from tilde.dialects.statsmix.resources import Profile
from tilde.domain.catalog.state import Product
from tilde.web.parameters import sent


def router(dispatcher: Dispatcher, intake: Intake, products: Products) -> APIRouter:
    """The routes."""
    calls, taken = _ProfileCalls(dispatcher, intake, products), ("name", "time_zone", "format")
    return resource_router("profiles", "{id_}", "a profile", calls, taken, "name", is_deleted=False)


class _ProfileCalls:
    """What each route does."""

    def __init__(self, dispatcher: Dispatcher, intake: Intake, products: Products) -> None:
        self._dispatcher = dispatcher
        self._intake = intake
        self._products = products

    async def create(self, request: Request) -> Response:
        """`name` is needed, and new in the account; `time_zone` is an IANA name."""
        return await self._dispatcher.answer(request, self._create)

    async def _create(self, call: Call) -> Told:
        name, zone = posts.name_of(call.fields), sent(call.fields, "time_zone")
        return told(call.form, _shown(await self._products.create(call.account.id, name, timezone=zone)))

    async def change(self, request: Request, id_: str) -> Response:
        """What is not sent stays."""
        return await self._dispatcher.answer(request, partial(self._change, bare(id_)))

    async def _change(self, id_: str, call: Call) -> Told:
        profile = self._intake.profile_of(call.account, {"profile_id": id_})
        name, zone = sent(call.fields, "name"), sent(call.fields, "time_zone")
        return told(call.form, _shown(await self._products.change(profile.id, name, timezone=zone)))

    async def delete(self, request: Request, id_: str) -> Response:
        """Forbidden."""
        return await self._dispatcher.answer(request, partial(self._delete, bare(id_)))

    async def _delete(self, id_: str, call: Call) -> Told:
        self._intake.profile_of(call.account, {"profile_id": id_})
        raise Rejection(Reason.PROFILE_STAYS)


def _shown(product: Product) -> Profile:
    return Profile(product.id, product.name, product.timezone or "UTC", product.created_ms)
