"""A person of a product, as all that is known of him: `/tilde/v1/products/PRODUCT/person?identity=ann@example.com`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.parts import Reads
from api.reads.people.opened import Plain
from api.reads.people.people import SealedAct
from api.reads.unanswered import BehindError
from api.web.callers import either_scheme
from api.web.refused import RefusedError
from api.web.replies import reply
from tilde.domain.people.question import SECONDS_END
from tilde.own_paths import numbers_path, person_path
from tilde.schemas.topics import ACTIVITY

Identity = Annotated[str, Query(min_length=1, max_length=255, description="One of his identities.")]
ACTS, ACTS_MAX = 100, 1_000
PROPERTIES_MAX = 1_000


def router(reads: Reads) -> APIRouter:
    """The routes."""
    calls = _PersonCalls(reads)
    routes = APIRouter(tags=["People"], dependencies=[Depends(either_scheme)])
    routes.add_api_route(person_path("{product}"), calls.show, summary="A person, and what he did")
    routes.add_api_route(numbers_path("{product}"), calls.numbers, summary="The numbers of all identities of a person")
    return routes


class _PersonCalls:
    """What they do."""

    def __init__(self, reads: Reads) -> None:
        self._callers = reads.callers
        self._people = reads.people
        self._identified = reads.identified
        self._opened = reads.opened
        self._settling = reads.settling

    async def show(
        self,
        request: Request,
        product: int,
        identity: Identity,
        before: Annotated[
            int, Query(ge=0, le=SECONDS_END, description="Unix seconds: what he did before them.")
        ] = SECONDS_END,
        limit: Annotated[int, Query(ge=1, le=ACTS_MAX, description="How many of his acts.")] = ACTS,
    ) -> Response:
        """All identities of his, the last value of each property, and what he did, the latest first. For the holder of
        a token of the product's account, and for the operator. By an identity that was erased nobody is found, until it
        is sent again; what he did and said with it before he was erased is not told then, either. Texts are null on
        Kafka where the API is not told of the edges, which have the keys.
        """
        await self._callers.require_product(request, product)
        await self._settling.settle([ACTIVITY])
        person = await self._identified.person(product, identity)
        if person is None:
            raise RefusedError(404, "nobody has this identity")
        identities = (await self._people.identities(product, [person]))[person]
        values = await self._people.last_values(product, identities, PROPERTIES_MAX)
        acts = await self._people.timeline(product, identities, before, limit)
        said = (value for act in acts for value in act.properties.values())
        plain = await self._opened.plain(identities, [*(one.value for one in values), *said])
        return reply(
            {
                "product": product,
                "person": person,
                "who": plain.who(identities),
                "identities": [{"number": one.identity, "identity": plain.name(one)} for one in identities],
                "properties": {
                    one.property: {"value": plain.value(product, one.property, one.value), "at": one.at}
                    for one in values
                },
                "acts": [_act(plain, product, act) for act in acts],
            }
        )

    async def numbers(self, request: Request, product: int, identity: Identity) -> Response:
        """By which he is erased; none where nobody has the identity. Nothing is opened for it, so no key has to be at
        hand. For the operator, and the holder of a token of the product's account.
        """
        await self._callers.require_product(request, product)
        if not await self._settling.settle([ACTIVITY]):
            raise BehindError
        person = await self._people.person(product, self._opened.number(product, identity))
        whose = {} if person is None else await self._people.identities(product, [person])
        numbers = [one.identity for identities in whose.values() for one in identities]
        return reply({"product": product, "person": person, "numbers": numbers})


def _act(plain: Plain, product: int, act: SealedAct) -> dict[str, Any]:
    properties = {name: plain.value(product, name, value) for name, value in act.properties.items()}
    return {"at": act.at, "event": act.event, "properties": properties}
