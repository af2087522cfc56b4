"""Catalog entries to metrics: a stat that its owner created is known before its first post."""

from streams.processors.contract import Delivery, Outputs
from streams.processors.sightings import BY_ITS_OWNER, sighting
from tilde.domain.facts import StatCreated
from tilde.domain.identity import first_id_at
from tilde.schemas.records import entry_of
from tilde.schemas.topics import CATALOG, DEAD_LETTERS, METRICS


class CreationsProcessor:
    """Writes a `metrics` row for each stat created by command."""

    name = "creations"
    source = CATALOG
    outputs = (METRICS, DEAD_LETTERS)

    def forget(self) -> None:
        return

    def fold(self, delivery: Delivery, outputs: Outputs) -> None:
        entry = entry_of(delivery.message)
        event_id = first_id_at(entry.at_ms)
        for fact in entry.facts:
            if isinstance(fact, StatCreated):
                row = sighting(fact.product, fact.metric, fact.kind, fact.name, BY_ITS_OWNER, event_id, entry.at_ms)
                outputs[METRICS.name].append(row)
