"""What a metric is: (product, kind, name), and the four ids that follow from it without asking anybody.

Sixteen partitions and any number of edges derive the same ids, so no stat has to be created before its first post.
"""

import uuid
from enum import StrEnum
from hashlib import blake2b

ID_BITS = 52  # below JavaScript's 2^53, with the bit above left for derived event identities
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SHORT_ID_LENGTH = 9  # 62^9 > 2^52; the first character is then never lower case, so no reserved word is an id
UUID_NAMESPACE = uuid.UUID("6d0c2f1e-6f0e-5a53-9a39-0d8d3a5d7b11")


class Kind(StrEnum):
    """Counter: the points of an interval are summed. Value: they are averaged."""

    COUNTER = "counter"
    VALUE = "value"


COUNTER, VALUE = Kind.COUNTER, Kind.VALUE  # at hand where many are read: to reach an enum's member takes 0.1 us


def metric_id(product: int, kind: str, name: str) -> int:
    """The 52-bit id of a metric; the same name as counter and as value are two metrics."""
    digest = blake2b(f"{product}\0{kind}\0{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - ID_BITS)


def metric_uuid(product: int, kind: str, metric: int, name: str) -> uuid.UUID:
    """The version 5 UUID of a metric, by the name that it had first: also of one that came after another of that name
    had been renamed, whose id does not follow from it.
    """
    told = name if metric_id(product, kind, name) == metric else f"{name}\0{metric}"
    return uuid.uuid5(UUID_NAMESPACE, f"{product}/{kind}/{told}")


def short_id(metric: int) -> str:
    """A metric id as nine characters of base 62, as users see it."""
    digits = []
    for _ in range(SHORT_ID_LENGTH):
        metric, digit = divmod(metric, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def metric_of_short_id(text: str) -> int | None:
    """The metric id behind a short id; None where the text cannot be one."""
    if len(text) != SHORT_ID_LENGTH or not text.isascii() or not text.isalnum():
        return None
    metric = 0
    for character in text:
        metric = metric * 62 + _ALPHABET.index(character)
    return metric if metric >> ID_BITS == 0 else None
