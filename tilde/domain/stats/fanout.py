"""Names of stats as they are posted, `~` and all: where it spreads, `prefix~a,b` stands for `prefix a` and `prefix b`
(rules: docs/compatibility.md).
"""

from enum import StrEnum, auto

from tilde.domain.texts import COPIED_ALONG, is_blank, is_line, trimmed

NAME_MAX_CODE_POINTS = 255  # of each stat after the fan-out; the limit that users were used to
FAN_OUT_MAX = 100  # one post of ours writes at most this many points; clients use under ten
POSTED_MAX_CODE_POINTS = FAN_OUT_MAX * (NAME_MAX_CODE_POINTS + 1)  # of the list as posted: 100 kB, far below a message


class NameFault(StrEnum):
    """Why a name can be no stat's: a closed set. The value stands in dead letters; dialects have words of their own."""

    NO_STAT = auto()
    STAT_NAME_TOO_LONG = auto()
    BAD_STAT_NAME = auto()
    FAN_OUT_TOO_WIDE = auto()


class BadNameError(Exception):
    """A posted name that can be no stat's."""

    def __init__(self, fault: NameFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def expand(name: str) -> list[str]:
    """The stats a posted name stands for, in the order sent, each once.

    Raises BadNameError where the name is empty or no text (control characters, half a surrogate pair), or one of its
    stats is too long or has a second `~`.
    """
    if not has_tilde(name):
        return [check(name)]
    if len(name) > POSTED_MAX_CODE_POINTS:
        raise BadNameError(NameFault.STAT_NAME_TOO_LONG)
    prefix, _, tail = name.partition("~")
    if "~" in tail:
        raise BadNameError(NameFault.BAD_STAT_NAME)
    prefix = prefix.strip()
    parts = dict.fromkeys(part for part in map(str.strip, tail.split(",")) if part)
    if not parts:
        return [check(prefix)]
    if len(parts) > FAN_OUT_MAX:
        raise BadNameError(NameFault.FAN_OUT_TOO_WIDE)
    return [check(f"{prefix} {part}" if prefix else part) for part in parts]


def has_tilde(name: str) -> bool:
    """Whether it matters if a name spreads: one without a `~` is one stat's, whoever posts it."""
    return "~" in name


def stats_of(name: str, *, spreads: bool) -> list[str]:
    """The stats a posted name stands for, as whoever posts it reads it: with a `~` that spreads, or as one name
    whatever is in it. Raises BadNameError.
    """
    return expand(name) if spreads else [check(name)]


def taken_in(name: str, *, spreads: bool) -> list[str]:
    """As `stats_of`, for whoever takes names in: raises BadNameError too where nobody sees anything of one."""
    stats = stats_of(name, spreads=spreads)
    if any(map(is_blank, stats)):
        raise BadNameError(NameFault.NO_STAT)
    return stats


def trimmed_name(name: str) -> str:
    """A posted name that is trimmed at its ends, and at those of its prefix and parts: `a~b` with a zero width
    space behind it is `a~b`. For whoever takes names in, as `is_blank`.
    """
    if name.isascii() or COPIED_ALONG.isdisjoint(name):
        return name.strip()  # processors trim white space around parts
    prefix, tilde, parts = name.partition("~")
    return trimmed(prefix) + tilde + ",".join(map(trimmed, parts.split(",")))


def check(name: str) -> str:
    """The name itself, once it is known to be a stat's; raises BadNameError otherwise."""
    if not name:
        raise BadNameError(NameFault.NO_STAT)
    if len(name) > NAME_MAX_CODE_POINTS:
        raise BadNameError(NameFault.STAT_NAME_TOO_LONG)
    if not is_line(name):
        raise BadNameError(NameFault.BAD_STAT_NAME)
    return name
