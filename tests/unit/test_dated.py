"""A value with all that it ever was."""

import pytest

from testkit.builders import an_entry
from testkit.labels import LabelledCatalog, LabelSet
from tilde.domain.catalog.dated import Dated
from tilde.domain.catalog.entries import fold


def a_zone() -> Dated[str | None]:
    zone: Dated[str | None] = Dated()
    zone.set(3, "Lisbon")
    zone.set(8, "Tokyo")
    zone.set(12, None)
    return zone


def test_a_value_holds_from_its_entry_on_until_the_next_one() -> None:
    """entry  1 2 3 . . . . 8 . . . 12 ..
    zone   - - Lisbon    Tokyo   removed
    """
    zone = a_zone()

    assert [zone.at(sequence) for sequence in (0, 2, 3, 7, 8, 11, 12, 99)] == [
        None, None, "Lisbon", "Lisbon", "Tokyo", "Tokyo", None, None,
    ]  # fmt: skip
    assert zone.newest is None
    assert Dated[str]().at(5) is Dated[str]().newest is None


def test_what_is_set_later_changes_no_answer_about_before() -> None:
    zone = a_zone()
    before = [zone.at(sequence) for sequence in range(13)]

    zone.set(13, "Oslo")

    assert [zone.at(sequence) for sequence in range(13)] == before
    assert (zone.at(13), zone.newest) == ("Oslo", "Oslo")


def test_of_several_facts_of_one_entry_the_last_one_holds() -> None:
    zone: Dated[str] = Dated()
    zone.set(3, "Lisbon")
    zone.set(3, "Porto")

    assert (zone.at(2), zone.at(3)) == (None, "Porto")


def test_what_it_is_already_takes_no_room() -> None:
    """A program that sets the same each night is remembered once."""
    zone: Dated[str] = Dated()
    zone.set(3, "Lisbon")
    once = Dated[str]()
    once.set(3, "Lisbon")
    for sequence in range(4, 1000):
        zone.set(sequence, "Lisbon")

    assert zone == once


def test_an_entry_that_was_folded_is_not_changed_by_one_before_it() -> None:
    zone = a_zone()

    with pytest.raises(AssertionError, match="in their order"):
        zone.set(11, "Oslo")


def test_who_sees_an_entrys_sequence_finds_all_that_it_has_changed() -> None:
    """Processors look things up in a thread of their own, while entries are folded in another."""
    seen: list[tuple[int, str | None]] = []

    class Looking(LabelledCatalog):
        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "sequence" and value:
                seen.append((int(str(value)), self.labels["noted"].at(int(str(value)))))

    catalog = Looking()
    for sequence, label in enumerate(("red", "blue"), 1):
        fold(catalog, an_entry(sequence, LabelSet("noted", label)))

    assert seen == [(1, "red"), (2, "blue")]


def test_who_finds_a_date_in_another_thread_finds_its_value_as_well() -> None:
    """Whatever moment of `set` another thread looks in."""
    seen: list[str | None] = []

    class LookedAt(list[int]):
        def append(self, sequence: int) -> None:
            super().append(sequence)
            seen.append(zone.at(sequence))

    zone: Dated[str] = Dated(LookedAt())
    zone.set(3, "Lisbon")
    zone.set(8, "Tokyo")

    assert seen == ["Lisbon", "Tokyo"]
