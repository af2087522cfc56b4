"""Request targets as clients write them, who leave un-encoded what they should not."""

_PLAIN = range(0x21, 0x7F)
# 64 KiB of a target take a millisecond so, and ten where each byte is looked at by Python.
_ENCODED = [bytes((byte,)) if byte in _PLAIN else b"%%%02X" % byte for byte in range(0x100)]
_ASCII_AS_IT_IS = [bytes((byte,)) if byte < 0x80 else _ENCODED[byte] for byte in range(0x100)]  # noqa: PLR2004


def percent_encoded(target: bytes) -> bytes:
    """All bytes that a target may not have are percent-encoded."""
    return b"".join(map(_ENCODED.__getitem__, target))


def in_ascii(line: bytes) -> bytes:
    """A line with a target in it: bytes beyond ASCII are percent-encoded, all others left."""
    return b"".join(map(_ASCII_AS_IT_IS.__getitem__, line))
