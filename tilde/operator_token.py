"""The operator's authority: `Authorization: Bearer` with the operator token of the data folder, wherever it is asked.

It rests on the token alone, never on where a request came from or what a proxy wrote beside it.
"""

import hmac

REFUSAL = "the operator token is missing or wrong"


def is_operator(authorization: str, operator_token: str) -> bool:
    """Whether an `Authorization` header carries the token; in constant time."""
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), operator_token.encode())
