"""IANA time zones, by their names: as somebody types one, and as one was kept. Which there are depends on the machine's
`tzdata`.
"""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tilde.domain.texts import trimmed, with_plus

UTC = ZoneInfo("UTC")
_OF_MACHINES = {"localtime", "posixrules", "Factory"}  # files beside the zones, which say another thing on each machine


class NoZoneError(ValueError):
    """No zone is named so."""


def named(text: str) -> ZoneInfo:
    """The one that somebody typed, `Europe/Berlin`; its `key` is what is kept of it. The plus of `Etc/GMT+10` may have
    become a blank on the way. Raises NoZoneError, where it is nothing at all, too.
    """
    name = with_plus(trimmed(text))
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        name = ""
    if not name or name in _OF_MACHINES:
        raise NoZoneError(f"no time zone is named {text[:60]!r}")
    return zone


def kept_zone(name: str | None) -> ZoneInfo:
    """The one that was kept. UTC where none was, or where this machine does not know it: it was one when it was set."""
    try:
        return UTC if name is None else named(name)
    except NoZoneError:
        return UTC
