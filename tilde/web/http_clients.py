"""Makes every HTTP client of ours, so that none takes a proxy, a certificate or a password from the environment.

HTTP_PROXY and its kin are set for the web. What we ask is this machine, or a role of ours by its URL: through a proxy
the operator's token would go to whoever runs that. Who reaches another Tilde by a proxy, or by a certificate of an
authority of his own, says so in the settings.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tilde.errors import SettingsError
from tilde.settings import Settings


@dataclass(frozen=True, slots=True)
class Way:
    """How another machine is reached: the proxy, and the authorities that are believed beside the well-known ones."""

    proxy: str | None = None
    ca_file: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Way":
        """The way to a server that the settings say."""
        return cls(settings.http_proxy, settings.ca_file)


DIRECT = Way()
NO_ANSWER = (httpx.HTTPError, httpx.InvalidURL, UnicodeError)
"""What a call raises where there is no answer, the URL's fault included: a host's name may be none."""


def open_client(url: str, *, is_own: bool = False, way: Way = DIRECT, **options: Any) -> httpx.Client:
    """A client of what is at the URL. Raises SettingsError, httpx.InvalidURL.

    `is_own` says that it is this machine's own port, as Tilde itself wrote it: it is asked directly, and its
    certificate, which is for the name that users call it by, is not verified.
    """
    way, verify = (DIRECT, False) if is_own else (way, _verified(url, way.ca_file))
    return httpx.Client(base_url=url, verify=verify, proxy=way.proxy, trust_env=False, **options)


def open_async_client(transport: httpx.AsyncBaseTransport | None = None, **options: Any) -> httpx.AsyncClient:
    """A client over a transport; over none one of this machine's own ports, as `is_own` above."""
    return httpx.AsyncClient(transport=transport, verify=False, trust_env=False, **options)  # noqa: S501 - see there


def open_transport(url: str = "", *, ca_file: Path | None = None, **options: Any) -> httpx.AsyncHTTPTransport:
    """What connects to the URL of a role, or to the socket `uds`. Raises SettingsError."""
    return httpx.AsyncHTTPTransport(verify=_verified(url, ca_file), trust_env=False, **options)


def _verified(url: str, ca_file: Path | None) -> ssl.SSLContext | bool:
    """What verifies certificates; where there is none, nothing, since that takes 30 ms to make."""
    if not url.lower().startswith("https:"):
        return False
    try:
        context = httpx.create_ssl_context(trust_env=False)
        if ca_file is not None:
            context.load_verify_locations(ca_file)
    except OSError as cause:  # an SSLError is one
        what = f"TILDE_CA_FILE is '{ca_file}', and" if ca_file is not None else "certificates of authorities"
        raise SettingsError(f"{what} cannot be read: {cause.strerror or cause}") from None
    return context
