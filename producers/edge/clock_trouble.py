"""What is said of a clock that is plainly wrong."""

from datetime import UTC, datetime

from tilde.domain.log.identity import CLOCK_END_MS, EPOCH_MS, is_plausible


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
