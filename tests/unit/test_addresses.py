"""What an e-mail address is: the same for who gives one and for the letter that goes there."""

import pytest

from producers.admin.errors import KeyNotMadeError
from producers.admin.key_making import given_key
from tilde.domain.catalog.keys import KeyKind
from tilde.keys.addresses import NoAddressError, address_of
from watchers.mail.addresses import deliverable


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Jo.Doe+a@Example.com", "Jo.Doe+a@example.com"),
        ("jürgen@münchen.de", "jürgen@xn--mnchen-3ya.de"),
        ("jo@mail.lan", "jo@mail.lan"),
        ("jo@mailserver", "jo@mailserver"),
        ("jo@localhost", "jo@localhost"),
        ("jo@" + "a" * 60 + f".{'b' * 60}" * 3 + ".example", "jo@" + "a" * 60 + f".{'b' * 60}" * 3 + ".example"),
    ],
)
def test_what_is_taken_as_a_key_is_written_to(text, address):
    """And kept as it was typed: clients send it so."""
    assert given_key(KeyKind.EMAIL, f" {text}\n") == text
    assert deliverable(given_key(KeyKind.EMAIL, text)) == address_of(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("jo@example..com", "a,b@example.com", ".jo@example.com", "jo@example.com.", "jo@exam_ple.com"),
        *("", "jo", "jo@", "@example.com", "a b@example.com", "jo@-x.local", "jo@.localhost", "jo@x..test"),
        *("Jo <jo@example.com>", "jo@[127.0.0.1]", "jo@" + "a." * 130 + "de"),
    ],
)
def test_what_mail_cannot_be_sent_to_is_refused_as_a_key(text):
    """Else every letter to it is dead, and nobody learns why."""
    with pytest.raises(NoAddressError):
        address_of(text)
    with pytest.raises(KeyNotMadeError, match="no address that mail can be sent to"):
        given_key(KeyKind.EMAIL, text)


@pytest.mark.parametrize("domain", ["x.invalid", "X.INVALID", "x.onion", "invalid", "1.0.in-addr.arpa"])
def test_a_domain_without_a_mail_server_is_for_the_letter_to_see(domain):
    assert given_key(KeyKind.EMAIL, f"jo@{domain}") == f"jo@{domain}"
    with pytest.raises(NoAddressError):
        deliverable(f"jo@{domain}")
