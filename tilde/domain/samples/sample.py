"""A sample: one number of a stat that whoever wrote it can read, change and delete again."""

from dataclasses import dataclass
from hashlib import blake2b

REF_BIT = 52
"""The bit that ids of samples with a ref have above the 52 of their hash. Ids of events get there in 2043."""
REF_MAX_CODE_POINTS = 255


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample as it is. Times are unix milliseconds: `t_ms` is the one that counts, the others are those of its first
    write and of its last. `ref` and `meta` are None where it has none.
    """

    product: int
    metric: int
    id: int
    ref: str | None
    number: float
    t_ms: int
    meta: str | None
    created_ms: int
    updated_ms: int


def sample_id(metric: int, ref: str) -> int:
    """The id of the sample that the first write with this ref makes, so everybody knows it without asking. One without
    a ref has the id of the event that made it.
    """
    digest = blake2b(f"{metric}\0{ref}".encode(), digest_size=8).digest()
    return 1 << REF_BIT | int.from_bytes(digest, "big") >> (64 - REF_BIT)
