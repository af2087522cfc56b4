"""Catalog entries to rows: a stat that its owner created is known before its first post, one that he renamed by its new
name, and a point that he took back is gone.
"""

from streams.contract import Message, Outputs, PlainProcessor
from streams.processors.rows import deleting_point
from streams.processors.sightings import BY_ITS_OWNER, renaming, sighting
from streams.state import State
from tilde.domain.catalog.stat_settings import StatRenamed
from tilde.domain.catalog.stats import PointsDeleted, StatCreated
from tilde.domain.log.identity import first_id_at
from tilde.domain.log.versions import TAKEN_BACK
from tilde.schemas.records import entry_of
from tilde.schemas.topics import CATALOG, DEAD_LETTERS, METRICS, POINTS

NO_PARTITION = -1


class CreationsProcessor(PlainProcessor):
    """Writes a `metrics` row for each stat created or renamed by command, a deleting `points` row for each point taken
    back.
    """

    name = "creations"
    source = CATALOG
    outputs = (POINTS, METRICS, DEAD_LETTERS)

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        entry = entry_of(message.content)
        event_id = first_id_at(entry.at_ms)
        for fact in entry.facts:
            if isinstance(fact, StatCreated):
                row = sighting(fact.product, fact.metric, fact.kind, fact.name, BY_ITS_OWNER, event_id, entry.at_ms)
                outputs[METRICS.name].append(row)
            elif isinstance(fact, StatRenamed):
                row = renaming(fact.product, fact.metric, fact.kind, fact.name, entry.sequence, entry.at_ms)
                outputs[METRICS.name].append(row)
            elif isinstance(fact, PointsDeleted):
                outputs[POINTS.name] += _deleting_rows(fact)


def _deleting_rows(fact: PointsDeleted) -> list[bytes]:
    """With the times of the rows they delete: reads look at those before they look at versions (decision 0010)."""
    return [
        deleting_point(
            fact.product,
            fact.metric,
            (point.event_id, point.nth),
            TAKEN_BACK,
            (point.ts, point.received_at),
            0.0,
            NO_PARTITION,
        )
        for point in fact.points
    ]
