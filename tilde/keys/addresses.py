"""What an e-mail address is: one rule for who gives one, and for the letter that goes there."""

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, ValidatedEmail, validate_email

_RESERVED = tuple(SPECIAL_USE_DOMAIN_NAMES)
_ANYWHERE = ".lan"
"""Stands behind a reserved name while the validator looks at the form: of that name itself it says nothing more."""


class NoAddressError(ValueError):
    """A text is no e-mail address; the message does not say the text."""

    def __init__(self) -> None:
        super().__init__("it is no address that mail can be sent to")


def address_of(text: str) -> str:
    """An address in the form that goes on the wire: with a domain of ASCII, and a name before the @ that may have
    others. Any host may be its domain, `jo@mail.lan` or `jo@localhost`: whether mail goes there is another question.
    Raises NoAddressError.
    """
    plain = text.strip()
    reserved = is_below(plain.lower(), _RESERVED)
    try:
        found = _validated(plain + _ANYWHERE if reserved else plain)
    except EmailNotValidError:
        raise NoAddressError from None
    domain = found.ascii_domain.removesuffix(_ANYWHERE) if reserved else found.ascii_domain
    return f"{found.ascii_local_part or found.local_part}@{domain}"


def is_below(address: str, names: tuple[str, ...] = _RESERVED) -> bool:
    """Whether its domain ends in one of these names, in lower case as it is; else in one that nobody on the internet
    may have, as `jo@x.invalid`.
    """
    return address.rpartition("@")[2].rpartition(".")[2] in names


def _validated(text: str) -> ValidatedEmail:
    return validate_email(text, check_deliverability=False, globally_deliverable=False)
