"""What writes of samples give: a row of `samples` and one of `points` each, and deleting ones for what is gone."""

from typing import Any

import pytest

from streams.drivers.partition_fold import PartitionFold
from streams.processors import samples
from streams.processors.samples import SamplesProcessor
from testkit.looked_up import LookedUp
from testkit.samples import AT_MS, METRIC, NAME, a_write, an_event, numbers_of_points, numbers_of_samples, samples_of
from testkit.sealed import FakeEdge
from tilde.domain.catalog.stats import PointsDeleted, PostedPoint
from tilde.domain.log.position import Position
from tilde.domain.samples.sample import Sample, sample_id
from tilde.domain.samples.writes import Before, SampleWrite
from tilde.eventlog import Record
from tilde.schemas.codec import decode
from tilde.schemas.topics import SAMPLE_WRITES, TOPICS

PARTITION = 3


class Fold(PartitionFold):
    """A partition under a processor of its own."""

    def __init__(self) -> None:
        self.known = LookedUp()
        super().__init__(SamplesProcessor(self.known), PARTITION, Position())
        self._edge = FakeEdge()
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def write(self, *writes: SampleWrite, name: str | None = NAME, as_of: int = 0) -> dict[str, list[dict[str, Any]]]:
        """Takes them as one batch, of an edge that has read entry `as_of`; returns what that gives, by topic."""
        events = [an_event(write, name) for write in writes]
        (sealed,) = self._edge.seal(PARTITION, events, SAMPLE_WRITES, as_of).values
        self.take(Record(self.position.next_offset, sealed))
        drained = self.drain().items()
        given = {topic: [decode(row, TOPICS[topic].subject) for row in rows] for topic, rows in drained}
        for topic, rows in given.items():
            self.rows.setdefault(topic, []).extend(rows)
        return given


@pytest.fixture
def fold() -> Fold:
    return Fold()


def ms(row: dict[str, Any], *names: str) -> list[int]:
    return [round(row[name].timestamp() * 1000) for name in names]


def test_a_write_gives_a_sample_and_its_point_and_the_stat_at_its_first_sight(fold: Fold) -> None:
    """All three say the partition so that no other topic's is meant: those of sample_writes stand behind those of stats."""
    given = fold.write(a_write(5, number=2.5, t_ms=7_000, meta="m"))
    (point,), (sample,), (metric,) = given["points"], given["samples"], given["metrics"]

    assert (point["product"], point["metric"], point["event_id"], point["nth"]) == (1, METRIC, 5, 0)
    assert (point["number"], point["version"], point["is_deleted"], point["raw_partition"]) == (
        2.5,
        0,
        0,
        16 + PARTITION,
    )
    assert ms(point, "ts", "received_at") == [7_000, AT_MS]
    assert (sample["product"], sample["metric"], sample["id"], sample["version"]) == (1, METRIC, 5, 0)
    assert (sample["ref"], sample["number"], sample["meta"], sample["is_deleted"]) == ("", 2.5, "m", 0)
    assert ms(sample, "ts", "created_at", "updated_at") == [7_000, AT_MS, AT_MS]
    assert (metric["name"], metric["kind"], metric["raw_partition"]) == (NAME, "counter", 16 + PARTITION)
    assert metric["event_id"] == 5


def test_a_stat_is_announced_once_and_never_by_who_knows_that_it_is_there(fold: Fold) -> None:
    """A later sight says nothing new, and where the name is null there is nothing to say."""
    assert "metrics" not in fold.write(a_write(5), name=None)
    assert len(fold.write(a_write(6), a_write(7))["metrics"]) == 1
    assert "metrics" not in fold.write(a_write(8))


def test_an_earlier_event_of_another_edge_announces_the_stat_again(fold: Fold) -> None:
    """Of all sights the earliest stands."""
    fold.write(a_write(6))

    assert [row["event_id"] for row in fold.write(a_write(5), a_write(7))["metrics"]] == [5]


def test_a_changed_number_is_the_same_point_with_a_higher_version(fold: Fold) -> None:
    """Its time of receipt stays: no version of a row may have another."""
    fold.write(a_write(5, "a", number=2.0))
    given = fold.write(a_write(6, "a", number=3.0, received_at=AT_MS + 1))
    (point,), (sample,) = given["points"], given["samples"]

    assert (point["event_id"], point["number"], point["version"]) == (5, 3.0, 512)
    assert ms(point, "ts", "received_at") == [AT_MS, AT_MS]
    assert ms(sample, "created_at", "updated_at") == [AT_MS, AT_MS + 1]


def test_one_that_moves_is_deleted_under_its_old_time_in_both_tables(fold: Fold) -> None:
    """With the times of the rows that are deleted, since reads skip by them before they look at versions."""
    fold.write(a_write(5, "a", t_ms=7_000))
    given = fold.write(a_write(6, "a", t_ms=8_000, received_at=AT_MS + 1))

    gone, there = given["points"]
    assert [(row["event_id"], row["is_deleted"], row["version"]) for row in (gone, there)] == [(5, 1, 512), (6, 0, 512)]
    assert (ms(gone, "ts", "received_at"), ms(there, "ts", "received_at")) == ([7_000, AT_MS], [8_000, AT_MS + 1])
    assert [(row["id"], *ms(row, "ts"), row["is_deleted"]) for row in given["samples"]] == [
        (sample_id(METRIC, "a"), 7_000, 1),
        (sample_id(METRIC, "a"), 8_000, 0),
    ]


def test_a_number_behind_a_point_that_was_taken_back_is_a_point_of_its_own(fold: Fold) -> None:
    """The old one is deleted, for it may not have been meant; the sample stays where it is. A batch of an edge that had
    not heard of it, and another stat, write the old point, whatever this process has read since.
    """
    fold.write(a_write(5, "a"), a_write(6, "a", metric=77))
    fold.known.take(PointsDeleted(1, METRIC, (PostedPoint(5, 0, AT_MS, AT_MS),)))
    assert [row["event_id"] for row in fold.write(a_write(7, "a", number=2.0))["points"]] == [5]
    given = fold.write(a_write(8, "a", number=3.0), a_write(9, "a", metric=77, number=4.0), as_of=1)

    rows = [(row["event_id"], row["is_deleted"], row["number"]) for row in given["points"]]
    assert rows == [(5, 1, 2.0), (8, 0, 3.0), (6, 0, 4.0)]
    assert [(row["id"], row["is_deleted"]) for row in given["samples"]] == [
        (sample_id(METRIC, "a"), 0),
        (sample_id(77, "a"), 0),
    ]
    assert given["points"][1]["version"] == given["samples"][0]["version"]


def test_a_deleted_one_is_gone_from_both_and_a_write_that_does_nothing_gives_nothing(fold: Fold) -> None:
    """The second deletion, and the change of what was deleted."""
    fold.write(a_write(5, number=2.0))
    as_read = Before(None, 2.0, AT_MS, None, AT_MS)
    given = fold.write(a_write(6, id=5, makes=False, deletes=True, before=as_read))
    assert [row["is_deleted"] for row in (*given["points"], *given["samples"])] == [1, 1]
    assert fold.write(a_write(7, id=5, makes=False, number=9.0, before=as_read)) == {}

    assert samples_of(fold.rows["samples"]) == {}
    assert not numbers_of_points(fold.rows["points"])


def test_several_writes_of_one_sample_in_one_batch_all_count(fold: Fold) -> None:
    """Each sees what the one before has left."""
    fold.write(a_write(5, "a"), a_write(6, "a", meta="m"), a_write(7, "a", number=4.0, t_ms=9_000))
    (sample,) = samples_of(fold.rows["samples"]).values()

    assert sample == Sample(1, METRIC, sample_id(METRIC, "a"), "a", 4.0, 9_000, "m", AT_MS, AT_MS)
    assert numbers_of_points(fold.rows["points"]) == numbers_of_samples([sample])


def test_a_name_that_can_be_no_stats_is_a_dead_letter_and_the_rest_of_the_batch_counts(fold: Fold) -> None:
    """An edge refuses such names; the topic may have been written by somebody else."""
    (sealed,) = (
        FakeEdge()
        .seal(PARTITION, [an_event(a_write(5, metric=77), "bad\nname"), an_event(a_write(6))], SAMPLE_WRITES)
        .values
    )
    fold.take(Record(0, sealed))
    drained = fold.drain()
    (letter,) = [decode(row, "dead_letter") for row in drained["dead_letters"]]

    assert (letter["source_topic"], letter["source_partition"], letter["event_index"]) == (
        "sample_writes",
        PARTITION,
        0,
    )
    assert (letter["processor"], letter["reason"]) == ("samples", "bad_stat_name")
    assert [decode(row, "sample")["id"] for row in drained["samples"]] == [6]


def test_only_so_many_stats_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is forgotten is announced again, and no more."""
    monkeypatch.setattr(samples, "STATS_REMEMBERED_MAX", 2)
    fold = Fold()
    fold.write(a_write(5, metric=1), a_write(6, metric=2))
    fold.write(a_write(7, metric=3))

    assert [row["metric"] for row in fold.write(a_write(8, metric=3), a_write(9, metric=1))["metrics"]] == [1]


@pytest.mark.parametrize("says", [{}, {"number": 2.5, "t_ms": 7_000, "meta": "m"}, {"number": -0.0, "meta": ""}])
def test_a_plain_write_gives_the_rows_that_the_rules_give(
    says: dict[str, Any], fold: Fold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short way, which most writes take, and the long one."""
    short = fold.write(a_write(5, **says))
    monkeypatch.setattr(samples, "is_plain", lambda _: False)
    long = Fold().write(a_write(5, **says))

    assert short == long
    assert len(short["samples"]) == len(short["points"]) == 1
