"""Whose an access token is, in a request that shows one."""

from fastapi import HTTPException

from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account
from tilde.keys.authorization import bearer_token


async def holder(keys: KeyLookup, authorization: str) -> tuple[Account, str]:
    """The account of `Bearer TOKEN`, and the token. Raises HTTPException, LogError."""
    token = bearer_token(authorization)
    account = await keys.find(KeyKind.TOKEN, token)
    if account is None:
        raise HTTPException(401, "invalid access token", {"www-authenticate": "Bearer"})
    return account, token
