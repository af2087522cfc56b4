"""Why an edge refuses something: a closed set, so that every refusal is counted by reason and has one test."""

from enum import StrEnum


class Reason(StrEnum):
    """The value is the message that StatHat's clients get, in StatHat's words where a client was seen to know them."""

    NO_EZKEY = "no ezkey specified"
    INVALID_EZKEY = "invalid ezkey"
    EZ_IS_OFF = "ez api is off"
    INVALID_KEYS = "invalid keys"
    INVALID_TOKEN = "invalid access token"  # noqa: S105 - a message
    WRONG_KIND = "wrong kind"
    NO_STAT = "no stat"
    STAT_NAME_TOO_LONG = "stat name too long"
    BAD_STAT_NAME = "bad stat name"
    FAN_OUT_TOO_WIDE = "too many stats after ~"
    NO_COUNT_OR_VALUE = "no count or value"
    BAD_COUNT = "bad count"
    BAD_VALUE = "bad value"
    BAD_T = "bad t"
    BAD_JSON = "bad json"
    JSON_TOO_LONG = "json too long"
    BODY_TOO_LONG = "body too long"
    BODY_CUT_OFF = "body cut off"
    LOG_NOT_WRITABLE = "temporarily unavailable"


class Rejection(Exception):
    """The sender is told why, and nothing of what it sent counts."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
