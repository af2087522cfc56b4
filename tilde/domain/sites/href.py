"""An href, taken apart as browsers do it: as far as the host, which is what decides here."""

import re
from functools import lru_cache
from typing import NamedTuple

from tilde.domain.sites.hosts import HOST_MAX, host_of

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,30}:)//", re.IGNORECASE | re.ASCII)
_BEFORE_A_HOST = re.compile(
    r"((?:https?|wss?|ftp|telnet):)[/\\]*|([a-z][a-z0-9+.-]{0,30}:)//|[/\\]{2,}", re.IGNORECASE | re.ASCII
)
"""Behind schemes that they know, browsers take any number of slashes, of whatever kind."""
_PATH = re.compile(r"[/\\?#]")
_WEB = ("https://", "http://")
_ORIGINS_KEPT = 4_096
_ORIGIN_MAX = HOST_MAX + 47
"""Characters of an origin that is kept: scheme, host and port, and some more."""


def cleaned(text: str) -> str:
    """Without what browsers leave out of an href: control characters, and blanks at its ends."""
    return (text if text.isprintable() else _CONTROL.sub("", text)).strip()


def is_name_of_a_site(host: str) -> bool:
    """Whether a site can have it: it has a dot, or is an IP address, or `localhost`."""
    return "." in host or ":" in host or host == "localhost"


def host_in(text: str) -> str | None:
    """The host of an href, as browsers read it; None where there is none. That is the host of
    `Href.as_browsers_do`, made for pages of the web, whose hosts come again and again.
    """
    if not text.startswith(_WEB):
        return _host_in(text)
    end = text.find("/", len(_WEB[0]))
    origin = text if end < 0 else text[:end]
    return (_kept(origin) if len(origin) <= _ORIGIN_MAX else None) or _host_in(text)


def _host_in(text: str) -> str | None:
    href = Href.as_browsers_do(text)
    return None if href is None else href.host


_kept = lru_cache(_ORIGINS_KEPT)(_host_in)


class Href(NamedTuple):
    """`https://joe:secret@example.com:8080/shop?a=1#b`, in parts."""

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
        """The host in the form in which hosts are compared; None where it is none."""
        return host_of(self.authority)

    @property
    def without_user(self) -> str:
        """The whole href, but for who asks and with which password."""
        return f"{self.scheme}//{self.authority}{self.path}"

    @classmethod
    def read(cls, text: str) -> "Href | None":
        """The parts of what begins with a scheme and `//`; None of everything else."""
        scheme = _SCHEME.match(text)
        return None if scheme is None else cls.behind(scheme[1], text, scheme.end())

    @classmethod
    def as_browsers_do(cls, text: str) -> "Href | None":
        """The parts of all that has a host for a browser: `http:/example.com` and `//example.com` too. None of
        everything else, and of a path whose first folder is empty: `//shop/x`.
        """
        text = cleaned(text)
        found = _BEFORE_A_HOST.match(text)
        if found is None:
            return None
        scheme = found[1] or found[2] or ""
        href = cls.behind(scheme, text, found.end())
        return href if scheme or href.user or is_name_of_a_site(href.host or "") else None

    @classmethod
    def behind(cls, scheme: str, text: str, start: int = 0) -> "Href":
        """The parts of what stands behind a scheme. A host ends at a backslash too, as in browsers: so none hides
        before an @.
        """
        path = _PATH.search(text, start)
        end = path.start() if path else len(text)
        user, at, authority = text[start:end].rpartition("@")
        return cls(scheme, user + at, authority, text[end:])
