"""`GET /m/trk`: what an app asks when it starts, before it sends what it has gathered."""

from datetime import UTC, datetime
from email.utils import format_datetime

import orjson
from fastapi import APIRouter, HTTPException, Request, Response

from producers.kissmetrics.intake import Products
from producers.web.reached import reached
from tilde.dialects.kissmetrics import MOBILE
from tilde.runtime.clock import Clock
from tilde.web.parameters import parse, sent

HOLDS_S = 86_400  # an app asks again a day later
_KEY = {"name": "product_key", "in": "query", "required": True, "schema": {"type": "string"}}
_DESCRIBED = {"parameters": [_KEY | {"description": "The tracking key of a product."}]}


def router(products: Products, clock: Clock, public_url: str | None) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["Kissmetrics"])
    call = _MobileCalls(products, clock, public_url).check
    routes.add_api_route(MOBILE, call, methods=["GET"], openapi_extra=_DESCRIBED, summary="Whether an app is to send")
    return routes


class _MobileCalls:
    """What the route does."""

    def __init__(self, products: Products, clock: Clock, public_url: str | None) -> None:
        self._products = products
        self._clock = clock
        self._public_url = public_url

    async def check(self, request: Request) -> Response:
        """`product_key` is a product's tracking key. The answer names the host that events go to, by https. Of a key
        that nobody has it is 404: an app keeps what it has, and asks again.
        """
        key = sent(parse(bytes(request.scope["query_string"])), "product_key")
        if key is None or await self._products.find(key) is None:
            raise HTTPException(404, "no product has this key")
        told = {"reason": "", "tracking": True, "tracking_endpoint": reached(request, self._public_url).host}
        expires = datetime.fromtimestamp(self._clock.now_ms() // 1000 + HOLDS_S, UTC)
        headers = {"expires": format_datetime(expires, usegmt=True), "cache-control": f"max-age={HOLDS_S}"}
        return Response(orjson.dumps(told), 200, headers, "application/json")
