"""Why a call of StatHat's is refused: a closed set, so that every refusal is counted by reason and has one test."""

from enum import StrEnum, auto


class Reason(StrEnum):
    """A reason; metrics call it by its name, `no_ezkey`. What a client is told is in `replies.py`."""

    NO_EZKEY = auto()
    INVALID_EZKEY = auto()
    EZ_IS_OFF = auto()
    INVALID_KEYS = auto()
    INVALID_TOKEN = auto()
    WRONG_KIND = auto()
    NO_STAT = auto()
    STAT_NAME_TOO_LONG = auto()
    BAD_STAT_NAME = auto()
    FAN_OUT_TOO_WIDE = auto()
    NO_COUNT_OR_VALUE = auto()
    BAD_COUNT = auto()
    BAD_VALUE = auto()
    BAD_T = auto()
    BAD_JSON = auto()
    JSON_TOO_LONG = auto()
    BODY_TOO_LONG = auto()
    BODY_CUT_OFF = auto()
    LOG_NOT_WRITABLE = auto()
    CLOCK_IS_WRONG = auto()
    NO_ROOM = auto()


class Rejection(Exception):
    """The sender is told why, and nothing of what it sent counts."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
