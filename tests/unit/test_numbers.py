"""Numbers and times as they may be written: All dialects 5 and 6 of docs/compatibility.md, the whole table."""

import pytest

from tilde.domain.stats.numbers import finite, natural, unix_seconds


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("0", 0.0),
        ("-0", -0.0),
        ("1", 1.0),
        ("+1", 1.0),
        ("007", 7.0),
        ("3.0", 3.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5e1", -5.0),
        ("1.23456789e+08", 123456789.0),
        ("1.2345678901E10", 12345678901.0),
        ("1e-07", 1e-7),
        ("1e+21", 1e21),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("5e-324", 5e-324),
        ("1e-400", 0.0),
        ("0.1", 0.1),
        ("9007199254740993", 9007199254740992.0),
        ("1" + "0" * 308, 1e308),
        *((blanks, 1.0) for blanks in ("1 ", " 1", "1\r\n", "\r\n1", "\t 1 \n", "\xa01")),
        (1, 1.0),
        (-5, -5.0),
        (2**63, 9223372036854775808.0),
        (1.5, 1.5),
        (-0.0, -0.0),
    ],
)
def test_finite_decimals_and_exponents_are_numbers(raw: object, number: float) -> None:
    """As text or as a JSON number, rounded to the nearest 64-bit float."""
    assert repr(finite(raw)) == repr(number)


@pytest.mark.parametrize(
    "raw",
    [
        *("", " ", "+", "-", ".", "e5", "1e", "1e+", "1e1.5", "1.2.3", "--1", "1-", "1 2", "1\n2", "- 1", "\x001"),
        *("nan", "NaN", "inf", "-inf", "Infinity", "infinity", "0x10", "0b1", "1_000", "1,000", "1;", "one"),
        *("1e309", "-1e309", "1e999", "1e1000", "9" * 401, "٣", "１", "1e٣", "½"),
        *(float("nan"), float("inf"), float("-inf"), 10**309, -(10**400)),
        *(None, True, False, [], [1], {}, b"1"),
    ],
)
def test_everything_else_is_none(raw: object) -> None:
    """Not a number, infinite, in another notation, or of another type."""
    assert finite(raw) is None


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("0", 0),
        ("1", 1),
        ("0000000001", 1),
        ("300000", 300000),
        ("1363118126", 1363118126),
        ("4294967295", 4294967295),
        (" 1\r\n", 1),
        (0, 0),
        (4294967295, 4294967295),
        (1363118126.0, 1363118126),
        (-0.0, 0),
    ],
)
def test_whole_seconds_from_1970_to_2106_are_times(raw: object, seconds: int) -> None:
    """Kept as they were sent, whenever that is."""
    assert unix_seconds(raw) == seconds


@pytest.mark.parametrize(
    "raw",
    [
        *("", "-1", "+1", "1.0", "1.5", "1e9", "1 2", " ", "0x1", "1_0", "now", "2013-03-12", "٣"),
        *("4294967296", "9999999999", "1363118126000", "99999999999"),
        *(-1, 2**32, 1363118126000, 1.5, float("nan"), float("inf"), -1.0, 4294967296.0),
        *(None, True, [], {}, b"1"),
    ],
)
def test_anything_else_is_no_time(raw: object) -> None:
    """Milliseconds, fractions, dates, times before 1970 or after 2106."""
    assert unix_seconds(raw) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("0", 0), ("7", 7), ("007", 7), ("12345", 12345)),
        *(
            (text, None)
            for text in ("", "123456", "000001", "-1", "+1", "1.0", "1e3", " 1", "1 ", "1_0", "x", "٣", "²")
        ),
    ],
)
def test_a_whole_number_from_nothing_on_has_so_many_digits(text: str, number: int | None) -> None:
    """Those of ASCII alone."""
    assert natural(text, 5) == number
