"""What an `Authorization` header says.

Authority rests on what it carries alone, never on where a request came from or what a proxy wrote beside it.
"""

import base64
import hmac

from tilde.domain.texts import trimmed

REFUSAL = "the operator token is missing or wrong"


def bearer_token(authorization: str) -> str:
    """The token of `Bearer`, without what nobody sees around it; empty where it has none."""
    return _credentials(authorization, "bearer")


def token_in(authorization: str) -> str:
    """The token of `Bearer`, of `Basic`, or of a header that has nothing but one, as some scripts send it; empty where
    it has none.
    """
    bare = trimmed(_as_sent(authorization))
    return bearer_token(authorization) or basic_token(authorization) or ("" if " " in bare else bare)


def is_operator(authorization: str, operator_token: str) -> bool:
    """Whether it is `Bearer` with the operator token of the data folder; in constant time."""
    token = bearer_token(authorization)
    return bool(token) and hmac.compare_digest(token.encode(), operator_token.encode())


def basic_user(authorization: str) -> str:
    """The user of `Basic`, where some clients put their access token; empty where it says none."""
    return _basic(authorization)[0]


def basic_token(authorization: str) -> str:
    """The password of `Basic`, as of `ann@example.com:TOKEN`, or where there is none the user, as of `TOKEN:`."""
    user, password = _basic(authorization)
    return trimmed(password) or trimmed(user)


def _basic(authorization: str) -> tuple[str, str]:
    try:
        said = base64.b64decode(_credentials(authorization, "basic"), validate=True).decode()
    except ValueError:  # no base64, or no UTF-8 in it
        return "", ""
    user, _, password = said.partition(":")
    return user, password


def _credentials(authorization: str, wanted: str) -> str:
    """What stands behind the scheme; empty where it is another one."""
    scheme, _, credentials = _as_sent(authorization).partition(" ")
    return trimmed(credentials) if scheme.lower() == wanted else ""


def _as_sent(header: str) -> str:
    """A header arrives as Latin-1. What is more than ASCII in one was UTF-8, as `Bearer $(cat FILE)` of a file that an
    editor began with a byte order mark.
    """
    if header.isascii():
        return header
    try:
        return header.encode("latin-1").decode()
    except ValueError:  # it was not
        return header
