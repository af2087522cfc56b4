"""Time zones, as somebody names them."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from producers.admin.errors import UnfitError
from tilde.domain.sites.clock_setting import OFFSET_H_MAX, OFFSET_H_MIN, read_offset_s
from tilde.domain.stats.fanout import trimmed, with_plus

OF_MACHINES = {"localtime", "posixrules", "Factory"}  # files beside the zones, which say another thing on each machine


def zone_named(text: str) -> str:
    """An IANA name, as it is kept; of nothing it is nothing, which ends one. Raises UnfitError."""
    name = with_plus(trimmed(text))
    if not name:
        return ""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        name = ""
    if not name or name in OF_MACHINES:
        raise UnfitError(f"no time zone is named {text[:60]!r}")
    return name


def is_offset(text: str) -> bool:
    """Whether it is hours from GMT that are meant, `-8` or `5.5`, and no zone."""
    return trimmed(text)[:1] in {*"+-.0123456789"}


def offset_named(text: str) -> int:
    """Hours from GMT, in seconds. Raises UnfitError."""
    offset_s = read_offset_s(trimmed(text))
    if offset_s is None:
        raise UnfitError(f"hours from GMT are {OFFSET_H_MIN} to {OFFSET_H_MAX}, not {text[:60]!r}")
    return offset_s
