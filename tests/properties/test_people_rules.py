"""The pure rules of people against slow and simple ones: sets in trees, identities that become one person's in whatever
order, and what both had done.
"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilde.domain.people import text_tree
from tilde.domain.people.identities import did, join, key_text, occurrence, person, place_of, received_text, seen
from tilde.domain.people.packed import packed, unpacked
from tilde.domain.people.text_tree import Top, drop, how_many, is_behind, texts_of, with_text

PRODUCT = 32
IDENTITIES = st.integers(0, 4)
DONE = st.tuples(st.just("did"), IDENTITIES, st.integers(0, 3), st.integers(1, 2))
JOINED = st.tuples(st.just("is"), IDENTITIES, IDENTITIES)
HISTORIES = st.lists(DONE | DONE | DONE | JOINED, min_size=10, max_size=60)


class Memory(dict[str, Any]):
    def put(self, key: str, value: Any) -> None:
        self[key] = value


class Rules:
    """What is remembered after a history, and the counts that follow from what the rules said at each step."""

    def __init__(self, history: list[Any]) -> None:
        self.memory = Memory()
        self.counts: Counter[int] = Counter()
        self.numbers: dict[int, int] = {}
        for step in history:
            self.take(step)

    def take(self, step: Any) -> None:
        for identity in step[1:3] if step[0] == "is" else step[1:2]:
            place = place_of(PRODUCT, identity)
            self.memory[place] = seen(self.memory.get(place), key_text(identity), received_text(5), b"who")
            self.numbers.setdefault(identity, identity)
        if step[0] == "did":
            _, identity, at, index = step
            place = place_of(PRODUCT, identity)
            done = did(PRODUCT, place, self.memory[place], occurrence(at, index), self.memory)
            self.counts[index] += done
            return
        joined = join(PRODUCT, step[1], step[2], self.memory)
        if joined is not None:
            self.counts.subtract(joined.twice)
            for identity in joined.renumbered:
                self.numbers[identity] = person(PRODUCT, identity, self.memory)

    def people(self) -> dict[int, int]:
        return {identity: person(PRODUCT, identity, self.memory) for identity in self.numbers}


def people_of(history: list[Any]) -> dict[int, int]:
    """By identity the smallest of those that it is joined with, by going through the joins until nothing changes."""
    numbers = {identity: identity for step in history for identity in (step[1:3] if step[0] == "is" else step[1:2])}
    while True:
        before = dict(numbers)
        for step in history:
            if step[0] == "is":
                least = min(numbers[step[1]], numbers[step[2]])
                numbers[step[1]] = numbers[step[2]] = least
        if numbers == before:
            return numbers


def counts_of(history: list[Any]) -> Counter[int]:
    """How many people and seconds each event has."""
    people = people_of(history)
    done = {(people[step[1]], step[2], step[3]) for step in history if step[0] == "did"}
    return Counter(index for _, _, index in done)


@pytest.fixture(autouse=True)
def _small_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few texts make a tree of some levels."""
    monkeypatch.setattr(text_tree, "NODE_TEXTS_MAX", 2)


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**48 - 1))
def test_numbers_as_texts_are_in_the_numbers_order(one: int, other: int) -> None:
    """And can be read again."""
    texts = packed(one, 6), packed(other, 6)

    assert (texts[0] < texts[1]) == (one < other)
    assert [len(text) for text in texts] == [8, 8]
    assert tuple(map(unpacked, texts)) == (one, other)


@given(st.lists(st.integers(0, 60)))
def test_a_set_in_a_tree_is_a_set(numbers: list[int]) -> None:
    """Each text once, in order, whatever order they came in; and no node is larger than it may be."""
    memory, top, there = Memory(), Top(0, ""), set()
    for number in numbers:
        after = with_text(top, packed(number, 6), "place", memory)
        assert (after is None) == (number in there)
        there.add(number)
        top = top if after is None else after

    assert [unpacked(text) for text in texts_of(top, "place", memory)] == sorted(there)
    assert [how_many(top, "place", memory, most) for most in (0, 3, 100)] == [0, min(3, len(there)), len(there)]
    assert all(0 < len(node) <= 2 * text_tree.WIDTH for node in memory.values())
    drop(top, "place", memory)
    assert set(memory.values()) <= {None}


@given(st.sets(st.integers(0, 9), max_size=2), st.integers(0, 9))
def test_what_comes_behind_a_node_may_be_written_behind_it(numbers: set[int], number: int) -> None:
    """Where there is room: it is the node that a set has then, whatever stands before it in the same text."""
    node, text, memory = "".join(packed(each, 6) for each in sorted(numbers)), packed(number, 6), Memory()
    after = with_text(Top(0, node), text, "place", memory)

    assert is_behind("z." + node, 2, text) == (len(numbers) < 2 and number > max(numbers, default=-1))
    assert not is_behind("z." + node, 2, text) or after == Top(0, node + text)


@given(HISTORIES)
def test_people_and_what_they_did_are_what_a_slow_rule_says(history: list[Any]) -> None:
    """And whoever follows what changed knows the same."""
    rules = Rules(history)

    assert rules.people() == people_of(history)
    assert rules.numbers == people_of(history)
    assert +rules.counts == counts_of(history)


@given(st.data())
def test_the_order_in_which_things_come_does_not_matter(data: st.DataObject) -> None:
    """Nor whether they come twice."""
    history = data.draw(HISTORIES)
    permuted = data.draw(st.permutations(history)) + data.draw(st.lists(st.sampled_from(history), max_size=5))
    one, other = Rules(history), Rules(permuted)

    assert one.people() == other.people()
    assert +one.counts == +other.counts


@given(HISTORIES)
def test_what_was_moved_is_nowhere_else(history: list[Any]) -> None:
    """All of what is remembered is what the holders' sets and identities need."""
    rules = Rules(history)
    kept = {key: value for key, value in rules.memory.items() if value is not None}
    holders = {key for key, text in kept.items() if key.count(".") == 1 and ">" not in text}
    beside = [key.split(".") for key in kept if key.count(".") > 1]

    assert len(holders) == len(set(people_of(history).values()))
    assert {f"{product}.{identity}" for product, identity, *_ in beside} <= holders
