"""Whose a request is: the address of its client, and whether he asks by https. The peer of a connection is believed in
what it says of others (X-Forwarded-For, X-Forwarded-Proto) where the operator trusts it, and nobody else is.

    client --> a proxy --> a proxy --> here
               adds the    adds the    the last entry is the nearest: from there on to the first that is no proxy of
               client's    first's     ours; what stands before that anybody can have written
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import Any, NamedTuple

from tilde.domain.hits.ip import IP, read_ip

Headers = Sequence[tuple[bytes, bytes]]
Network = IPv4Network | IPv6Network

HOPS_MAX = 16  # proxies between a client and us
_FOR = b"x-forwarded-for"
_SCHEME = b"x-forwarded-proto"
_SCHEMES = {b"http": False, b"https": True}


class Client(NamedTuple):
    """An address as text, an IPv4 one never as an IPv6 one; empty where a connection has none."""

    address: str
    is_https: bool

    @property
    def scheme(self) -> str:
        """`http` or `https`, as he asks."""
        return "https" if self.is_https else "http"

    @property
    def network(self) -> str:
        """The address whose turns are taken: of IPv6 the network, since everybody has 2**64 addresses and more."""
        if ":" not in self.address:
            return self.address
        return str(IPv6Address(int(IPv6Address(self.address)) >> 64 << 64))

    @classmethod
    def at(cls, address: str, scheme: str) -> "Client":
        """The one of an address as a socket has it: `fe80::1%eth0`, `::ffff:192.0.2.1`."""
        return cls(str(read_ip(address) or address) if ":" in address else address, scheme == "https")


NOBODY = Client("", is_https=False)


def client_of(scope: Mapping[str, Any]) -> Client:
    """Whose a request is. Its scope says it: a connection has written there what is believed."""
    client = scope.get("client")
    return Client.at(client[0] if client else "", scope.get("scheme", "http"))


class Forwarded(NamedTuple):
    """What a trusted peer says of a request; None where it says nothing, or nothing that can be."""

    address: str | None
    is_https: bool | None

    def over(self, peer: Client) -> Client:
        """The client of a request that came by this peer."""
        return Client(
            peer.address if self.address is None else self.address,
            peer.is_https if self.is_https is None else self.is_https,
        )


class Proxies:
    """The networks of proxies that are trusted; none of them unless they are named."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    def trust(self, address: str) -> bool:
        """Whether an address is that of a proxy which is trusted."""
        found = read_ip(address) if self._networks else None
        return found is not None and self._have(found)

    def _have(self, address: IP) -> bool:
        return any(address in network for network in self._networks)

    def forwarded(self, headers: Headers) -> Forwarded:
        """What the head of a request from such a proxy says of its client."""
        hops = [value for name, value in headers if name == _FOR]
        address, skipped = self._walked(b",".join(hops))
        return Forwarded(address, _scheme(b",".join(value for name, value in headers if name == _SCHEME), skipped))

    def _walked(self, hops: bytes) -> tuple[str | None, int]:
        """The client's address, and over how many proxies he came to the nearest one. An entry that is no address ends
        the way: the one behind it is the client then.
        """
        found, skipped = None, 0
        for number, hop in enumerate(reversed(hops.rsplit(b",", HOPS_MAX)[-HOPS_MAX:])):
            address = _address(hop.strip().decode("latin-1"))
            if address is None:
                break
            found, skipped = str(address), number
            if not self._have(address):
                break
        return found, skipped


NO_PROXIES = Proxies()


def _scheme(values: bytes, skipped: int) -> bool | None:
    """By which scheme the client came to the outermost of our proxies. One value is that one's, which the others have
    passed on; to a list each has added its own.
    """
    each = values.rsplit(b",", HOPS_MAX)
    return _SCHEMES.get(each[max(len(each) - 1 - skipped, 0)].strip().lower())


def _address(text: str) -> IP | None:
    """Of an entry; some proxies write a port behind it: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return None if "%" in text else read_ip(text)
