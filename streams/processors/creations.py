"""Catalog entries to metrics: a stat that its owner created is known before its first post."""

from streams.processors.contract import Outputs, Source
from streams.processors.stats import EARLIEST_FIRST
from tilde.domain.facts import StatCreated
from tilde.domain.identity import first_id_at
from tilde.schemas.codec import encoder
from tilde.schemas.records import entry_of
from tilde.schemas.topics import CATALOG, DEAD_LETTERS, METRICS

BY_ITS_OWNER = -1  # the raw partition of a metric that no post made


class CreationsProcessor:
    """Writes a `metrics` row for each stat created by command."""

    name = "creations"
    source = CATALOG
    outputs = (METRICS, DEAD_LETTERS)

    def __init__(self) -> None:
        self._encode = encoder("metric")

    def forget(self) -> None:
        return

    def fold(self, source: Source, outputs: Outputs) -> None:
        entry = entry_of(source.message)
        event_id = first_id_at(entry.at_ms)
        for fact in entry.facts:
            if isinstance(fact, StatCreated):
                row = {
                    "product": fact.product,
                    "metric": fact.metric,
                    "raw_partition": BY_ITS_OWNER,
                    "version": EARLIEST_FIRST - event_id,
                    "is_deleted": 0,
                    "kind": fact.kind,
                    "name": fact.name,
                    "event_id": event_id,
                    "first_seen_at": entry.at_ms,
                }
                outputs[METRICS.name].append(self._encode(row))
