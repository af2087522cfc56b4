"""Values as StatsMix prints them: whole ones without a point, others without trailing zeros, none with an exponent."""

from decimal import Decimal

EXACT_MAX = 2**53  # every whole number up to it is a float of its own, and what JavaScript reads is what was written


def is_whole(value: float) -> bool:
    return value.is_integer()


def number_text(value: float) -> str:
    """`12`, `0.1`, `-3.25`: what reads back as the same float."""
    if value.is_integer() and abs(value) <= EXACT_MAX:  # nearly all, at a tenth of the time
        return str(int(value))
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def json_number(value: float) -> int | float:
    """A whole number without a point, where that is exact."""
    return int(value) if value.is_integer() and abs(value) <= EXACT_MAX else value
