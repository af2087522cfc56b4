"""Values of properties: which are numbers, and may stand in plain. All others are texts, and may be about a person.

number_in("99.95")   99.95
number_in("0664123456")   None: a telephone number is a text
"""

import re

from tilde.domain.stats.numbers import finite
from tilde.domain.texts import with_plus

TEXT_BYTES_MAX = 8 << 10
DIGITS_MAX = 9
"""Of a number without a fraction: one of ten digits or more may be a telephone's, a card's or an account's."""
_NUMBER = re.compile(r"-?(0|[1-9]\d*|(?=\.))(\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)


def number_in(text: str) -> float | None:
    """The number that a text stands for; None where it stands for none, or may name somebody: with a zero or a plus in
    front it was no amount.
    """
    found = _NUMBER.fullmatch(with_plus(text.strip()))
    if found is None:
        return None
    whole, fraction = found[1], found[2]
    return finite(found[0]) if fraction is not None or len(whole) <= DIGITS_MAX else None


def about_texts(property_: str) -> str:
    """What the keyed hash of a property's text is about, among those of a product."""
    return f"text {property_}"
