"""Why a call of StatsMix's is refused: a closed set, so that every refusal is counted by reason and has one test."""

from enum import StrEnum, auto


class Reason(StrEnum):
    """The name stands in metrics; what a client is told, and with which status, is in `refusals.py`."""

    NO_KEY = auto()
    INVALID_KEY = auto()
    NO_STAT = auto()
    STAT_NAME_TOO_LONG = auto()
    BAD_STAT_NAME = auto()
    FAN_OUT_TOO_WIDE = auto()
    BAD_VALUE = auto()
    BAD_GENERATED_AT = auto()
    BAD_META = auto()
    BAD_REF_ID = auto()
    REF_TAKEN = auto()
    BAD_SETTING = auto()
    NO_METRIC_ID = auto()
    UNKNOWN_METRIC = auto()
    UNKNOWN_PROFILE = auto()
    FOREIGN_PROFILE = auto()
    FOREIGN = auto()
    UNKNOWN_STAT = auto()
    UNKNOWN_USER = auto()
    PROFILE_STAYS = auto()
    LIMIT_REACHED = auto()
    REFUSED = auto()
    BODY_TOO_LONG = auto()
    BODY_CUT_OFF = auto()
    NO_DATAGRAM = auto()
    PIXEL_IS_OFF = auto()
    NOT_TOGETHER = auto()
    LOG_NOT_WRITABLE = auto()
    CLOCK_IS_WRONG = auto()
    NO_ROOM = auto()
    API_AWAY = auto()


class Rejection(Exception):
    """The sender is told why, and nothing of what it sent counts."""

    def __init__(self, reason: Reason, message: str | None = None) -> None:
        super().__init__(message or reason.value)
        self.reason = reason
        self.message = message
