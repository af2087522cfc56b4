"""Values as StatsMix prints them: whole ones without a point, others without trailing zeros, none with an exponent; and
ids as it reads them.
"""

from decimal import Decimal
from typing import Any

from tilde.domain.stats.numbers import natural

EXACT_MAX = 2**53  # every whole number up to it is a float of its own, and what JavaScript reads is what was written
ID_DIGITS_MAX = len(str(EXACT_MAX))


def is_whole(value: float) -> bool:
    return float(value).is_integer()


def number_text(value: float) -> str:
    """A number as a text that reads back as the same float: `12`, `0.1`, `-3.25`."""
    if float(value).is_integer() and abs(value) <= EXACT_MAX:  # nearly all, at a tenth of the time
        return str(int(value))
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def json_number(value: float) -> int | float:
    """A number as JSON has it: a whole one without a point, where that is exact."""
    return int(value) if float(value).is_integer() and abs(value) <= EXACT_MAX else value


def id_of(raw: Any) -> int | None:
    """The whole number that an id is, `007` too; None where it can be none."""
    return natural(str(raw).strip(), ID_DIGITS_MAX)
