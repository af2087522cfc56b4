"""Names of hosts: read from what somebody typed or a browser sent, and brought into the form in which they compare.

That is small letters, international names as punycode, IP addresses in their shortest form, no dot at the end and no
brackets.
"""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna

HOST_MAX = 253  # of a name in the DNS
_NAMES_KEPT = 4_096  # 300 bytes each
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)", re.ASCII)
"""Browsers make an IPv4 address of it, or nothing."""
_HOST_AND_PORT = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::\d{0,5})?", re.ASCII)


def host_of(authority: str) -> str | None:
    """The host in what stands between scheme and path: `example.com`, `example.com:80`, `[::1]:80`. None where it is no
    host.
    """
    found = _HOST_AND_PORT.fullmatch(authority)
    if found is None:
        return None
    name = found[1]
    if name.startswith("["):
        return canonical(name[1:-1]) if ":" in name else None
    return canonical(name)


def canonical(name: str) -> str | None:
    """A host's name, or its IP address, in the one form; None where it is neither."""
    return _canonical(name) if 0 < len(name) <= HOST_MAX + 1 else None


def is_canonical(name: str) -> bool:
    """Whether it is a host's name, and written in the one form: `example.com`, and not `Example.com`."""
    return canonical(name) == name


@lru_cache(_NAMES_KEPT)
def _canonical(name: str) -> str | None:
    if ":" in name:
        return _ipv6(name)
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except UnicodeError:
            return None
    name = name.removesuffix(".").lower()
    if len(name) > HOST_MAX or not _NAME.fullmatch(name):
        return None
    return _ipv4(name) if _ENDS_IN_A_NUMBER.fullmatch(name) else name


def _ipv4(text: str) -> str | None:
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        return None


def _ipv6(text: str) -> str | None:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return None
    if address.scope_id is not None:
        return None
    return str(address.ipv4_mapped or address)  # which Python's releases write in two ways
