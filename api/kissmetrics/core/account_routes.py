"""Accounts of the Core API. An account has no UUID in the catalog: it follows from that of its first product."""

from uuid import UUID, uuid5

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.kissmetrics.wire.answers import Resource, link, with_z
from api.kissmetrics.wire.callers import NOT_FOUND, ApiCallers, Caller, Uuid, scheme
from api.kissmetrics.wire.paging import OF_LIST
from api.web.refused import RefusedError
from tilde.dialects.kissmetrics import CORE
from tilde.domain.catalog.account_contacts import Contact, contact_of
from tilde.domain.catalog.state import Account, Catalog
from tilde.keys.keyring import Keyring

_NAMESPACE = UUID("0b9d7c0e-0c2b-5d55-8a43-9c3d7f0a6f21")


def account_uuid(catalog: Catalog, account: int) -> str:
    """The version 5 UUID of an account. It never changes: an account keeps its first product, and that its UUID."""
    return str(uuid5(_NAMESPACE, catalog.products[catalog.accounts[account].product].uuid))


def shown(catalog: Catalog, account: Account, base: str, keyring: Keyring) -> Resource:
    """An account as the API tells of it; its details are the one thing whose links are told, too."""
    contact = Contact() if account.contact is None else contact_of(keyring.open(account.contact))
    id_ = account_uuid(catalog, account.id)
    url = f"{base}/accounts/{id_}"
    return {
        "links": [link("self", "Self", url), link("products", "Products", f"{url}/products")],
        "contact": {"phone": contact.phone or None, "country": contact.country or None, "name": contact.name or None},
        "updated_at": with_z(account.changed_ms or account.created_ms),
        "created_at": with_z(account.created_ms),
        "status": "canceled" if account.is_closed else "active",
        "name": account.name,
        "id": id_,
    }


def account_of(callers: ApiCallers, caller: Caller, uuid: Uuid) -> Account:
    """One of the accounts that the token reaches. Raises RefusedError."""
    found = next((one for one in caller.accounts if account_uuid(callers.catalog, one.id) == uuid), None)
    if found is None:
        raise RefusedError(404, NOT_FOUND)
    return found


def router(callers: ApiCallers, keyring: Keyring) -> APIRouter:
    """The routes."""
    calls = _AccountCalls(callers, keyring)
    routes = APIRouter(tags=["Kissmetrics"], dependencies=[Depends(scheme)])
    summary = "All accounts that the token reaches"
    routes.add_api_route(f"{CORE}/accounts", calls.listed, summary=summary, dependencies=OF_LIST)
    routes.add_api_route(f"{CORE}/accounts/{{uuid}}", calls.one, summary="One account")
    return routes


class _AccountCalls:
    """What each route does."""

    def __init__(self, callers: ApiCallers, keyring: Keyring) -> None:
        self._callers = callers
        self._keyring = keyring

    async def listed(self, request: Request) -> Response:
        """The oldest first: the one whose the token is, or all that it was made for."""
        return await self._callers.listed(request, "/accounts", self._listed)

    async def _listed(self, caller: Caller) -> tuple[int, list[Resource]]:
        page = caller.page_of(caller.accounts)
        return len(caller.accounts), [self._shown(caller, account) for account in page]

    async def one(self, request: Request, uuid: Uuid) -> Response:
        """By its UUID."""
        caller = await self._callers.caller(request)
        return await self._callers.reply(request, self._shown(caller, account_of(self._callers, caller, uuid)))

    def _shown(self, caller: Caller, account: Account) -> Resource:
        return shown(self._callers.catalog, account, caller.base, self._keyring)
