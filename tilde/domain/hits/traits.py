"""By what a visitor is found again: one form of each text, for who takes it in and for who looks for it."""

from tilde.domain.texts import trimmed

ID_MAX = 64  # the longest seen has 19 digits
VALUE_MAX = 2_048  # a click map of one page view; all that is said besides is shorter
NAME_MAX = 120  # of custom data


def plain_id(text: str) -> str:
    """Of a visitor's id, or of a session: it is cut as that of a hit."""
    return trimmed(text)[:ID_MAX]


def plain_name(text: str) -> str:
    """Of a piece of custom data."""
    return trimmed(text)[:NAME_MAX]


def plain_value(text: str) -> str:
    """Of what is said by one: `Ann@Example.com ` is `ann@example.com`."""
    return trimmed(trimmed(text)[:VALUE_MAX]).casefold()
