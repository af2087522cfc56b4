"""Where a person of a product is erased: `/tilde/v1/products/PRODUCT/person`. Bearer: the operator token. He is shown
there, too, by the query API.
"""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from producers.admin.people import People
from producers.edge.erasing import Erasing
from producers.tilde_v1.operator_routes import routes_of
from producers.tilde_v1.product_routes import Id
from producers.tilde_v1.visitor_routes import is_some
from tilde.domain.people.names import NAME_MAX
from tilde.own_paths import person_path

Identity = Annotated[
    str, Query(min_length=1, max_length=NAME_MAX, description="One of his identities."), AfterValidator(is_some)
]


def router(people: People, erasing: Erasing, operator_token: str) -> APIRouter:
    """The route."""
    calls = _PersonCalls(people, erasing)
    routes = routes_of(person_path("{product}"), operator_token, "People")
    routes.add_api_route("", calls.erase, methods=["DELETE"], summary="Erase a person, for ever")
    return routes


class _PersonCalls:
    """What it does."""

    def __init__(self, people: People, erasing: Erasing) -> None:
        self._people = people
        self._erasing = erasing

    async def erase(self, product: Id, identity: Identity) -> dict[str, Any]:
        """Under all of his identities. Afterwards nobody can read who he was and what was said of him, in any copy of
        the log or the tables; what he did stays counted. The answer comes when nothing is left of him here, and says
        how many of his identities were known here: an error (503, 504) says that something is, and whoever asks again
        has all done that is left. `known` is false where the tables know nobody by this identity. `named_by` are
        reports and metrics of the product in which one of his identities stands: they are for the operator to change or
        delete. Queries of the last day that name him are taken away, within seconds, by each query API.
        """
        erased = await self._people.erase(product, identity, self._erasing.of)
        return {"product": product, **asdict(erased)}
