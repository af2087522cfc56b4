"""Time zones, as somebody names them."""

from producers.admin.errors import UnfitError
from tilde.domain.sites.clock_setting import OFFSET_H_MAX, OFFSET_H_MIN, read_offset_s
from tilde.domain.sites.zones import NoZoneError, named
from tilde.domain.texts import trimmed


def zone_named(text: str) -> str:
    """An IANA name, as it is kept; of nothing it is nothing, which ends one. Raises UnfitError."""
    if not trimmed(text):
        return ""
    try:
        return named(text).key
    except NoZoneError as none:
        raise UnfitError(str(none)) from None


def is_offset(text: str) -> bool:
    """Whether it is hours from GMT that are meant, `-8` or `5.5`, and no zone."""
    return trimmed(text)[:1] in {*"+-.0123456789"}


def offset_named(text: str) -> int:
    """Hours from GMT, in seconds. Raises UnfitError."""
    offset_s = read_offset_s(trimmed(text))
    if offset_s is None:
        raise UnfitError(f"hours from GMT are {OFFSET_H_MIN} to {OFFSET_H_MAX}, not {text[:60]!r}")
    return offset_s
