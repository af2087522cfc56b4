"""Time zones, as somebody names them."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from producers.admin.errors import UnfitError
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
