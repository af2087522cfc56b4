"""Addresses of persons, as letters may be sent to them."""

from email.utils import parseaddr

import email_validator
from email_validator import EmailNotValidError, validate_email

from watchers.mail.letter import Sender

for _own in ("localhost", "local", "test"):  # networks of one's own are called so, and have mail servers
    email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(_own)


class NoAddressError(ValueError):
    """It is none; the text does not say it."""


def address_of(text: str) -> str:
    """An address in the form that goes on the wire: with a domain of ASCII, and a name before the @ that may have
    others. Hosts of a network of one's own have one as well: `jo@mail.lan`. Raises NoAddressError.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise NoAddressError("it is no address that mail can be sent to") from None
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def sender_of(text: str) -> Sender:
    """Whom letters are from, of `jo@example.com` or `Jo <jo@example.com>`. Raises NoAddressError."""
    name, address = parseaddr(text)
    return Sender(name, address_of(address))
