"""Hrefs that are kept of a hit: where its visitor came from, and where a link leads, without any password."""

import re

from tilde.domain.sites.href import Href, cleaned

_REFERRER = ("http:", "https:", "android-app:", "ios-app:")
_OUTBOUND = re.compile(r"(?:https?|telnet|ftp):[/\\]", re.IGNORECASE)


def without_user(text: str) -> str:
    """An href without who asks, and with which password, however many slashes it has; all else as it is."""
    if "@" not in text:
        return text
    href = Href.as_browsers_do(text)
    return text if href is None or not href.user else href.without_user


def referrer(text: str) -> str | None:
    """Where a visitor came from: a page of the web, or an app. None where it is none, as `javascript:`."""
    text = cleaned(text)
    scheme, colon, _ = text.partition(":")
    return without_user(text) if f"{scheme.lower()}{colon}" in _REFERRER else None


def is_outbound(text: str) -> bool:
    """Whether a link can lead away there."""
    return _OUTBOUND.match(cleaned(text)) is not None
