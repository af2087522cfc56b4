"""Signatures of requests, pure: HMAC-SHA256 with a secret over the method, the URL and what its query says besides.

    POST&http%3A%2F%2Fapi.kissmetrics.com%2Fv1%2Fproducts%2FGUID%2Ftracking%2Fe

A URL begins with the host that the client was told, which it may reach under another name by now.
"""

import base64
import hmac
from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import quote

from tilde.domain.texts import with_plus
from tilde.web.parameters import Parameters

SIGNATURE = "_signature"
OLD_HOSTS = ("http://api.kissmetrics.com", "https://api.kissmetrics.com")


def signature(method: str, url: str, query: Parameters, secret: str) -> str:
    """The signature of a request to a URL without a query, in base64; `query` is all that it says but the signature
    itself.
    """
    said = "&".join(f"{name}={value}" for name, value in sorted(query.items()))
    parts = [method, *(quote(part, safe="") for part in (url, said) if part)]
    digest = hmac.new(secret.encode(), "&".join(parts).encode(), sha256).digest()
    return base64.b64encode(digest).decode()


def is_signed(method: str, hosts: Iterable[str], path: str, fields: Parameters, secret: str) -> bool:
    """Whether its signature is that of the path at one of these hosts: `https://stats.example` has no slash at its
    end.
    """
    given = with_plus(fields.get(SIGNATURE, "")).encode()
    query = {name: value for name, value in fields.items() if name != SIGNATURE}
    made = [signature(method, f"{host}{path}", query, secret).encode() for host in hosts]
    return any([hmac.compare_digest(given, each) for each in made])  # noqa: C419 - all of them, in the same time
