"""LIKE over texts that were opened."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.kissmetrics.records.patterns import is_like


@pytest.mark.parametrize(
    ("text", "pattern", "is_so"),
    [
        ("Gold", "Gold", True),
        ("Gold", "gold", False),
        ("Gold", "G%", True),
        ("Gold", "%d", True),
        ("Gold", "%o%", True),
        ("Gold", "____", True),
        ("Gold", "___", False),
        ("Gold", "%____%", True),
        ("Gold", "_____%", False),
        ("Gold", "G%d%d", False),
        ("", "%", True),
        ("", "", True),
        ("a\nb", "a_b", True),
        ("a.b", "a.b", True),
        ("a\\b", "a\\_", True),
        ("a%", "a\\%", False),
        ("axb", "a.b", False),
        ("aab", "a%ab", True),
        ("ab", "a%ab", False),
    ],
)
def test_a_text_is_as_its_pattern_says(text: str, pattern: str, is_so: bool) -> None:
    assert is_like(text, pattern) is is_so


def test_blind_is_whatever_the_case() -> None:
    assert is_like("GOLD plus", "gold%", is_blind=True)
    assert is_like("STRASSE 1", "stra\u00dfe%", is_blind=True)
    assert not is_like("STRASSE 1", "stra\u00dfe%")


@given(st.text("ab_%", max_size=8), st.text("ab", max_size=12))
def test_it_is_what_a_search_with_backtracking_finds(pattern: str, text: str) -> None:
    slow = "".join({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in pattern)
    assert is_like(text, pattern) is bool(re.fullmatch(slow, text, re.DOTALL))


def test_a_pattern_that_would_be_searched_for_ever_ends() -> None:
    assert not is_like("a" * 8_000, "%a" * 49 + "%b")
