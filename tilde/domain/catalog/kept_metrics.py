"""Kept metrics: numbers of what people of a product do. What is said of stats, which are metrics too, is in
`definitions.py`.
"""

import re
from dataclasses import dataclass, replace
from typing import Annotated

from tilde.domain.catalog.definition_records import KeptMetric, MetricCounts, MetricDefinition, UnitType
from tilde.domain.catalog.definitions import require_shown
from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.said import with_said
from tilde.domain.catalog.state import Catalog
from tilde.domain.people.metric import fault_of
from tilde.domain.texts import is_title

METRICS_MAX = 500  # of a product: a page of all its metrics merges them with its stats
FILTER_MAX = 4_000  # bytes, sealed
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class KeepMetric(Action):
    product: int
    uuid: Annotated[str, "Random, made at the edge."]
    counts: MetricCounts
    shown: MetricDefinition

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
        is_free = _UUID.fullmatch(self.uuid) is not None and self.uuid not in catalog.kept_metrics
        require(is_free, Refusal.BAD_METRIC_UUID)
        _require_fit(self.counts, self.shown)
        require(len(catalog.kept_metrics_of.get(self.product, ())) < METRICS_MAX, Refusal.TOO_MANY_METRICS)
        return Decision((MetricKept(self.product, self.uuid, self.counts, self.shown),), {"product": self.product})


@dataclass(frozen=True, slots=True)
class ChangeKeptMetric(Action):
    """Changes a metric that is kept; what is null stays, and `counts` replaces all of what it counts."""

    uuid: str
    counts: MetricCounts | None = None
    title: str | None = None
    description: str | None = None
    is_visible: bool | None = None
    unit_type: UnitType | None = None
    color: str | None = None
    sort_index: int | None = None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.uuid in catalog.kept_metrics, Refusal.UNKNOWN_METRIC)
        before = catalog.kept_metrics[self.uuid]
        counts = before.counts if self.counts is None else self.counts
        shown = with_said(before.shown, self)
        _require_fit(counts, shown)
        return Decision((KeptMetricChanged(self.uuid, counts, shown),), {"product": before.product})


def _require_fit(counts: MetricCounts, shown: MetricDefinition) -> None:
    require(is_title(shown.title), Refusal.BAD_METRIC_TITLE)
    require_shown(shown)
    require(fault_of(counts.kind, counts.event, counts.then, counts.property) is None, Refusal.BAD_METRIC)
    require(len(counts.filter or b"") <= FILTER_MAX, Refusal.METRIC_TOO_LONG)


@dataclass(frozen=True, slots=True)
class DeleteKeptMetric(Action):
    uuid: str

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.uuid in catalog.kept_metrics, Refusal.UNKNOWN_METRIC)
        return Decision((KeptMetricDeleted(self.uuid),), {"product": catalog.kept_metrics[self.uuid].product})


@dataclass(frozen=True, slots=True)
class MetricKept(Fact):
    product: int
    uuid: str
    counts: MetricCounts
    shown: MetricDefinition

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        catalog.kept_metrics[self.uuid] = KeptMetric(
            self.uuid, self.product, self.counts, self.shown, entry.sequence, entry.at_ms, entry.at_ms
        )
        catalog.kept_metrics_of.setdefault(self.product, {})[self.uuid] = None


@dataclass(frozen=True, slots=True)
class KeptMetricChanged(Fact):
    uuid: str
    counts: MetricCounts
    shown: MetricDefinition

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        before = catalog.kept_metrics[self.uuid]
        after = replace(before, counts=self.counts, shown=self.shown, changed_ms=entry.at_ms)
        catalog.kept_metrics[self.uuid] = after


@dataclass(frozen=True, slots=True)
class KeptMetricDeleted(Fact):
    uuid: str

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        gone = catalog.kept_metrics.pop(self.uuid)
        del catalog.kept_metrics_of[gone.product][self.uuid]


ACTIONS = (KeepMetric, ChangeKeptMetric, DeleteKeptMetric)
FACTS = (MetricKept, KeptMetricChanged, KeptMetricDeleted)
