"""What an `Authorization` header says, as it arrives: Latin-1."""

import base64

import pytest

from tilde.keys.authorization import basic_user, bearer_token, is_operator, token_in

MARK = b"\xef\xbb\xbf".decode("latin-1")


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer TOKEN", "TOKEN"),
        ("bearer   TOKEN\t", "TOKEN"),
        (f"Bearer {MARK}TOKEN", "TOKEN"),
        ("Bearer TOKEN" + "\u200b".encode().decode("latin-1"), "TOKEN"),
        ("Bearer two words", "two words"),
        ("Bearer " + "tök\u00ed".encode().decode("latin-1"), "tök\u00ed"),
        ("Bearer caf\xe9", "caf\xe9"),
        ("Basic TOKEN", ""),
        ("Bearer", ""),
        ("", ""),
    ],
)
def test_a_token_is_what_stands_behind_bearer(header: str, token: str) -> None:
    """Without what nobody sees around it; a letter of two bytes, the second of which would be a soft hyphen, is whole."""
    assert bearer_token(header) == token


def test_the_operator_is_who_has_the_whole_token() -> None:
    """Nobody is where there is none."""
    assert is_operator(f"Bearer {MARK}secret", "secret")
    assert not is_operator("Bearer secre", "secret")
    assert not is_operator("Basic secret", "secret")
    assert not is_operator("", "")
    assert not is_operator("Bearer ", "")


def test_a_basic_user_is_what_stands_before_the_colon() -> None:
    """Whatever blanks stand before it in the header."""
    user = base64.b64encode("tök:x".encode()).decode()

    assert basic_user(f"Basic {user}") == basic_user(f"basic   {user} ") == "tök"
    assert basic_user(f"Bearer {user}") == basic_user("Basic !") == basic_user("Basic //8=") == ""


@pytest.mark.parametrize(
    ("said", "token"),
    [
        ("TOKEN:", "TOKEN"),
        ("TOKEN", "TOKEN"),
        (" TOKEN :\n", "TOKEN"),
        ("ann@example.com:TOKEN", "TOKEN"),
        ("ann@example.com:to:ken", "to:ken"),
        (":", ""),
    ],
)
def test_a_token_in_basic_is_the_password_or_where_there_is_none_the_user(said: str, token: str) -> None:
    assert token_in(f"Basic {base64.b64encode(said.encode()).decode()}") == token


def test_a_token_may_stand_alone_in_its_header() -> None:
    assert [token_in(header) for header in ("Bearer TOKEN", "TOKEN", " TOKEN ", "Basic !", "Digest TOKEN", "")] == [
        *["TOKEN"] * 3,
        *[""] * 3,
    ]
