"""StatHat's `~`: `prefix~a,b` posts to `prefix a` and `prefix b` (rules: docs/compatibility.md, StatHat 6)."""

from unicodedata import category

from tilde.domain.rejections import Reason, Rejection

NAME_MAX_CODE_POINTS = 255  # StatHat's limit, for each stat after the fan-out
FAN_OUT_MAX = 100  # one post of ours writes at most this many points; StatHat named no limit, clients use under ten
POSTED_MAX_CODE_POINTS = FAN_OUT_MAX * (NAME_MAX_CODE_POINTS + 1)  # of the list as posted: 100 kB, far below a message
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # fillers and joiners, printable to Python


def expand(name: str) -> list[str]:
    """The stats a posted name stands for, in the order sent, each once.

    Raises Rejection where the name is empty or no text (control characters, half a surrogate pair), or one of its
    stats is too long or has a second `~`.
    """
    if "~" not in name:
        return [check(name)]
    if len(name) > POSTED_MAX_CODE_POINTS:
        raise Rejection(Reason.STAT_NAME_TOO_LONG)
    prefix, _, tail = name.partition("~")
    if "~" in tail:
        raise Rejection(Reason.BAD_STAT_NAME)
    prefix = prefix.strip()
    pieces = dict.fromkeys(piece for piece in map(str.strip, tail.split(",")) if piece)
    if not pieces:
        return [check(prefix)]
    if len(pieces) > FAN_OUT_MAX:
        raise Rejection(Reason.FAN_OUT_TOO_WIDE)
    return [check(f"{prefix} {piece}" if prefix else piece) for piece in pieces]


def is_blank(name: str) -> bool:
    """Whether nobody sees anything of a name: a zero width space alone. For whoever takes names in; events of older
    releases have such names, and keep them.
    """
    return all(character.isspace() or category(character) == "Cf" or character in _UNSEEN for character in name)


def check(name: str) -> str:
    """The name itself, once it is known to be a stat's; raises Rejection otherwise."""
    if not name:
        raise Rejection(Reason.NO_STAT)
    if len(name) > NAME_MAX_CODE_POINTS:
        raise Rejection(Reason.STAT_NAME_TOO_LONG)
    if not name.isprintable() and any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in name):
        raise Rejection(Reason.BAD_STAT_NAME)
    return name
