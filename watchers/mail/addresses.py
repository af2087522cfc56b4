"""Addresses of persons, as letters may be sent to them."""

from email.utils import parseaddr

from tilde.keys.addresses import NoAddressError, address_of, is_below
from watchers.mail.letter import Letterhead

_OWN = ("localhost", "local", "test")
"""What networks of one's own are called, which have mail servers; below no other reserved name is there one."""


def deliverable(text: str) -> str:
    """An address as `address_of` makes it, in a domain that can have a mail server: not `jo@x.invalid`. Raises
    NoAddressError.
    """
    address = address_of(text)
    if is_below(address) and not is_below(address, _OWN):
        raise NoAddressError
    return address


def letterhead_of(text: str) -> Letterhead:
    """Whom letters are from, of `jo@example.com` or `Jo <jo@example.com>`. Raises NoAddressError."""
    name, address = parseaddr(text)
    return Letterhead(name, deliverable(address))
