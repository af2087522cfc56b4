"""Who a hit is from: what identifies a visitor, what an address is without that, and what tells visitors apart."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from tilde.domain.hits.hit import KnownBy
from tilde.domain.hits.ip import read_ip

_IPV4_BITS, _IPV6_BITS = 24, 48


class Addresses(StrEnum):
    """What is kept of a visitor's address."""

    NONE = "none"
    TRUNCATED = "truncated"
    FULL = "full"


class Traces(NamedTuple):
    """What a hit has that identifies its visitor: the id that his browser was given, the session that the site's server
    named, his address, his user agent.
    """

    id: str | None = None
    session: str | None = None
    address: str | None = None
    agent: str | None = None
    has_own_address: bool = False
    """Whether the address alone tells him from others: so a site's own server says it, once with a user agent, later
    without.
    """

    @property
    def known_by(self) -> KnownBy:
        """The best of the traces that the hit has, by which its visitor is known."""
        if self.id is not None:
            return KnownBy.ID
        return KnownBy.ADDRESS if self.session is None else KnownBy.SESSION

    @property
    def told_apart_by(self) -> str:
        """The text by which he is: his id, his session, or his address with his user agent."""
        if self.id is not None:
            return self.id
        if self.session is not None:
            return self.session
        return f"{self.address or ''}\0{'' if self.has_own_address else self.agent or ''}"


def network_of(address: str | None) -> str | None:
    """An address without what tells one of its network: the last byte of an IPv4, all but 48 bits of an IPv6. None
    where there is none.
    """
    parsed = read_ip((address or "").strip())
    if parsed is None:
        return None
    if isinstance(parsed, IPv4Address):
        return str(IPv4Address(int(parsed) >> 32 - _IPV4_BITS << 32 - _IPV4_BITS))
    return str(IPv6Address(int(parsed) >> 128 - _IPV6_BITS << 128 - _IPV6_BITS))


def plain_address(address: str | None) -> str | None:
    """An address in the form in which all are written; None where it is none."""
    parsed = read_ip((address or "").strip())
    return None if parsed is None else str(parsed)
