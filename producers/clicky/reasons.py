"""Why a hit is refused: a closed set, so that every refusal is counted by reason and has one test."""

from enum import StrEnum, auto


class Reason(StrEnum):
    """A reason; metrics call it by its name, `no_site`."""

    NO_SITE = auto()
    UNKNOWN_SITE = auto()
    FOREIGN_PAGE = auto()
    INVALID_SITEKEY = auto()
    NO_VISITOR = auto()
    BODY_TOO_LONG = auto()
    BODY_CUT_OFF = auto()
    LOG_NOT_WRITABLE = auto()
    CLOCK_IS_WRONG = auto()
    NO_ROOM = auto()


class Rejection(Exception):
    """Nothing of a hit counts. `site` is the one that it was for, where that is known."""

    def __init__(self, reason: Reason, site: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.site = site
