"""What is remembered is bounded, and costs a look-up no more than a dict does."""

from tilde.memo import Memo


def test_what_was_made_is_found_by_its_key() -> None:
    """And returned where it is kept, so that who makes it goes on with it."""
    memo = Memo[str, bytes](2)

    assert memo.keep("Kauf", b"\x08Kauf") == b"\x08Kauf"
    assert memo.get("Kauf") == b"\x08Kauf"
    assert memo.get("Storno") is None


def test_all_are_forgotten_where_there_is_no_room_for_one_more() -> None:
    """It never has more than that, and the one that found no room is there."""
    memo = Memo[int, int](3)
    sizes = [len(memo) for number in range(7) if memo.keep(number, number) == number]

    assert sizes == [1, 2, 3, 1, 2, 3, 1]
    assert dict(memo) == {6: 6}
