"""What a position says of the next batch."""

import pytest

from tilde.domain.log.position import Header, HoleError, Mark, Position


def header(offset: int, before: int, edge: str = "e", epoch: int = 1) -> Header:
    return Header(edge, epoch, offset, before, catalog=0)


def after_batches(*headers: Header) -> Position:
    position = Position()
    for at, batch in enumerate(headers):
        position = position.after(at, batch)
    return position


def test_the_first_batch_of_an_edge_is_new() -> None:
    """An edge never seen begins with a batch that has none before it."""
    assert not Position().is_repeat(header(7, before=-1))


def test_batches_in_order_are_new() -> None:
    """Each batch names the one before it; what stood between went to other partitions."""
    position = after_batches(header(1, -1), header(4, 1))

    assert not position.is_repeat(header(9, before=4))


@pytest.mark.parametrize("offset", [1, 3, 4])
def test_a_batch_at_or_below_the_mark_is_a_repeat(offset: int) -> None:
    """A lost acknowledgement, a forwarder that started again: the batch comes a second time and counts once."""
    position = after_batches(header(1, -1), header(4, 1))

    assert position.is_repeat(header(offset, before=-1))


def test_a_missing_batch_is_a_hole() -> None:
    """A batch whose predecessor never came stops the processor: going on would lose that one for ever."""
    position = after_batches(header(1, -1))

    with pytest.raises(HoleError, match="batch 4 never came"):
        position.is_repeat(header(9, before=4))


def test_an_unknown_edge_with_a_batch_before_is_a_hole() -> None:
    """The first batch seen of an edge cannot have one before it."""
    with pytest.raises(HoleError):
        Position().is_repeat(header(9, before=4))


def test_edges_are_kept_apart() -> None:
    """What one edge's batches say means nothing for another's."""
    position = after_batches(header(100, -1, edge="a"))

    assert not position.is_repeat(header(1, before=-1, edge="b"))
    assert position.is_repeat(header(100, before=-1, edge="a"))


def test_offsets_rise_over_an_edges_restarts() -> None:
    """A new epoch of an edge goes on in its own offsets, and the mark remembers both."""
    position = after_batches(header(1, -1, epoch=1), header(2, 1, epoch=2))

    assert position == Position(2, {"e": Mark(2, 2)})
    assert position.is_repeat(header(1, before=-1, epoch=1))


def test_an_edge_restored_from_a_backup_gives_offsets_out_again_and_they_count() -> None:
    """Its folder is older than what it has sent; its next epoch makes its batches new, and what it sends again old.

    backup          v
    epoch 1   1  4  9  12
    epoch 2             10  11
    """
    position = after_batches(header(1, -1), header(4, 1), header(9, 4), header(12, 9))

    assert position.is_repeat(header(9, before=4))
    assert not position.is_repeat(header(10, before=9, epoch=2))
    position = position.after(4, header(10, before=9, epoch=2))
    assert position.is_repeat(header(10, before=9, epoch=2))
    assert position.is_repeat(header(12, before=9, epoch=1))
    assert not position.is_repeat(header(11, before=10, epoch=2))
    with pytest.raises(HoleError):
        position.is_repeat(header(14, before=13, epoch=2))


def test_a_repeat_or_poison_only_moves_the_offset() -> None:
    """The message is done, and no edge's mark has moved."""
    position = after_batches(header(1, -1))

    assert position.after(1, None) == Position(2, {"e": Mark(1, 1)})


def test_a_repeat_behind_poison_leaves_what_the_poison_excuses() -> None:
    """The repeat of another edge's batch says nothing of who sent the poison: the batch that names it is taken."""
    position = after_batches(header(1, -1), header(1, -1, edge="other")).after_poison(2)
    assert position.is_repeat(header(1, -1, edge="other"))
    position = position.after(3, None)

    assert not position.is_repeat(header(3, before=2))
    with pytest.raises(HoleError):
        position.after(4, header(3, before=2)).is_repeat(header(3, before=2, edge="other"))


def test_a_position_is_the_same_after_a_round_through_json() -> None:
    """What is stored is what is read."""
    position = after_batches(header(1, -1, edge="a"), header(5, -1, edge="b"), header(9, 1, edge="a"))

    none = {"poisoned": 0, "suspects": [], "poison_run": 0}
    assert position.to_json() == {"next_offset": 3, "marks": {"a": [1, 9], "b": [1, 5]}, **none}
    assert Position.from_json(position.to_json()) == position
    poisoned = position.after_poison(3)
    assert poisoned.to_json() == {**position.to_json(), "next_offset": 4} | {
        "poisoned": 1,
        "suspects": ["a", "b"],
        "poison_run": 1,
    }
    assert Position.from_json(poisoned.to_json()) == poisoned
