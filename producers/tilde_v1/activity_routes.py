"""Where what people did before is taken in: lines of an export, for the operator."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from producers.people.lines import Lines, LinesRefusedError
from producers.web.holder import require_operator
from tilde.catalog.follower import CatalogFollower
from tilde.own_paths import LINES_MAX, activity_path
from tilde.web.bodies import guarded

BODY_BYTES_MAX = 1 << 20
_SCHEME = HTTPBearer(auto_error=False, scheme_name="Operator", description="The operator token.")


class SentLines(BaseModel):
    """Some lines of an export, each an object."""

    model_config = ConfigDict(extra="forbid")

    lines: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=LINES_MAX)]


def router(lines: Lines, follower: CatalogFollower, operator_token: str) -> APIRouter:
    """The route."""
    asks_first = guarded(partial(require_operator, operator_token), BODY_BYTES_MAX)
    routes = APIRouter(tags=["Operator"], dependencies=[Depends(_SCHEME)], route_class=asks_first)
    path, call = activity_path("{product}"), _ActivityCalls(lines, follower).take
    routes.add_api_route(path, call, methods=["POST"], summary="Take in what people did before")
    return routes


class _ActivityCalls:
    """What the route does."""

    def __init__(self, lines: Lines, follower: CatalogFollower) -> None:
        self._lines = lines
        self._follower = follower

    async def take(self, product: int, body: SentLines) -> dict[str, Any]:
        """The answer says how many were taken, once they are durable, and which were not, each by its place and why. A
        line that comes again is counted once: the same person, event and second, or property and second.
        """
        await self._follower.catch_up()
        if product not in self._follower.catalog.products:
            raise HTTPException(404, f"no product has the id {product}")
        try:
            left_out = await self._lines.take(product, body.lines)
        except LinesRefusedError as refused:
            raise HTTPException(503, str(refused)) from None
        errors = [{"index": index, "message": why} for index, why in left_out.items()]
        return {"taken": len(body.lines) - len(left_out), "errors": errors}
