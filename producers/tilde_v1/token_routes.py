"""Tokens that reach several accounts, `/tilde/v1/tokens`. Bearer: the operator token."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from producers.admin.tokens import Tokens
from producers.tilde_v1.operator_routes import routes_of
from producers.tilde_v1.request_bodies import Body, GivenKey
from tilde.domain.catalog.token_records import EVERY_SCOPE, Scope
from tilde.domain.catalog.tokens import TOKEN_ACCOUNTS_MAX
from tilde.own_paths import TOKENS

Id = Annotated[int, Path(ge=1, le=1 << 53)]


class NewToken(Body):
    """A token to make; without one of your own it is made at random."""

    accounts: Annotated[list[str], Field(max_length=TOKEN_ACCOUNTS_MAX, description="The names of what it reaches.")]
    name: Annotated[str, Field(description="What you call it.")] = ""
    made_by: Annotated[str, Field(description="Who has it made.")] = ""
    scopes: Annotated[
        list[Scope] | None,
        Field(description="`core`: what there is. `query`: who did what. Both unless given.", max_length=len(Scope)),
    ] = None
    token: GivenKey | None = None


def router(tokens: Tokens, operator_token: str) -> APIRouter:
    """The routes."""
    calls = _TokenCalls(tokens)
    routes = routes_of(TOKENS, operator_token)
    routes.add_api_route("", calls.list_tokens, methods=["GET"], summary="Tokens that reach several accounts")
    routes.add_api_route("", calls.create_token, methods=["POST"], summary="Make a token that reaches some accounts")
    routes.add_api_route("/{id_}", calls.show_token, methods=["GET"], summary="One of these tokens")
    routes.add_api_route("/{id_}", calls.revoke_token, methods=["DELETE"], summary="Revoke one of these tokens")
    return routes


class _TokenCalls:
    """What each route does."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def list_tokens(self) -> list[dict[str, Any]]:
        """Without themselves: each was shown when it was made. `exposed_at`: when it first came by http, though there
        is a public https URL, so that others could read it.
        """
        return self._tokens.all()

    async def create_token(self, body: NewToken) -> dict[str, Any]:
        """It is in the answer, for the only time."""
        scopes = EVERY_SCOPE if body.scopes is None else body.scopes
        return await self._tokens.create(body.accounts, scopes, body.name, body.made_by, body.token)

    async def show_token(self, id_: Id) -> dict[str, Any]:
        return self._tokens.show(self._tokens.one(id_))

    async def revoke_token(self, id_: Id) -> dict[str, Any]:
        """It ends at once."""
        shown = self._tokens.show(self._tokens.one(id_))
        await self._tokens.revoke(id_)
        return shown | {"revoked": True}
