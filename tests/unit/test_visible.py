"""What somebody typed is shown as text, whatever is in it, and JSON keeps its meaning."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilde.runtime.visible import VisibleText, visible, visible_json, visible_lines

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "page view",
        "arr[i]",
        "[/]",
        "[red]x[/]",
        ":fire:",
        "temp[degC]",
        "C:\\temp",
        "é",
        "売上　合計",
        "🔥",
        "{x}%s",
    ],
)
def test_what_is_seen_is_shown_as_it_is(text: str) -> None:
    """Brackets and colons are no markup of ours."""
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "\\x1b]8;;http://x\\x07link\\x1b]8;;\\x07"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x9b31m\x85\x7f\x00", "\\x9b31m\\x85\\x7f\\x00"),
        ("a\u202eb\u2066", "a\\u202eb\\u2066"),
        ("a\u200bb\u00adc\ufeff", "a\\u200bb\\xadc\\ufeff"),
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
        ("\udc80\ud800", "\\udc80\\ud800"),
        ("a\U000e0041\ufe0f\u3164", "a\\U000e0041\\ufe0f\\u3164"),
        ("\ue000\U0010ffff\u00a0", "\\ue000\\U0010ffff\\xa0"),
    ],
)
def test_what_is_obeyed_or_not_seen_is_written_out(text: str, shown: str) -> None:
    """Escapes, controls, bidi marks, letters of no width, halves of pairs."""
    assert visible(text) == shown


@given(ANY_TEXT)
def test_nothing_shown_is_of_a_kind_that_is_not_seen(text: str) -> None:
    """One line, whatever came in; shown again it is the same."""
    shown = visible(text)

    assert {unicodedata.category(character) for character in shown} & {
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
        "Zl",
        "Zp",
    } == set()
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown


@given(ANY_TEXT, st.sampled_from([None, 2]))
def test_json_keeps_its_meaning(text: str, indent: int | None) -> None:
    """And has only line breaks and tabs of its own in it."""
    shown = visible_json(json.dumps({text: [text]}, ensure_ascii=False, indent=indent))

    assert json.loads(shown) == {text: [text]}
    assert visible_lines(shown) == shown


@given(ANY_TEXT, st.lists(st.integers(1, 5), max_size=20))
def test_a_text_in_pieces_is_shown_as_the_whole(text: str, sizes: list[int]) -> None:
    """Wherever it is cut, in the middle of a character too."""
    whole, shown, pieces = text.encode("utf-8", "replace"), b"", VisibleText()
    left = whole
    for size in sizes:
        shown += pieces.take(left[:size])
        left = left[size:]
    shown += pieces.take(left) + pieces.rest()

    assert shown.decode() == visible_lines(whole.decode())


def test_bytes_that_are_no_text_are_shown_as_escapes() -> None:
    """Some terminals obey a single byte 9b."""
    pieces = VisibleText()

    assert pieces.take(b"a\x9b31m\nb\xff") + pieces.rest() == b"a\\x9b31m\nb\\xff"
