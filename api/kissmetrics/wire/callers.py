"""Who asks, for which page of a list, and what he gets: what routes of Core API and Query APIs have in common."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Request
from fastapi.security import HTTPBearer
from pydantic import AfterValidator
from starlette.responses import Response

from api.kissmetrics.wire.accepted import sends_json, takes_json, wants_bare
from api.kissmetrics.wire.answers import Page, Resource, enveloped
from api.kissmetrics.wire.paging import LIMIT, is_without_envelope, page_in
from api.web.callers import Callers
from api.web.origin import origin_of
from api.web.packed import packed
from api.web.refused import RefusedError
from api.web.replies import reply
from tilde.catalog.follower import CatalogFollower
from tilde.dialects.kissmetrics import BASIC_CHALLENGE, CORE, QUERIES_V3
from tilde.domain.catalog.definition_records import SavedReport
from tilde.domain.catalog.state import Account, Catalog, Product
from tilde.domain.catalog.token_records import Scope
from tilde.domain.sites.clock import SiteClock, clock_of
from tilde.domain.texts import trimmed
from tilde.keys.authorization import token_in

NOT_FOUND = "nothing is found by this id"
_CHALLENGE = {"www-authenticate": "Bearer"}

scheme = HTTPBearer(
    auto_error=False,
    scheme_name="Kissmetrics",
    description="An access token of `tilde token create`, or an account's own; also without `Bearer`, or as user of"
    " `Basic`. The operator token opens nothing here.",
)
Uuid = Annotated[str, AfterValidator(lambda text: text.strip().lower())]
"""The one in a path, as it is kept."""
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and which page he asks for: `accounts` are those that his token reaches, links in the answer begin with
    `base`, and of a list he gets `limit` items from item `offset` on; `is_bare` without the envelope around them.
    """

    accounts: tuple[Account, ...]
    base: str
    offset: int
    limit: int
    is_bare: bool

    def page_of(self, items: Sequence[_Item]) -> Sequence[_Item]:
        """The page of a list that is there as a whole."""
        return items[self.offset : self.offset + self.limit]


Listing = Callable[[Caller], Awaitable[tuple[int, Sequence[Resource]]]]
"""Reads a page: how many items there are in all, and those of the page."""


class ApiCallers:
    """Finds out who calls and which products his token reaches, and answers with pages of lists."""

    def __init__(self, tokens: Callers, follower: CatalogFollower) -> None:
        self._tokens = tokens
        self._follower = follower

    @property
    def catalog(self) -> Catalog:
        """The catalog, as far as this process has read it."""
        return self._follower.catalog

    def clock_of(self, product: int) -> SiteClock:
        """A product's clock, as it is set now."""
        return clock_of(*self.catalog.clock_of(product))

    async def caller(
        self, request: Request, *scopes: Scope, limit: int = LIMIT, of_json: bool = True, key: object = None
    ) -> Caller:
        """Reads who sends a request. His token has to be for one of `scopes`, by default the Core API; with `of_json`
        he has to accept JSON. Where the request says no limit it is `limit`, and where no header has a token it is
        `key`. Raises RefusedError, LogError.
        """
        token = token_in(request.headers.get("authorization", "")) or (trimmed(key) if isinstance(key, str) else "")
        challenge = BASIC_CHALLENGE if request.url.path.startswith(f"{QUERIES_V3}/") else _CHALLENGE
        reach = await self._tokens.reach_of(token, scopes or (Scope.CORE,), challenge)
        accept = ",".join(request.headers.getlist("accept"))
        if of_json and not takes_json(accept):
            raise RefusedError(406, "answers are application/json")
        if request.method == "POST" and not sends_json(request.headers.get("content-type", "")):
            raise RefusedError(415, "a body is application/json")
        await self._follower.catch_up()
        offset, limit = page_in(request, limit)
        is_bare = is_without_envelope(request) or wants_bare(accept)
        return Caller(reach.accounts, f"{origin_of(request)}{CORE}", offset, limit, is_bare)

    async def listed(self, request: Request, path: str, listing: Listing) -> Response:
        """Answers with a page of a list; `path` is where the list stands below the root. Raises RefusedError."""
        caller = await self.caller(request)
        total, items = await listing(caller)
        if caller.is_bare:
            return await self.reply(request, list(items))
        page = Page(total, caller.offset, caller.limit)
        return await self.reply(request, enveloped(f"{caller.base}{path}", page, items))

    @staticmethod
    async def reply(request: Request, value: Any) -> Response:
        """JSON; packed where the client takes it so."""
        return await packed(request, reply(value))

    def products(self, caller: Caller) -> list[Product]:
        """The products that the token reaches, the oldest first."""
        return self.products_of(caller.accounts)

    def products_of(self, accounts: Sequence[Account]) -> list[Product]:
        """The products of some accounts, the oldest first."""
        ids = chain.from_iterable(self.catalog.products_of.get(account.id, {}).values() for account in accounts)
        return sorted((self.catalog.products[one] for one in ids), key=lambda one: (one.created_ms, one.id))

    def saved_reports_of(self, products: Iterable[Product]) -> Sequence[SavedReport]:
        """The reports that some products keep, in the order in which they were made."""
        catalog = self.catalog
        kept = (catalog.saved_reports[uuid] for one in products for uuid in catalog.saved_reports_of.get(one.id, ()))
        return sorted(kept, key=lambda report: report.created)

    def product(self, caller: Caller, uuid: Uuid) -> Product:
        """The product that has this UUID. Raises RefusedError where the token does not reach it, as where there is
        none.
        """
        found = next((one for one in self.products(caller) if one.uuid == uuid), None)
        if found is None:
            raise RefusedError(404, NOT_FOUND)
        return found


def uuid_in(text: str) -> UUID | None:
    """The UUID that a text is; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
