"""Names of events and properties as they are meant, and which values are numbers that may stand in plain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilde.domain.people.names import name_of
from tilde.domain.people.values import number_in


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("Signed Up", "signed up"),
        (" foo:bar,baz ", "foo bar baz"),
        ("a:,:,b", "a b"),
        (",a:", "a"),
        ("a\n\tb\0", "a b"),
        ("a  b", "a  b"),
        ("ÉTÉ", "été"),
        ("\ufeffplan", "plan"),
        (":,", ""),
        ("", ""),
    ],
)
def test_a_name_is_the_same_however_it_is_spelled(sent: str, name: str) -> None:
    """In lower case; commas and colons are blanks."""
    assert name_of(sent) == name


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_a_name_is_its_own_name(text: str) -> None:
    """What has been read once is not changed when it is read again."""
    name = name_of(text)

    assert name_of(name) == name
    assert not set(name) & set(",:\n\0")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0.0),
        ("-1", -1.0),
        ("99.95", 99.95),
        (".5", 0.5),
        ("-.5", -0.5),
        (" 7\n", 7.0),
        ("1e5", 100_000.0),
        ("1E+5", 100_000.0),
        ("1e 5", 100_000.0),
        ("123456789", 123_456_789.0),
        ("1234567890.5", 1_234_567_890.5),
        ("0.0664", 0.0664),
    ],
)
def test_a_decimal_number_is_one(text: str, number: float) -> None:
    """With white space around it, too; a plus in its exponent may have arrived as a blank."""
    assert number_in(text) == number


@pytest.mark.parametrize(
    "text",
    ["1234567890", "-4111111111111111", "1234567890e1", "0664123456", "00", "007", "01.5", "+436641234", "+1", "+.5"],
)
def test_what_may_name_somebody_is_no_number(text: str) -> None:
    """Of telephones, cards and accounts."""
    assert number_in(text) is None


@pytest.mark.parametrize(
    "text", ["", " ", "-", ".", "5.", "1 2", "nan", "inf", "1e999", "0x10", "1_0", "١", "1,5", "Gold", "1" * 400 + ".5"]
)
def test_what_is_no_finite_decimal_number_is_none(text: str) -> None:
    """It is a text."""
    assert number_in(text) is None
