"""Kept metrics, of what people of a product do: commands made from plain words, and what is shown of them. A filter is
sealed before the command is written: the value that it asks for may name a person.
"""

import uuid
from dataclasses import asdict, dataclass
from typing import Any

from producers.admin.definitions import Said, said_trimmed
from producers.admin.errors import NotThereError, UnfitError
from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.definition_records import KeptMetric, MetricCounts, MetricDefinition, UnitType
from tilde.domain.catalog.kept_metrics import ChangeKeptMetric, DeleteKeptMetric, KeepMetric
from tilde.domain.catalog.state import Catalog
from tilde.domain.people.asked_values import require_numbers
from tilde.domain.people.metric import Metric, MetricKind, had_json, had_of, require_whole
from tilde.domain.people.names import name_of
from tilde.domain.people.question import Compared, Comparison, Had, QuestionError
from tilde.keys.keyring import Keyring

_UNITS = {
    MetricKind.CONVERSION: UnitType.PERCENT,
    MetricKind.REPEATED_CONVERSION: UnitType.PERCENT,
    MetricKind.TIME_BETWEEN: UnitType.TIME,
}


@dataclass(frozen=True, slots=True)
class SaidOfFilter:
    """Only what was done with a value of this property that compares so; with any, where nothing is compared."""

    property: str
    comparison: Comparison | None = None
    value: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class SaidOfCounts:
    """What a metric is to count; names as people write them."""

    kind: MetricKind
    event: str = ""
    then: str = ""
    property: str = ""
    filter: SaidOfFilter | None = None


class KeptMetrics:
    """The commands about them. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog, keyring: Keyring) -> None:
        self._desk = desk
        self._catalog = catalog
        self._keyring = keyring

    async def keep(self, product: int, counts: SaidOfCounts, said: Said) -> dict[str, Any]:
        """Makes one; its unit follows from its kind where nobody says it. Raises UnfitError."""
        metric, sealed = str(uuid.uuid4()), self._counts(counts)
        given = {name: value for name, value in said_trimmed(said).items() if value is not None}
        shown = MetricDefinition(**{"unit_type": _UNITS.get(counts.kind, UnitType.NUMERIC), **given})
        await self._desk.ask(KeepMetric(product, metric, sealed, shown))
        return self.show(self._catalog.kept_metrics[metric])

    async def change(self, metric: str, counts: SaidOfCounts | None, said: Said) -> dict[str, Any]:
        """Changes what is given of a metric. Raises UnfitError."""
        sealed = None if counts is None else self._counts(counts)
        await self._desk.ask(ChangeKeptMetric(metric, sealed, **said_trimmed(said)))
        return self.show(self._catalog.kept_metrics[metric])

    async def delete(self, metric: str) -> None:
        """Has a metric be kept no longer."""
        await self._desk.ask(DeleteKeptMetric(metric))

    def one(self, metric: str) -> KeptMetric:
        """The metric of a UUID, however that is written. Raises NotThereError."""
        found = self._catalog.kept_metrics.get(metric.strip().lower())
        if found is None:
            raise NotThereError(f"no metric has the id {metric[:60]!r}")
        return found

    def of(self, product: int) -> list[dict[str, Any]]:
        """The metrics that a product keeps, the oldest first."""
        return [self.show(self._catalog.kept_metrics[one]) for one in self._catalog.kept_metrics_of.get(product, ())]

    def show(self, metric: KeptMetric) -> dict[str, Any]:
        """A metric, with what it counts."""
        counts = metric.counts
        filter_ = None if counts.filter is None else _shown(had_of(self._keyring.open(counts.filter)))
        return {
            "id": metric.uuid,
            "number": metric.created,
            "product": metric.product,
            "counts": {**asdict(counts), "filter": filter_},
            **asdict(metric.shown),
            "created_at": metric.created_ms // 1000,
            "changed_at": metric.changed_ms // 1000,
        }

    def _counts(self, said: SaidOfCounts) -> MetricCounts:
        """With a sealed filter. Raises UnfitError."""
        had = None if said.filter is None else _had(said.filter)
        event, then, property_ = map(name_of, (said.event, said.then, said.property))
        metric = Metric(said.kind, event, then, property_, had)
        try:
            require_whole(metric)
            if had is not None:
                require_numbers(had)
        except QuestionError as fault:
            raise UnfitError(str(fault)) from None
        sealed = None if had is None else self._keyring.seal(had_json(had))
        return MetricCounts(metric.kind, metric.event, metric.then, metric.property, sealed)


def _had(said: SaidOfFilter) -> Had:
    name = name_of(said.property)
    if not name:
        raise UnfitError("a filter has the name of a property")
    if (said.comparison is None) != (said.value == ""):
        raise UnfitError("a filter has both a comparison and a value, or neither: then any value will do")
    if said.comparison is None:
        return Had(name)
    return Had(name, Compared(said.comparison, said.value, said.high))


def _shown(had: Had) -> dict[str, Any]:
    compared = had.values if isinstance(had.values, Compared) else None
    if compared is None:
        return {"property": had.property, "comparison": None, "value": "", "high": ""}
    return {
        "property": had.property,
        "comparison": compared.comparison.value,
        "value": compared.text,
        "high": compared.high,
    }
