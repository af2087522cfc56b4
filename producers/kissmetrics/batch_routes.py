"""`POST /v1/products/GUID/tracking/e?_signature=..`: many events in one request, signed with the product's secret."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from producers.kissmetrics import batches
from producers.kissmetrics.intake import Intake
from producers.kissmetrics.reasons import PASSING, Reason, Refused, Rejection
from producers.kissmetrics.routes import body_of
from producers.kissmetrics.signed_products import SignedProducts
from producers.kissmetrics.signing import OLD_HOSTS, is_signed
from producers.people.activity_writer import ActivityProduct
from producers.web.json_bodies import NoJsonError
from producers.web.json_mending import NotMendedError
from producers.web.large_json import JsonReader
from producers.web.reached import reached
from tilde.dialects.kissmetrics import BATCHES, HIT_HEADERS
from tilde.web.failures import failure
from tilde.web.parameters import parse

_ITEM = {"type": "object", "properties": {name: {"type": "string"} for name in ("identity", "event", "alias")}}
_BATCH = {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": _ITEM}}}
_DESCRIBED = {"requestBody": {"content": {"application/json": {"schema": _BATCH}}}}
_STATUSES = {
    Reason.BAD_SIGNATURE: 401,
    Reason.BAD_JSON: 400,
    Reason.TOO_MANY_ITEMS: 400,
    Reason.BODY_TOO_LONG: 413,
    Reason.BODY_CUT_OFF: 400,
}
_TOLD = {
    Reason.BAD_SIGNATURE: "there is no such product, or the signature is not this URL's with its secret",
    Reason.BAD_JSON: "the body is no JSON object with a list `data`",
    Reason.TOO_MANY_ITEMS: f"a batch has at most {batches.ITEMS_MAX:,} items",
}


def router(intake: Intake, products: SignedProducts, json: JsonReader, public_url: str | None) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["Kissmetrics"])
    path = f"{BATCHES}{{guid}}/tracking/e"
    call = _BatchCalls(intake, products, json, public_url).batch
    routes.add_api_route(path, call, methods=["POST"], summary="Record a signed batch", openapi_extra=_DESCRIBED)
    return routes


class _BatchCalls:
    """What the route does."""

    def __init__(self, intake: Intake, products: SignedProducts, json: JsonReader, public_url: str | None) -> None:
        self._intake = intake
        self._products = products
        self._json = json
        self._public_url = public_url

    async def batch(self, request: Request, guid: str) -> Response:
        """`{"data": [{"identity", "timestamp", "event" or "alias", ..}]}`. A bad item is left out and named in the
        answer, the others count.
        """
        try:
            with self._intake.counting():
                product = await self._signer(request, guid)
                body = await body_of(request, batches.BODY_BYTES_MAX)
                items = batches.items_of(await self._first_parsed([body, *batches.completed(body)]))
            left_out = await self._intake.take_all(product, items)
        except Refused as refused:
            return _failure_of(request, refused.reason)
        return _taken(len(items) - len(left_out), left_out)

    async def _signer(self, request: Request, guid: str) -> ActivityProduct:
        """Raises Rejection, LogError."""
        found = await self._products.find(guid)
        fields = parse(bytes(request.scope["query_string"]))
        path = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
        if found is None or not is_signed("POST", self._hosts(request), path, fields, found.secret):
            raise Rejection(Reason.BAD_SIGNATURE)
        return found.product

    def _hosts(self, request: Request) -> Iterable[str]:
        """What the URL that was signed may begin with."""
        own = [reached(request, None).url]
        return (*OLD_HOSTS, *own, self._public_url.rstrip("/")) if self._public_url else (*OLD_HOSTS, *own)

    async def _first_parsed(self, bodies: Sequence[bytes]) -> Any:
        """The first that is JSON. Raises Rejection."""
        for body in bodies:
            with suppress(NoJsonError):
                try:
                    return await self._json.parse(body, _is_known)
                except NotMendedError:
                    raise Rejection(Reason.NO_ROOM) from None
        raise Rejection(Reason.BAD_JSON)


async def _is_known(body: bytes) -> None:
    """Its sender has signed it."""


def _failure_of(request: Request, reason: Reason) -> Response:
    status = 503 if reason in PASSING else _STATUSES[reason]
    retry = {"retry-after": "5"} if reason in PASSING else {}
    return failure(request.url.path, status, _TOLD.get(reason, reason.value), retry)


def _taken(many: int, left_out: dict[int, Reason]) -> Response:
    errors = [{"index": index, "message": reason.value} for index, reason in left_out.items()]
    told = {"status": 200, "taken": many} | ({"errors": errors} if errors else {})
    return Response(orjson.dumps(told), 200, dict(HIT_HEADERS), "application/json")
