"""Names of stats as they are posted, `~` and all: where it spreads, `prefix~a,b` stands for `prefix a` and `prefix b`
(rules: docs/compatibility.md).
"""

from enum import StrEnum, auto
from unicodedata import category

NAME_MAX_CODE_POINTS = 255  # of each stat after the fan-out; the limit that users were used to
FAN_OUT_MAX = 100  # one post of ours writes at most this many points; clients use under ten
POSTED_MAX_CODE_POINTS = FAN_OUT_MAX * (NAME_MAX_CODE_POINTS + 1)  # of the list as posted: 100 kB, far below a message
# What is copied along at an end: byte order mark, zero width space, word joiner, soft hyphen, marks of direction. The
# joiners are not among them: they change how the letter beside them looks.
_COPIED_ALONG = frozenset(
    "\ufeff\u200b\u2060\xad\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_AT_ENDS = "".join(character for character in map(chr, range(0x3001)) if character.isspace()) + "".join(_COPIED_ALONG)
# Fillers, joiners and variation selectors, which are printable to Python.
_SELECTORS = "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159" + _SELECTORS)


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
    pieces = dict.fromkeys(piece for piece in map(str.strip, tail.split(",")) if piece)
    if not pieces:
        return [check(prefix)]
    if len(pieces) > FAN_OUT_MAX:
        raise BadNameError(NameFault.FAN_OUT_TOO_WIDE)
    return [check(f"{prefix} {piece}" if prefix else piece) for piece in pieces]


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


def trimmed(text: str) -> str:
    """A text without what nobody sees at its ends: white space, and what is copied along, as a byte order mark."""
    return text.strip() if text.isascii() else text.strip(_AT_ENDS)


def with_plus(text: str) -> str:
    """A text that has no blanks, as its sender wrote it: a plus that he did not encode arrives as one. `john a@x` was
    `john+a@x`, `1e 21` was `1e+21`, and `Etc/GMT 10` a zone.
    """
    return text.replace(" ", "+") if " " in text else text


def trimmed_name(name: str) -> str:
    """A posted name that is trimmed at its ends, and at those of its prefix and pieces: `a~b` with a zero width
    space behind it is `a~b`. For whoever takes names in, as `is_blank`.
    """
    if name.isascii() or _COPIED_ALONG.isdisjoint(name):
        return name.strip()  # processors trim white space around pieces
    prefix, tilde, pieces = name.partition("~")
    return trimmed(prefix) + tilde + ",".join(map(trimmed, pieces.split(",")))


def is_blank(name: str) -> bool:
    """Whether nobody sees anything of a name: a zero width space alone. For whoever takes names in; events of older
    releases have such names, and keep them.
    """
    if name.isascii():  # as nearly all are, and a batch may name a hundred thousand
        return not name or name.isspace()
    return all(character.isspace() or category(character) == "Cf" or character in _UNSEEN for character in name)


def is_line(text: str) -> bool:
    """Whether a text has no control character, and no half of a surrogate pair."""
    return text.isprintable() or not any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in text)


def is_title(text: str) -> bool:
    """Whether a text can name an account or a product: a line of what is printable, with something to see, and no white
    space at its ends.
    """
    return text.isprintable() and text.strip() == text and not is_blank(text)


def check(name: str) -> str:
    """The name itself, once it is known to be a stat's; raises BadNameError otherwise."""
    if not name:
        raise BadNameError(NameFault.NO_STAT)
    if len(name) > NAME_MAX_CODE_POINTS:
        raise BadNameError(NameFault.STAT_NAME_TOO_LONG)
    if not is_line(name):
        raise BadNameError(NameFault.BAD_STAT_NAME)
    return name
