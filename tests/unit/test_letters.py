"""What a letter is on the wire, whatever its texts hold."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES

from testkit.sealed import NOON_MS
from tilde.keys.addresses import NoAddressError
from tilde.runtime.visible import one_line
from watchers.mail.addresses import deliverable, letterhead_of
from watchers.mail.letter import SUBJECT_MAX, Letter, Letterhead, message_of

LETTERHEAD = Letterhead("Tilde", "tilde@example.com")
UNSUBSCRIBE = f"https://stats.example.com/tilde/links/{'a' * 90}"
HOSTILE = "hits\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script>"


def a_letter(subject: str = "hits", to: str = "jo@example.com", **more: object) -> Letter:
    return Letter(to, subject, "plain\n", "<p>html</p>", UNSUBSCRIBE, **more)  # type: ignore[arg-type]


def sent(letter: Letter, letterhead: Letterhead = LETTERHEAD) -> EmailMessage:
    """As a mail program reads it."""
    message = message_from_bytes(message_of(letter, "w.clock.1.0.ab", letterhead, NOON_MS).as_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_it_has_what_mail_has_to_have() -> None:
    message = sent(a_letter("Hits of münchen"))

    assert message["From"] == "Tilde <tilde@example.com>"
    assert message["To"] == "jo@example.com"
    assert message["Subject"] == "Hits of münchen"
    assert message["Message-ID"] == "<w.clock.1.0.ab@example.com>"
    assert message["Date"].datetime.timestamp() * 1000 == NOON_MS
    assert message["List-Unsubscribe"] == f"<{UNSUBSCRIBE}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_long_link_stays_whole_on_its_line() -> None:
    """Folded or encoded, mail programs would not follow it."""
    lines = message_of(a_letter(), "w.clock.1.0.ab", LETTERHEAD, NOON_MS).as_bytes().split(b"\r\n")

    assert f"List-Unsubscribe: <{UNSUBSCRIBE}>".encode() in lines


def test_the_parts_are_plain_html_and_the_images_of_that() -> None:
    message = sent(a_letter(images={"chart1": b"\x89PNG"}))
    plain, related = message.iter_parts()
    html, image = related.iter_parts()

    assert message.get_content_type() == "multipart/alternative"
    assert plain.get_content().splitlines() == ["plain"]
    assert html.get_content().splitlines() == ["<p>html</p>"]
    assert image["Content-ID"] == "<chart1>"
    assert image.get_content_type() == "image/png"
    assert image.get_content_disposition() == "inline"
    assert image.get_content() == b"\x89PNG"


@pytest.mark.parametrize(
    "subject", [HOSTILE, "a\nb", "a\u2028b\u202ec", "a\x00b\x1b[31m", "\ud800", "x" * 1000, "💥" * 300]
)
def test_no_text_begins_a_header_of_its_own(subject: str) -> None:
    message = sent(a_letter(subject))

    assert {"bcc", "<script>alert(1)</script>"}.isdisjoint(name.lower() for name in message)
    assert "Bcc" not in message
    assert len(message["Subject"]) <= SUBJECT_MAX
    assert all(character.isprintable() for character in message["Subject"])
    assert message.get_content_type() == "multipart/alternative"


def test_a_hostile_name_of_the_sender_is_nothing_but_a_name() -> None:
    message = sent(a_letter(), Letterhead('a"b <all@example.com>,\r\nBcc: x', "tilde@example.com"))

    assert [address.addr_spec for address in message["From"].addresses] == ["tilde@example.com"]
    assert "Bcc" not in message


def test_one_line_is_what_can_be_read() -> None:
    assert one_line(" a \t\r\n b\u202e ") == "a b"
    assert one_line("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Jo.Doe+a@Example.com", "Jo.Doe+a@example.com"),
        (" jo@example.com ", "jo@example.com"),
        ("jo@mail.lan", "jo@mail.lan"),
        ("jo@exchange.local", "jo@exchange.local"),
        ("tilde@localhost", "tilde@localhost"),
        ("jo@Stats.TEST", "jo@stats.test"),
        ("jürgen@münchen.local", "jürgen@xn--mnchen-3ya.local"),
        ("jo@münchen.de", "jo@xn--mnchen-3ya.de"),
        ("jürgen@münchen.de", "jürgen@xn--mnchen-3ya.de"),
    ],
)
def test_an_address_is_made_fit_for_the_wire(text: str, address: str) -> None:
    assert deliverable(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jo",
        "jo@",
        "@example.com",
        "a b@example.com",
        "jo@example.com\r\nBcc: x@y.z",
        "jo@a..b",
        "a,b@c.de",
        "jo@.local",
        "jo@x.invalid",
        "jo@X.INVALID",
        "jo@x.onion",
    ],
)
def test_what_is_no_address_is_told_without_it(text: str) -> None:
    with pytest.raises(NoAddressError, match="^it is no address that mail can be sent to$"):
        deliverable(text)


def test_the_list_of_the_validator_is_everybodys_and_stays_as_it_is() -> None:
    assert {"localhost", "local", "test"} <= set(SPECIAL_USE_DOMAIN_NAMES)


def test_a_sender_may_have_a_name() -> None:
    assert letterhead_of("Stats <stats@example.com>") == Letterhead("Stats", "stats@example.com")
    assert letterhead_of("stats@example.com") == Letterhead("", "stats@example.com")
