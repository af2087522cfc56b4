"""Where the read pointer is moved, `/tilde/v1/generations`: the end of `tilde replay`. Bearer: the operator token."""

from typing import Annotated

from fastapi import APIRouter, Path

from producers.admin.generations import Generations
from producers.tilde_v1.operator_routes import routes_of
from tilde.own_paths import GENERATIONS
from tilde.web.methods import refuse

GENERATION_MAX = 1_000_000


def router(generations: Generations, operator_token: str) -> APIRouter:
    """The routes."""
    calls = _GenerationCalls(generations)
    routes = routes_of(GENERATIONS, operator_token)
    refuse(routes, ["GET"], "/{generation}/activate")
    summary = "Read another generation of the tables (tilde replay)"
    routes.add_api_route("/{generation}/activate", calls.activate, methods=["POST"], summary=summary)
    return routes


class _GenerationCalls:
    """What the route does."""

    def __init__(self, generations: Generations) -> None:
        self._generations = generations

    async def activate(self, generation: Annotated[int, Path(ge=1, le=GENERATION_MAX)]) -> dict[str, int]:
        """From now on this generation of the read models is the one that is read. 409 while it lags behind."""
        await self._generations.activate(generation)
        return {"generation": generation}
