"""What a processor remembers: each message changes a key once, whatever was durable before."""

import pytest

from streams.state import Kept, State


def add(number: int):
    return lambda kept: (kept or 0) + number


def test_a_message_may_change_a_key_more_than_once() -> None:
    """Two events of one batch: it is compared with what was loaded, not with itself."""
    state = State({"a": Kept(5, 7)})

    assert [state.change("a", 8, add(1)), state.change("a", 8, add(1))] == [True, True]
    assert state.get("a") == 7
    assert state.drain() == {"a": Kept(7, 8)}


def test_a_message_that_was_in_when_the_state_was_loaded_changes_nothing() -> None:
    """The value was durable, and the position was not."""
    state = State({"a": Kept(5, 7), "b": Kept(1, 3)})

    assert [state.change("a", offset, add(1)) for offset in (6, 7)] == [False, False]
    assert state.change("b", 6, add(1))
    assert (state.get("a"), state.get("b"), state.get("c")) == (5, 2, None)
    assert state.drain() == {"b": Kept(2, 6)}


def test_a_value_is_put_as_it_is_by_the_messages_that_were_not_in() -> None:
    """Whatever was there; a message that was in puts nothing."""
    state = State({"a": Kept(5, 7)})

    assert [state.put("a", 7, 1), state.put("a", 8, 2), state.put("a", 8, 3)] == [False, True, True]
    assert state.drain() == {"a": Kept(3, 8)}


def test_many_values_are_put_as_each_would_be() -> None:
    """Those that were in are left out, and the others are not."""
    state = State({"a": Kept(5, 7), "b": Kept(1, 9), "at": Kept(6, 8)})
    state.put("c", 8, 1)
    state.put_all({"a": 2, "b": 3, "at": 7, "d": 4, "c": 5}, 8)

    assert state.drain() == {"c": Kept(5, 8), "a": Kept(2, 8), "d": Kept(4, 8)}
    assert (state.get("b"), state.get("at")) == (1, 6)
    with pytest.raises(ValueError, match="not empty"):
        state.put_all({"e": 1, "": 2}, 9)
    assert state.get("e") is None


def test_a_drain_has_what_was_changed_since_the_last_one() -> None:
    state = State()
    state.change("a", 0, add(1))
    state.drain()
    state.change("b", 1, add(1))

    assert state.drain() == {"b": Kept(1, 1)}
    assert state.drain() == {}
    assert len(state) == 2


def test_what_was_changed_is_drained_in_the_order_of_first_changes() -> None:
    """Not in one that depends on the hash seed: a flush is the same bytes every time."""
    state = State()
    keys = [f"key {number * 7919 % 100}" for number in range(100)]
    for key in keys:
        state.change(key, 0, add(1))
        state.changed_bytes()
    state.change(keys[50], 1, add(1))

    assert list(state.drain()) == keys


def test_what_was_changed_is_as_large_as_its_records_and_counts_once() -> None:
    state = State()
    for offset in range(3):
        state.put("visitor", offset, "x" * 1000)
        size = state.changed_bytes()
        assert 1000 < size < 1100
    state.put("visitor", 3, "x")
    assert state.changed_bytes() < 100
    state.drain()

    assert state.changed_bytes() == 0


def test_the_empty_key_is_the_positions() -> None:
    with pytest.raises(ValueError, match="not empty"):
        State().change("", 0, add(1))
