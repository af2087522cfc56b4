"""Why a request does not count: a closed set, so that every refusal is counted by reason and has one test."""

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
