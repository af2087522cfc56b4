"""Where users reach this Tilde, for answers with urls of ours in them."""

from typing import NamedTuple

from fastapi import Request

from producers.web.clients import client_of


class Reached(NamedTuple):
    """`https` and `stats.example`; what stands behind the host in TILDE_PUBLIC_URL stands behind it here."""

    scheme: str
    host: str

    @property
    def url(self) -> str:
        """The URL that users reach it by, without a slash at its end."""
        return f"{self.scheme}://{self.host}"


def reached(request: Request, public_url: str | None) -> Reached:
    """How users reach this Tilde: as the operator says it; else as the sender wrote it, who may have changed a name in
    his hosts file alone.
    """
    if public_url is not None:
        scheme, _, host = public_url.rstrip("/").partition("://")
        return Reached(scheme, host)
    return Reached(client_of(request.scope).scheme, request.headers.get("host", "localhost").strip())
