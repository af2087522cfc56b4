"""Where visitors of sites, and people of products, are erased: `/tilde/v1/visitors`. Bearer: the operator token."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import AfterValidator, Field, model_validator

from producers.admin.erasures import Erasures
from producers.edge.erasing import Erasing
from producers.hits.whom import Whom
from producers.tilde_v1.operator_routes import routes_of
from producers.tilde_v1.product_routes import ID_MAX
from producers.tilde_v1.request_bodies import Body
from tilde.domain.hits.visitor import plain_address
from tilde.domain.people.activity import PERSON
from tilde.domain.texts import trimmed
from tilde.own_paths import VISITORS
from tilde.web.methods import refuse

CUSTOM_MAX = 100
TEXT_MAX = 65_536  # characters, as those of a hit: what of a longer one is kept is cut off here likewise


def is_some(text: str) -> str:
    """The text. Raises ValueError."""
    if not trimmed(text):
        raise ValueError("has nothing but blanks")
    return text


def _is_address(text: str) -> str:
    if plain_address(text) is None:
        raise ValueError("is no IP address")
    return text


Text = Annotated[str, Field(min_length=1, max_length=TEXT_MAX), AfterValidator(is_some)]
Address = Annotated[str, Field(max_length=TEXT_MAX), AfterValidator(_is_address)]


class Erasure(Body):
    """Whom to erase: every visitor of the site, and person of the product, of whom one of the others is true."""

    site: Annotated[int, Field(ge=1, le=ID_MAX)]
    id: Annotated[Text | None, Field(description="The id that the tracker keeps in a cookie of the browser.")] = None
    session: Annotated[Text | None, Field(description="A session that the site's server named.")] = None
    address: Annotated[Address | None, Field(description="An address that the visitor had.")] = None
    custom: Annotated[dict[Text, Text], Field(max_length=CUSTOM_MAX, description="Custom visitor data.")] = {}  # noqa: RUF012 - pydantic copies it
    person: Annotated[Text | None, Field(description="An identity of a person of the product that the site is.")] = None
    number: Annotated[
        int | None, Field(ge=0, lt=1 << 63, description="`visitor` of topic `hits`, `identity` of topic `activity`.")
    ] = None

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.custom or self.number is not None or self.id or self.session or self.address or self.person):
            raise ValueError("needs one of id, session, address, custom, person, number")
        return self


def router(erasures: Erasures, erasing: Erasing, operator_token: str) -> APIRouter:
    """The routes."""
    calls = _VisitorCalls(erasures, erasing)
    routes = routes_of(VISITORS, operator_token)
    refuse(routes, ["GET"], "/erase")
    routes.add_api_route("/erase", calls.erase, methods=["POST"], summary="Erase visitors of a site, for ever")
    return routes


class _VisitorCalls:
    """What the route does."""

    def __init__(self, erasures: Erasures, erasing: Erasing) -> None:
        self._erasures = erasures
        self._erasing = erasing

    async def erase(self, body: Erasure) -> dict[str, int]:
        """Afterwards nobody can read what identified them, in any copy of the log or the tables; their hits and events
        stay counted. Of a person this is one identity: `DELETE /tilde/v1/products/PRODUCT/person` erases all of his.
        The answer says how many they were here, and comes when nothing is left of them here: an error (503) says that
        something is, and that it is tried again; who asks again is told of all. Where there are more edges, each erases
        those that it knows when it reads of it, within seconds of its running: also whom it knows in another way than
        the one who was asked.
        """
        whom = Whom(body.id, body.session, body.address, body.custom, body.number)
        traits = whom.traits if body.person is None else whom.traits | {(PERSON, trimmed(body.person))}
        numbers = () if whom.number is None else (whom.number,)
        sequence = await self._erasures.erase(body.site, traits, numbers)
        return {"site": body.site, "erased": await self._erasing.of(sequence)}
