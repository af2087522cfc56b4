"""A letter to a person, and the message that it is on the wire. Pure: what goes into it was looked up before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from typing import NamedTuple

from tilde.runtime.visible import one_line

SUBJECT_MAX = 120
_ONE_CLICK = "List-Unsubscribe=One-Click"  # RFC 8058's word


class Letterhead(NamedTuple):
    """Who letters are from: a name, which may be empty, and an address."""

    name: str
    address: str

    @property
    def host(self) -> str:
        """The host of the address: what stands behind its @."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody reads: a plain part and an HTML part that say the same; `images` are PNGs of the latter, by the
    name that stands there behind `cid:`. `unsubscribe` is the URL that ends such letters. `to` is an address as
    `addresses.py` gives it.
    """

    to: str
    subject: str
    text: str
    html: str
    unsubscribe: str
    images: Mapping[str, bytes] = field(default_factory=dict)


class _Whole(UnstructuredHeader):
    """A header that stays on its line: folded, a long URL would be written in a form that no mail program follows."""

    def fold(self, *, policy: EmailPolicy) -> str:
        """As it is."""
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined] # of the class that this is mixed into


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Whole)  # type: ignore[arg-type] # mixed into a BaseHeader, as all are
_POLICY = SMTP.clone(header_factory=_HEADERS)


def message_of(letter: Letter, id_: str, letterhead: Letterhead, at_ms: int) -> EmailMessage:
    """The whole message. `id_` is its own for ever: a letter that is sent twice has the same Message-ID."""
    message = EmailMessage(_POLICY if letter.to.isascii() else _POLICY.clone(utf8=True))
    message["From"] = Address(one_line(letterhead.name, SUBJECT_MAX), addr_spec=letterhead.address)
    message["To"] = letter.to
    message["Subject"] = one_line(letter.subject, SUBJECT_MAX)
    message["Date"] = datetime.fromtimestamp(at_ms // 1000, UTC)
    message["Message-ID"] = f"<{id_}@{letterhead.host}>"
    message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    message["List-Unsubscribe-Post"] = _ONE_CLICK
    message["Auto-Submitted"] = "auto-generated"  # so that nobody's holiday answers it
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    _, html = message.iter_parts()
    for name, png in letter.images.items():
        html.add_related(png, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")
    return message
