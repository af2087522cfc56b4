"""Numbers as texts of one width, in the numbers' order: what is remembered of a million people is small, is JSON, and
can be sorted and searched as it is.
"""

from binascii import a2b_base64, b2a_base64

_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SORTED = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_THERE = bytes.maketrans(_STANDARD, _SORTED)
_BACK = bytes.maketrans(_SORTED, _STANDARD)


def packed(number: int, size: int) -> str:
    """A number below 2^(8 x size) as a text; three bytes of `size` are four characters."""
    return b2a_base64(number.to_bytes(size), newline=False).translate(_THERE).decode()


def unpacked(text: str) -> int:
    """The number that `packed` took."""
    return int.from_bytes(a2b_base64(text.encode().translate(_BACK)))
