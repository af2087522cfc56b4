"""Writes and reads the links in letters. The bytes of a link say what its holder may do, and are signed: so no link is
kept anywhere, and none can be guessed.
"""

from typing import NamedTuple, Self

from tilde.keys.keyring import Keyring

DAYS = 7
_DAY_S = 86_400
_DELETES, _SILENCES = b"d", b"s"
_DELETE_SIZES = (4, 7, 5)  # product, metric, end
ADDRESS_BYTES = 8


class DeleteLink(NamedTuple):
    """A link that puts a stat in the trash, until `ends_s` (unix seconds)."""

    product: int
    metric: int
    ends_s: int

    @classmethod
    def from_now(cls, product: int, metric: int, now_ms: int) -> Self:
        """A link that works for seven days."""
        return cls(product, metric, now_ms // 1000 + DAYS * _DAY_S)


class SilenceLink(NamedTuple):
    """Ends mail to an account, as long as that has the address (the beginning of its hash) that the letter went to."""

    account: int
    address: bytes


Link = DeleteLink | SilenceLink


def written(link: Link, keyring: Keyring) -> str:
    """The link as a part of a path."""
    if isinstance(link, SilenceLink):
        return keyring.signed(_SILENCES + link.account.to_bytes(4, "big") + link.address)
    numbers = zip(link, _DELETE_SIZES, strict=True)
    return keyring.signed(_DELETES + b"".join(number.to_bytes(size, "big") for number, size in numbers))


def read(text: str, keyring: Keyring) -> Link | None:
    """The link that `written` wrote; None for anything else."""
    content = keyring.read_signed(text)
    if content is None:
        return None
    kind, rest = content[:1], content[1:]
    if kind == _SILENCES:
        return SilenceLink(int.from_bytes(rest[:4], "big"), rest[4:])
    if kind != _DELETES:  # of a release that has other links
        return None
    product, metric, ends = rest[:4], rest[4:11], rest[11:]
    return DeleteLink(*(int.from_bytes(number, "big") for number in (product, metric, ends)))
