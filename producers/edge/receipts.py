"""When events were received; nothing is, while the clock is plainly wrong, since no id could be given."""

from datetime import UTC, datetime
from typing import NamedTuple, NoReturn

from tilde.domain.log.identity import CLOCK_END_MS, EPOCH_MS, is_plausible
from tilde.runtime.clock import Clock
from tilde.runtime.telling import tell
from tilde.schemas.hot import long


class ClockIsWrongError(Exception):
    """The clock is plainly wrong: ask again later."""


class Receipt(NamedTuple):
    """When something was received: unix milliseconds, and the same as Avro has it."""

    ms: int
    encoded: bytes


class Receipts:
    """Gives receipts, by a clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = Receipt(-1, b"")
        self._trouble: str | None = None

    def now(self) -> Receipt:
        """The receipt of what has just come; all of one millisecond have the same. Tells once that the clock is plainly
        wrong, and raises ClockIsWrongError as long as it is.
        """
        ms = self._clock.now_ms()
        if ms != self._last.ms:
            if not EPOCH_MS <= ms < CLOCK_END_MS:  # as is_plausible, once a millisecond
                self._refuse(ms)
            self._trouble = None
            self._last = Receipt(ms, long(ms))
        return self._last

    def _refuse(self, ms: int) -> NoReturn:
        before, self._trouble = self._trouble, clock_trouble(ms)
        if before is None and self._trouble is not None:
            tell("edge", self._trouble)
        raise ClockIsWrongError


def clock_trouble(now_ms: int) -> str | None:
    """Why posts are refused while the clock shows this (unix milliseconds); None where it may be right."""
    if is_plausible(now_ms):
        return None
    return (
        f"this machine's clock is plainly wrong: it shows {_date(now_ms)}, before {_date(EPOCH_MS)} or from"
        f" {_date(CLOCK_END_MS)} on. Posts get 503 until it is set"
    )


def _date(ms: int) -> str:
    """The UTC date, as far as a calendar has it."""
    try:
        return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError):
        return f"unix time {ms // 1000}"
