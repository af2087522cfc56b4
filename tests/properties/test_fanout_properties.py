"""What holds of `~` whatever is posted."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from tilde.domain.stats.fanout import FAN_OUT_MAX, NAME_MAX_CODE_POINTS, BadNameError, expand

ANYTHING = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("~~~,,, ab\x00\n"), max_size=600)
PIECE = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="~,"), max_size=60)
TIDY = PIECE.map(str.strip).filter(bool)


def stats_of(name: str) -> list[str] | None:
    """The stats a name stands for; None where it is refused."""
    with contextlib.suppress(BadNameError):
        return expand(name)
    return None


@given(ANYTHING)
def test_whatever_is_posted_stands_for_good_names_or_is_refused(name: str) -> None:
    """Never anything else than names that could be posted by themselves, each once, and never too many."""
    stats = stats_of(name)

    if stats is not None:
        assert 1 <= len(stats) <= FAN_OUT_MAX
        assert len(set(stats)) == len(stats)
        for stat in stats:
            assert 1 <= len(stat) <= NAME_MAX_CODE_POINTS
            assert "~" not in stat
            assert expand(stat) == [stat]


@given(ANYTHING)
def test_expanding_gives_the_same_every_time(name: str) -> None:
    """A replay gives the same stats in the same places: the place is part of a point's identity."""
    assert stats_of(name) == stats_of(name)


@given(TIDY, st.lists(TIDY, min_size=1, max_size=20, unique=True))
def test_prefix_and_pieces_are_joined_by_one_space_in_the_order_sent(prefix: str, pieces: list[str]) -> None:
    """Whatever white space stands around them, and however often they are repeated."""
    expected = [f"{prefix} {piece}" for piece in pieces]
    spaced = f" {prefix}  ~ " + " ,\t".join(pieces) + ",,  "

    assert expand(f"{prefix}~{','.join(pieces)}") == expected
    assert expand(spaced) == expected
    assert expand(f"{prefix}~{','.join(pieces + pieces[::-1])}") == expected
    assert expand(f"~{','.join(pieces)}") == pieces
    assert expand(f"{prefix}~") == [prefix]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300).filter(lambda name: "~" not in name))
def test_a_name_without_a_tilde_stands_for_itself_to_the_character(name: str) -> None:
    """White space, commas and case are its own."""
    assert stats_of(name) in (None, [name])
