"""What an `Authorization` header says.

Authority rests on what it carries alone, never on where a request came from or what a proxy wrote beside it.
"""

import base64
import hmac

REFUSAL = "the operator token is missing or wrong"


def is_operator(authorization: str, operator_token: str) -> bool:
    """Whether it is `Bearer` with the operator token of the data folder; in constant time."""
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), operator_token.encode())


def basic_user(authorization: str) -> str:
    """The user of `Basic`, where some clients put their access token; empty where it says none."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[0].decode()
    except ValueError:  # no base64, or no UTF-8 in it
        return ""
