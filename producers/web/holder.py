"""Whose an access token is, in a request that shows one: an account's, or the operator's."""

from fastapi import HTTPException, Request

from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account
from tilde.keys.authorization import REFUSAL, bearer_token, is_operator


async def holder(keys: KeyLookup, authorization: str) -> tuple[Account, str]:
    """The account of `Bearer TOKEN`, and the token. Raises HTTPException, LogError."""
    token = bearer_token(authorization)
    account = await keys.find(KeyKind.TOKEN, token)
    if account is None:
        raise HTTPException(401, "invalid access token", {"www-authenticate": "Bearer"})
    return account, token


def require_operator(operator_token: str, request: Request) -> None:
    """Raises HTTPException unless a request shows the operator's token."""
    if not is_operator(request.headers.get("authorization", ""), operator_token):
        raise HTTPException(401, REFUSAL, {"www-authenticate": "Bearer"})
