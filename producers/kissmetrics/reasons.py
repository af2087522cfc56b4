"""Why a request does not count: a closed set, so that every refusal is counted by reason and has one test."""

from collections.abc import Mapping
from enum import StrEnum, auto


class Reason(StrEnum):
    """A reason; metrics call it by its name, `no_key`."""

    NO_KEY = auto()
    UNKNOWN_KEY = auto()
    NO_PERSON = auto()
    NO_OTHER_IDENTITY = auto()
    IDENTITY_TOO_LONG = auto()
    NAME_TOO_LONG = auto()
    VALUE_TOO_LONG = auto()
    NO_T = auto()
    BAD_T = auto()
    NOTHING_SAID = auto()
    BAD_SIGNATURE = auto()
    BAD_JSON = auto()
    TOO_MANY_ITEMS = auto()
    BAD_ITEM = auto()
    BODY_TOO_LONG = auto()
    BODY_CUT_OFF = auto()
    LOG_NOT_WRITABLE = auto()
    CLOCK_IS_WRONG = auto()
    NO_ROOM = auto()


PASSING = frozenset({Reason.LOG_NOT_WRITABLE, Reason.CLOCK_IS_WRONG, Reason.NO_ROOM})
"""The same request may count when it comes again."""


OF_LINES: Mapping[Reason, str] = {
    Reason.BAD_ITEM: "a value of it is none that can be kept: a list, an object, no number, or no text",
    Reason.NO_PERSON: "it has no person, _p",
    Reason.NO_OTHER_IDENTITY: "its other identity, _p2, is empty",
    Reason.IDENTITY_TOO_LONG: "an identity, _p or _p2, has more than 255 characters",
    Reason.NAME_TOO_LONG: "the name of its event or of a property has more than 255 characters",
    Reason.VALUE_TOO_LONG: "a value has more than 8 KiB",
    Reason.NO_T: "it has no time, _t",
    Reason.BAD_T: "its time, _t, is no unix second: it has a fraction, is in milliseconds, or is no time",
    Reason.NOTHING_SAID: "it has neither an event nor a property, or is an alias of an identity with itself",
}
"""Why a line of an export is left out, in words for who takes a file in."""


def told_of_line(reason: Reason) -> str:
    """`no_t: it has no time, _t`."""
    return f"{reason}: {OF_LINES[reason]}"


class Rejection(Exception):
    """Nothing of a request counts. No route answers it: it has to be counted first, by the intake, which makes a
    Refused of it.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Refused(Exception):
    """A Rejection that is counted: what a route answers."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
