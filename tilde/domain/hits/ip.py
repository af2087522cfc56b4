"""IP addresses as they are compared, kept and shown: an IPv4 in an IPv6 is that IPv4, and zones are left out."""

from ipaddress import IPv4Address, IPv6Address, ip_address

IP = IPv4Address | IPv6Address


def read_ip(text: str) -> IP | None:
    """`::ffff:192.0.2.1` is 192.0.2.1, `fe80::1%eth0` is fe80::1; None where it is no address."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
