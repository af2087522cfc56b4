"""Brings what a visitor is found again by into one form, both for who takes it in and for who looks for it."""

from tilde.domain.texts import trimmed

ID_MAX = 64  # the longest seen has 19 digits
VALUE_MAX = 2_048  # a click map of one page view; all that is said besides is shorter
NAME_MAX = 120  # of custom data


def plain_id(text: str) -> str:
    """The id of a visitor, or of a session, cut as that of a hit is."""
    return trimmed(text)[:ID_MAX]


def plain_name(text: str) -> str:
    """The name of a piece of custom data, as traits are compared."""
    return trimmed(text)[:NAME_MAX]


def plain_value(text: str) -> str:
    """The value of such a piece, as traits are compared: `Ann@Example.com ` is `ann@example.com`."""
    return trimmed(trimmed(text)[:VALUE_MAX]).casefold()
