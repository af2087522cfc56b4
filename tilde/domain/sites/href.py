"""An href, taken apart as browsers do it: as far as the host, which is what decides here."""

import re
from functools import lru_cache
from typing import NamedTuple

from tilde.domain.sites.hosts import HOST_MAX, host_of

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,30}:)//", re.IGNORECASE | re.ASCII)
_PATH = re.compile(r"[/\\?#]")
_WEB = ("https://", "http://")
_ORIGINS_KEPT = 4_096
_ORIGIN_MAX = HOST_MAX + 47
"""Characters of an origin that is kept: scheme, host and port, and some more."""


def host_in(text: str) -> str | None:
    """The host of an href that begins with a scheme; None where there is none. That is `Href.read(text).host`,
    made for pages of the web, whose hosts come again and again.
    """
    if not text.startswith(_WEB):
        return _host_in(text)
    end = text.find("/", len(_WEB[0]))
    origin = text if end < 0 else text[:end]
    return _kept(origin) if len(origin) <= _ORIGIN_MAX else _host_in(origin)


def _host_in(text: str) -> str | None:
    href = Href.read(text)
    return None if href is None else href.host


_kept = lru_cache(_ORIGINS_KEPT)(_host_in)


class Href(NamedTuple):
    """`https://joe:secret@example.com:8080/shop?a=1#b`, in pieces."""

    scheme: str
    """`https:`, or nothing."""
    user: str
    """`joe:secret@`, or nothing."""
    authority: str
    """`example.com:8080`."""
    path: str
    """`/shop?a=1#b`: all that stands behind, nothing included."""

    @property
    def host(self) -> str | None:
        """In the form in which hosts are compared; None where it is none."""
        return host_of(self.authority)

    @property
    def without_user(self) -> str:
        """The whole, but for who asks and with which password."""
        return f"{self.scheme}//{self.authority}{self.path}"

    @classmethod
    def read(cls, text: str) -> "Href | None":
        """Of what begins with a scheme and `//`; None of everything else."""
        scheme = _SCHEME.match(text)
        return None if scheme is None else cls.behind(scheme[1], text, scheme.end())

    @classmethod
    def behind(cls, scheme: str, text: str, start: int = 0) -> "Href":
        """Of what stands behind a scheme. A host ends at a backslash too, as in browsers: so none hides before an @."""
        path = _PATH.search(text, start)
        end = path.start() if path else len(text)
        user, at, authority = text[start:end].rpartition("@")
        return cls(scheme, user + at, authority, text[end:])
