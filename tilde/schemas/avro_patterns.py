"""Regular expressions that match what Avro makes of a value, for records which nearly all look alike: one match, in C,
finds all fields of such a one. They match what our encoders write, a value in as few bytes as can be, and nothing else.
"""

import re
from collections.abc import Iterable

from tilde.schemas.hot import NULL, SOME, long

NUMBER = rb"(?:[\x80-\xff]{1,8}[\x01-\x7f]|[\x00-\x7f]|[\x80-\xff]{9}\x01)"
"""An int or a long."""
_EVEN, _EVEN_MORE = (
    b"[%b]" % b"".join(rb"\x%02x" % byte for byte in range(least, least + 0x80, 2)) for least in (0, 0x80)
)


def natural(bits: int) -> bytes:
    """A pattern for a number of none below zero, and below 2^bits, which are 14 or more: the lowest bit is the sign,
    and in the last of the most bytes stand those that are left over.
    """
    sevens, left = divmod(bits, 7)
    most = (_EVEN_MORE, sevens - 2, _EVEN, _EVEN_MORE, sevens - 1, (2 << left) - 1)
    return rb"(?:%b[\x80-\xff]{0,%d}[\x01-\x7f]|%b|%b[\x80-\xff]{%d}[\x01-\x%02x])" % most


NATURAL = natural(63)
"""Any that is not below zero."""
ANY, ASCII = rb"(?s:.)", rb"[\x00-\x7f]"
"""One byte."""
_NULL, _SOME = re.escape(NULL), re.escape(SOME)


def group(*patterns: bytes) -> bytes:
    """A pattern for one piece of what a match gives: these, one behind the other."""
    return b"(%b)" % b"".join(patterns)


def one_of(values: Iterable[bytes]) -> bytes:
    """A pattern for one of these, as Avro has the values of an enum."""
    return b"(?:%b)" % b"|".join(map(re.escape, values))


def sized(sizes: range, byte: bytes = ANY) -> bytes:
    """A text, or bytes, of one of these sizes. A regular expression cannot count, so each size is a branch; those that
    begin with the same byte stand together, so that few have to be tried.
    """
    behind: dict[bytes, list[bytes]] = {}
    for size in sizes:
        encoded = long(size)
        behind.setdefault(encoded[:1], []).append(b"%b%b{%d}" % (re.escape(encoded[1:]), byte, size))
    return b"(?:%b)" % b"|".join(
        b"%b(?:%b)" % (re.escape(first), b"|".join(branches)) for first, branches in behind.items()
    )


def empty_if_null(value: bytes) -> bytes:
    """A pattern for a union of null and a text: a piece without the number of the branch, an empty text where it is
    null.
    """
    return b"(?:%b|(?=%b))(%b)" % (_SOME, _NULL, value)


def or_null(value: bytes) -> bytes:
    """A pattern for a union of null and something: with the number of the branch."""
    return b"(?:%b|%b%b)" % (_NULL, _SOME, value)
