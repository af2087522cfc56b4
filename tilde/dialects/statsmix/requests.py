"""What both ends read of a request alike."""

from collections.abc import Mapping

from tilde.dialects.statsmix.answers import split_form
from tilde.dialects.statsmix.record import KEY_PARAMETER
from tilde.domain.texts import trimmed


def bare(last: str) -> str:
    """What the last part of a path names, an id or a ref, read as in a parameter: without the form at its end, and
    without what nobody sees around it.
    """
    return trimmed(split_form(trimmed(last))[0])


def key_in(token: str, parameters: Mapping[str, str]) -> str:
    """The key of the header `token`, or of a parameter; empty where neither has one."""
    return token.strip() or trimmed(parameters.get(KEY_PARAMETER, ""))
