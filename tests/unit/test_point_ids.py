"""The id of a point: its event and its place there, as lists of points have it and `after` takes it."""

import pytest

from api.tilde_v1.points import BEFORE_ALL, place_of
from api.web.refused import RefusedError


@pytest.mark.parametrize(
    ("id_", "place"),
    [("", BEFORE_ALL), ("0-0", (0, 0)), ("42-7", (42, 7)), ("9223372036854775807-99999", ((1 << 63) - 1, 99_999))],
)
def test_an_id_is_read(id_: str, place: tuple[int, int]) -> None:
    assert place_of(id_) == place


@pytest.mark.parametrize(
    "id_",
    ["9223372036854775808-0", "9999999999999999999-0", "1-100000", "-1-0", "1", "1-", "1-0-0", "a-0", "٣-0", " 1-0"],
)
def test_what_is_no_id_is_refused_before_the_store_is_asked(id_: str) -> None:
    """It counts in 64 bits, and would clamp or refuse in its own words."""
    with pytest.raises(RefusedError, match="after must be the id of a point, or empty"):
        place_of(id_)
