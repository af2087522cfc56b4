"""What entries of the catalog give: rows of stats created, and rows that take single points back."""

from streams.contract import Message, no_outputs
from streams.processors.creations import CreationsProcessor
from streams.state import State
from testkit.builders import an_entry, an_entry_message
from tilde.domain.catalog.stats import PointsDeleted, PostedPoint
from tilde.domain.log.versions import TAKEN_BACK
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
