"""Patterns of Avro's encoding match what our encoders write, all of it, and nothing else."""

import re

import pytest

from tilde.schemas.avro_patterns import ASCII, NATURAL, NUMBER, empty_if_null, group, natural, one_of, or_null, sized
from tilde.schemas.hot import long, maybe, text

BORDERS = [sign * (1 << bits) + near for bits in range(63) for sign in (1, -1) for near in (-1, 0, 1)]
WORD = sized(range(64))


def pieces(pattern, encoded):
    found = re.fullmatch(pattern, encoded)
    return None if found is None else found.groups()


@pytest.mark.parametrize("value", [*BORDERS, 2**63 - 1, -(2**63)])
def test_a_number_is_matched_in_as_few_bytes_as_can_be(value):
    """Over all 64 bits; not with a zero behind it, not cut off, and not with one byte more."""
    encoded = long(value)
    *others, last = encoded

    assert re.fullmatch(NUMBER, encoded)
    assert re.match(NUMBER, encoded + b"\xff").end() == len(encoded)
    assert not re.fullmatch(NUMBER, bytes((*others, last | 0x80, 0)))
    assert not re.fullmatch(NUMBER, bytes((*others, last | 0x80)))


@pytest.mark.parametrize("value", [*BORDERS, 2**63 - 1, -(2**63)])
def test_a_natural_number_is_none_below_zero(value):
    encoded = long(value)

    assert (re.fullmatch(NATURAL, encoded) is not None) == (value >= 0)
    assert value < 0 or re.match(NATURAL, encoded + b"\xff").end() == len(encoded)
    assert not re.fullmatch(NATURAL, bytes((*encoded[:-1], encoded[-1] | 0x80, 0)))


@pytest.mark.parametrize("bits", [14, 20, 32, 41, 62])
def test_a_natural_number_may_be_bounded_by_its_bits(bits):
    """In the last byte stand those that no other has, and none more."""
    for value in [*BORDERS, 2**63 - 1, -(2**63)]:
        assert (re.fullmatch(natural(bits), long(value)) is not None) == (0 <= value < 2**bits)


def test_a_number_has_no_more_than_64_bits():
    """Ten bytes may say more."""
    assert not re.fullmatch(NUMBER, b"\xff" * 9 + b"\x02")
    assert not re.fullmatch(NUMBER, b"\xff" * 10 + b"\x01")


def test_a_text_is_matched_by_its_size():
    """With one byte of size or two; whatever bytes it has, and exactly as many as it says."""
    pattern = sized(range(512))
    for size in range(512):
        content = b"\n\0\xff" + b"x" * (size - 3) if size > 2 else b"x" * size

        assert re.fullmatch(pattern, long(size) + content)
        assert not re.fullmatch(pattern, long(size) + content + b"x")
        assert not re.fullmatch(pattern, long(size) + content[1:]) or not size
    assert not re.match(pattern, text("x" * 512))


def test_a_text_may_have_to_be_ascii():
    """Then it needs no other look."""
    assert re.fullmatch(sized(range(64), ASCII), text("a\0\x7f"))
    assert not re.fullmatch(sized(range(64), ASCII), text("é"))


@pytest.mark.parametrize("value", [None, "", "a", "\x02"])
def test_null_and_a_text_are_told_apart_or_made_alike(value):
    """By the branch of the union, with it in the piece or without."""
    assert pieces(group(or_null(WORD)), maybe(value)) == (maybe(value),)
    assert pieces(empty_if_null(WORD), maybe(value)) == (text(value or ""),)


def test_there_are_two_branches_in_a_union():
    """A third one, and one that is counted from the end, is not matched."""
    for branch in (b"\x04", b"\x01"):
        assert pieces(or_null(WORD), branch + text("a")) is None
        assert pieces(empty_if_null(WORD), branch + text("a")) is None


def test_one_of_some_is_matched_as_it_stands():
    """Also where it means something in a regular expression."""
    assert pieces(group(one_of([b".", b"("]), NUMBER), b"(\x02") == (b"(\x02",)
    assert pieces(group(one_of([b".", b"("])), b"x") is None
