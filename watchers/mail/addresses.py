"""Addresses of persons, as letters may be sent to them."""

from email.utils import parseaddr

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from watchers.mail.letter import Sender

_OWN = ("localhost", "local", "test")
"""What networks of one's own are called, which have mail servers: the validator takes them for no place to send to."""
_ANYWHERE = ".lan"


class NoAddressError(ValueError):
    """It is none; the text does not say it."""


def address_of(text: str) -> str:
    """An address in the form that goes on the wire: with a domain of ASCII, and a name before the @ that may have
    others. Hosts of a network of one's own have one as well: `jo@mail.lan`. Raises NoAddressError.
    """
    plain = text.strip()
    is_own = plain.rpartition("@")[2].rpartition(".")[2].lower() in _OWN
    try:
        found = _validated(plain + _ANYWHERE if is_own else plain)
    except EmailNotValidError:
        raise NoAddressError("it is no address that mail can be sent to") from None
    domain = found.ascii_domain.removesuffix(_ANYWHERE) if is_own else found.ascii_domain
    return f"{found.ascii_local_part or found.local_part}@{domain}"


def _validated(text: str) -> ValidatedEmail:
    return validate_email(text, check_deliverability=False, globally_deliverable=False)


def sender_of(text: str) -> Sender:
    """Whom letters are from, of `jo@example.com` or `Jo <jo@example.com>`. Raises NoAddressError."""
    name, address = parseaddr(text)
    return Sender(name, address_of(address))
