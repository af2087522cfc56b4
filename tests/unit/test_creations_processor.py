"""What entries of the catalog give: rows of stats created or renamed, and rows that take single points back."""

from streams.contract import Message, no_outputs
from streams.processors.creations import CreationsProcessor
from streams.state import State
from testkit.builders import an_entry, an_entry_message
from tilde.domain.catalog.stat_settings import StatRenamed
from tilde.domain.catalog.stats import PointsDeleted, PostedPoint
from tilde.domain.log.versions import TAKEN_BACK
from tilde.domain.stats.metrics import Kind
from tilde.schemas.codec import decode
from tilde.schemas.topics import CATALOG


def test_a_point_that_was_taken_back_gives_a_row_above_all_versions_with_its_times() -> None:
    """Reads look at the times of a row before they look at its version; so no version may have another time."""
    fact = PointsDeleted(1, 77, (PostedPoint(5, 0, 1_000, 2_000), PostedPoint(5, 1, 3_000, 4_000)))
    outputs = no_outputs()
    content = decode(an_entry_message(an_entry(1, fact)), CATALOG.subject)
    CreationsProcessor().fold(Message(0, 0, content, 1), outputs, State())
    rows = [decode(row, "point") for row in outputs["points"]]

    assert list(outputs) == ["points"]
    assert [(row["event_id"], row["nth"], int(row["received_at"].timestamp() * 1000)) for row in rows] == [
        (5, 0, 2_000),
        (5, 1, 4_000),
    ]
    assert [int(row["ts"].timestamp() * 1000) for row in rows] == [1_000, 3_000]
    assert {
        (row["product"], row["metric"], row["is_deleted"], row["version"], row["raw_partition"]) for row in rows
    } == {(1, 77, 1, TAKEN_BACK, -1)}


def test_a_stat_that_is_renamed_gives_a_row_that_is_no_sight_of_it() -> None:
    """Later than every sight, under the name that it has now; the newest entry stands. Its heir gives none."""
    outputs = no_outputs()
    for sequence, name in ((5, "b"), (9, "c")):
        entry = an_entry(sequence, StatRenamed(1, 77, Kind.COUNTER, "a", name, 99))
        content = decode(an_entry_message(entry), CATALOG.subject)
        CreationsProcessor().fold(Message(0, 0, content, sequence), outputs, State())
    rows = [decode(row, "metric") for row in outputs["metrics"]]

    told = [(row["metric"], row["name"], row["raw_partition"], row["version"], row["event_id"]) for row in rows]
    assert told == [(77, "b", -2, 5, (1 << 63) - 1), (77, "c", -2, 9, (1 << 63) - 1)]
