"""Numbers and times as letters show them."""

from datetime import UTC, datetime
from math import isinf

TOO_LARGE = "> 1.8e308"
"""A sum beyond all 64-bit floats."""
_WHOLE_MAX = 2.0**53
_THREE_DIGITS = 100


def number(value: float) -> str:
    """A number with as many digits as a reader wants: 3, 1,234, 0.125, 1.5e+20."""
    if isinf(value):
        return TOO_LARGE
    if float(value).is_integer() and abs(value) < _WHOLE_MAX:
        return f"{int(value):,}"
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.2f}" if abs(value) < 1e15 else f"{value:.6g}"  # noqa: PLR2004


def mean(value: float) -> str:
    """With three digits, or the first behind the point: 1.57, 22.9, 1,234.6. More would say more than a mean knows."""
    return number(round(value, 1) if abs(value) >= _THREE_DIGITS else float(f"{value:.3g}"))


def moment(at_ms: int) -> str:
    """A moment to the minute, in UTC."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%d %H:%M} UTC"
