"""Many Avro longs at once. One by one each byte is a step of the interpreter, and half of what an event of activity
costs would be to read two hashes; here some hundreds are one large number, and a dozen steps read all of them.
"""

from collections.abc import Iterator, Sequence
from struct import pack, unpack

_AT_ONCE = 512
_SLOT = 16  # bytes that a number has for itself: Avro takes ten of them at most, and none runs into the next
_SHRINKING = ((0x007F, 2), (0x3FFF, 4), (0xFFF_FFFF, 8), (0xFF_FFFF_FFFF_FFFF, 16))
"""The bits that stand together at first, seven of each byte, then twice as many; and the bytes of such a pair."""


def longs_of(encoded: Sequence[bytes]) -> list[int]:
    """The numbers that `hot.long` has encoded."""
    return [number for at in range(0, len(encoded), _AT_ONCE) for number in _some(encoded[at : at + _AT_ONCE])]


def _some(encoded: Sequence[bytes]) -> tuple[int, ...]:
    many = len(encoded)
    slots = int.from_bytes(pack(f"{_SLOT}s" * many, *encoded), "little")
    for low, high, gap in _PAIRS:
        slots = slots & low | (slots & high) >> gap
    # Zigzag: the lowest bit is the sign, and where it is set all others are turned.
    signs = slots & _ONES
    return unpack("<" + "q8x" * many, (slots >> 1 & _NUMBERS ^ (signs << 64) - signs).to_bytes(_SLOT * many, "little"))


def _everywhere(bits: int, size: int) -> int:
    """The same bits in each so many bytes of all slots."""
    return int.from_bytes(bits.to_bytes(size, "little") * (_AT_ONCE * _SLOT // size), "little")


def _pairs() -> Iterator[tuple[int, int, int]]:
    """Of each step: which bits stay, which come down to them, and how far."""
    for bits, size in _SHRINKING:
        yield _everywhere(bits, size), _everywhere(bits << 4 * size, size), size // 2


_PAIRS = tuple(_pairs())
_ONES, _NUMBERS = _everywhere(1, _SLOT), _everywhere((1 << 63) - 1, _SLOT)
