"""What a write of a sample does: it makes, changes, moves or deletes one, in the order of the log."""

from typing import Any

import pytest

from testkit.samples import AT_MS, METRIC, SampleOracle, a_write
from tilde.domain.samples.sample import sample_id
from tilde.domain.samples.writes import Before, Change, Held, applied


class SampleMemory(dict[str, Any]):
    def put(self, key: str, value: Any) -> None:
        self[key] = value


@pytest.fixture
def memory() -> SampleMemory:
    return SampleMemory()


def after(change: Change | None) -> Held:
    assert change is not None
    assert change.after is not None
    return change.after


def read(number: float = 1.0, t_ms: int = AT_MS, **changes: Any) -> Before:
    return Before(**({"ref": None, "number": number, "t_ms": t_ms, "meta": None, "created_ms": AT_MS} | changes))


def test_the_id_of_a_ref_is_known_to_everybody_and_stays() -> None:
    """It stands in logs: above 52 bits, below JavaScript's 2^53."""
    assert sample_id(4455691251793213, "order 7") == 7317199171922948
    assert sample_id(4455691251793213, "order 8") != 7317199171922948
    assert all(2**52 <= sample_id(METRIC, str(n)) < 2**53 for n in range(1_000))


def test_a_sample_without_a_ref_is_what_its_write_says_and_is_not_remembered(memory: SampleMemory) -> None:
    """A million of them cost a processor nothing."""
    change = applied(a_write(5, number=2.5, t_ms=7, meta="m"), memory)

    assert change == Change(5, None, Held(None, 2.5, 7, "m", AT_MS, 5, AT_MS))
    assert memory == {}


def test_what_a_write_leaves_out_is_as_by_default_where_it_makes_a_sample(memory: SampleMemory) -> None:
    """1, the time of receipt, and nothing said of it."""
    assert after(applied(a_write(5), memory)) == Held(None, 1.0, AT_MS, None, AT_MS, 5, AT_MS)


def test_a_ref_that_comes_again_changes_its_sample_and_what_it_leaves_out_stays(memory: SampleMemory) -> None:
    """Number alone; then meta alone, which an empty text takes away again."""
    applied(a_write(5, "a", number=2.0, t_ms=7, meta="m"), memory)
    change = applied(a_write(6, "a", number=3.0, received_at=AT_MS + 1), memory)

    assert change is not None
    assert change.id == sample_id(METRIC, "a")
    assert not change.moves
    assert change.after == Held("a", 3.0, 7, "m", AT_MS, 5, AT_MS)
    assert after(applied(a_write(7, "a", meta=""), memory)) == Held("a", 3.0, 7, None, AT_MS, 5, AT_MS)


def test_one_that_moves_in_time_gets_another_point(memory: SampleMemory) -> None:
    """That of the write that moved it: no point ever changes its time."""
    applied(a_write(5, "a", t_ms=7), memory)
    change = applied(a_write(6, "a", t_ms=8, received_at=AT_MS + 1), memory)

    assert change is not None
    assert change.moves
    assert (change.before and change.before.point, after(change).point, after(change).received_ms) == (5, 6, AT_MS + 1)
    assert after(change).created_ms == AT_MS


def test_a_number_that_is_written_after_points_were_taken_back_gets_another_point_once(memory: SampleMemory) -> None:
    """Whether or not its point was among them. What says no number, or had not heard of it, brings nothing back."""
    applied(a_write(5, "a", number=2.0), memory)
    assert after(applied(a_write(6, "a", number=3.0), memory, taken_back=0)).point == 5
    assert after(applied(a_write(7, "a", meta="m"), memory, taken_back=9)).point == 5
    change = applied(a_write(8, "a", number=4.0, received_at=AT_MS + 1), memory, taken_back=9)

    assert change is not None
    assert (change.moves, change.leaves_its_point) == (False, True)
    assert change.after == Held("a", 4.0, AT_MS, "m", AT_MS, 8, AT_MS + 1, 9)
    assert after(applied(a_write(10, "a", number=5.0), memory, taken_back=9)).point == 8
    assert after(applied(a_write(11, "a", number=6.0), memory, taken_back=4)).point == 8
    assert after(applied(a_write(12, "a", number=7.0), memory, taken_back=12)).point == 12


def test_a_sample_that_is_made_or_moves_after_points_were_taken_back_keeps_its_point(memory: SampleMemory) -> None:
    """None that is taken back later is meant by what was taken back before."""
    applied(a_write(5, "a", t_ms=7), memory, taken_back=9)
    assert after(applied(a_write(6, "a", number=3.0), memory, taken_back=9)).point == 5
    applied(a_write(7, "b", t_ms=7), memory)
    applied(a_write(8, "b", t_ms=8), memory, taken_back=9)
    assert after(applied(a_write(9, "b", number=3.0), memory, taken_back=9)).point == 8
    change = applied(a_write(11, id=10, makes=False, number=3.0, before=read(2.0)), memory, taken_back=9)
    assert change is not None
    assert (change.leaves_its_point, after(change).point) == (True, 11)


def test_what_is_remembered_is_as_before_where_nothing_was_taken_back(memory: SampleMemory) -> None:
    """A state of an older release is read, and a replay of its log leaves the same."""
    applied(a_write(5, "a", number=2.0), memory)
    assert list(memory.values()) == [["a", 2.0, AT_MS, None, AT_MS, 5, AT_MS]]
    applied(a_write(6, "a", number=3.0), memory, taken_back=9)
    assert list(memory.values()) == [["a", 3.0, AT_MS, None, AT_MS, 6, AT_MS, 9]]


def test_one_that_was_never_changed_is_changed_as_it_was_read(memory: SampleMemory) -> None:
    """And then remembered, so that who read it before that changes what there is now, not what he read."""
    change = applied(a_write(6, id=5, makes=False, number=3.0, before=read(2.0, 7, meta="m")), memory)
    assert change is not None
    assert (change.before, after(change).number) == (Held(None, 2.0, 7, "m", AT_MS, 5, AT_MS), 3.0)

    late = applied(a_write(7, id=5, makes=False, t_ms=9, before=read(2.0, 7, meta="m")), memory)

    assert after(late) == Held(None, 3.0, 9, "m", AT_MS, 7, AT_MS)


def test_a_change_of_what_is_deleted_or_unknown_does_nothing(memory: SampleMemory) -> None:
    """Also where its writer had read the sample before it was deleted: nobody brings it back by that."""
    gone = applied(a_write(6, id=5, makes=False, deletes=True, before=read()), memory)
    assert gone is not None
    assert (gone.after, gone.moves) == (None, True)

    assert applied(a_write(7, id=5, makes=False, number=3.0, before=read()), memory) is None
    assert applied(a_write(8, id=5, makes=False, deletes=True, before=read()), memory) is None
    assert applied(a_write(9, id=4, makes=False, number=3.0), memory) is None


def test_the_ref_of_a_deleted_sample_makes_it_anew(memory: SampleMemory) -> None:
    """Under the same id, with a point of its own, and nothing of what it was."""
    id_ = sample_id(METRIC, "a")
    applied(a_write(5, "a", number=2.0, meta="m"), memory)
    applied(a_write(6, id=id_, makes=False, deletes=True), memory)

    assert applied(a_write(7, "a", t_ms=3), memory) == Change(id_, None, Held("a", 1.0, 3, None, AT_MS, 7, AT_MS))


def test_a_sample_that_gets_another_ref_keeps_its_id(memory: SampleMemory) -> None:
    """It is found by the new one; the old one makes a new sample, under the id of its event since its own is taken."""
    id_ = sample_id(METRIC, "a")
    applied(a_write(5, "a"), memory)
    applied(a_write(6, "b", id=id_, makes=False), memory)

    changed, made = applied(a_write(7, "b", number=4.0), memory), applied(a_write(8, "a"), memory)

    assert (changed and changed.id, after(changed).ref, after(changed).number) == (id_, "b", 4.0)
    assert (made and made.id, made and made.before, after(made).ref) == (8, None, "a")
    again = applied(a_write(9, "a", number=5.0), memory)
    assert (again and again.id, after(again).number) == (8, 5.0)


def test_a_ref_that_another_sample_has_is_not_taken(memory: SampleMemory) -> None:
    """Refs are unique in a stat; all else of the write holds."""
    applied(a_write(5, "a"), memory)
    applied(a_write(6, "b"), memory)
    change = applied(a_write(7, "a", id=sample_id(METRIC, "b"), makes=False, number=9.0), memory)

    assert (after(change).ref, after(change).number) == ("b", 9.0)


def test_a_ref_is_of_its_stat_alone(memory: SampleMemory) -> None:
    """The same one in another stat is another sample."""
    first, second = applied(a_write(5, "a"), memory), applied(a_write(6, "a", metric=77, id=sample_id(77, "a")), memory)

    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert second.before is None


def test_the_oracle_of_other_tests_finds_out_a_write_that_was_left_out() -> None:
    """The control: one that is not taken, or taken twice as two, gives other samples."""
    writes = [a_write(5, "a"), a_write(6, "a", number=2.0), a_write(7)]
    whole, less = SampleOracle(), SampleOracle()
    for write in writes:
        whole.take(write)
    for write in writes[:-1]:
        less.take(write)

    assert sorted(whole.samples) == sorted([sample_id(METRIC, "a"), 7])
    assert whole.samples != less.samples
