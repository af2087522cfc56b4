"""What owners say of events, properties and metrics: commands made from plain words, and what is shown of it."""

from dataclasses import asdict, dataclass
from typing import Any

from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.definition_records import PropertyType, UnitType
from tilde.domain.catalog.definitions import (
    DefineEvent,
    DefineMetric,
    DefineProperty,
    DeleteEventDefinition,
    DeleteMetricDefinition,
    DeletePropertyDefinition,
)
from tilde.domain.catalog.state import Catalog
from tilde.domain.people.names import name_of
from tilde.domain.stats.metrics import short_id
from tilde.domain.texts import trimmed


@dataclass(frozen=True, slots=True)
class SaidOfEvent:
    """What is said of one; None where nothing is. An empty text ends the one before."""

    display_name: str | None = None
    description: str | None = None
    is_visible: bool | None = None


@dataclass(frozen=True, slots=True)
class SaidOfProperty:
    """Likewise."""

    display_name: str | None = None
    description: str | None = None
    is_visible: bool | None = None
    type: PropertyType | None = None


@dataclass(frozen=True, slots=True)
class SaidOfMetric:
    """Likewise."""

    title: str | None = None
    description: str | None = None
    is_visible: bool | None = None
    unit_type: UnitType | None = None
    color: str | None = None
    sort_index: int | None = None


Said = SaidOfEvent | SaidOfProperty | SaidOfMetric


class Definitions:
    """The commands about them. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog) -> None:
        self._desk = desk
        self._catalog = catalog

    async def define_event(self, product: int, name: str, said: SaidOfEvent) -> dict[str, Any]:
        """Says something of an event; what is not said stays."""
        name = name_of(name)
        await self._desk.ask(DefineEvent(product, name, **said_trimmed(said)))
        return {"name": name, **asdict(self._catalog.definitions_of(product).events[name])}

    async def delete_event(self, product: int, name: str) -> None:
        """Ends all that was said of one."""
        await self._desk.ask(DeleteEventDefinition(product, name_of(name)))

    async def define_property(self, product: int, name: str, said: SaidOfProperty) -> dict[str, Any]:
        """The same of a property."""
        name = name_of(name)
        await self._desk.ask(DefineProperty(product, name, **said_trimmed(said)))
        return {"name": name, **asdict(self._catalog.definitions_of(product).properties[name])}

    async def delete_property(self, product: int, name: str) -> None:
        """The same of a property."""
        await self._desk.ask(DeletePropertyDefinition(product, name_of(name)))

    async def define_metric(self, product: int, metric: int, said: SaidOfMetric) -> dict[str, Any]:
        """The same of a metric."""
        await self._desk.ask(DefineMetric(product, metric, **said_trimmed(said)))
        return {"stat": short_id(metric), **asdict(self._catalog.definitions_of(product).metrics[metric])}

    async def delete_metric(self, product: int, metric: int) -> None:
        """The same of a metric."""
        await self._desk.ask(DeleteMetricDefinition(product, metric))

    def of(self, product: int) -> dict[str, list[dict[str, Any]]]:
        """All that is said of a product's, in the order in which it was first said."""
        said = self._catalog.definitions_of(product)
        return {
            "events": [{"name": name, **asdict(each)} for name, each in said.events.items()],
            "properties": [{"name": name, **asdict(each)} for name, each in said.properties.items()],
            "metrics": [{"stat": short_id(metric), **asdict(each)} for metric, each in said.metrics.items()],
        }


def said_trimmed(said: Said) -> dict[str, Any]:
    """What was said, by name, with its texts trimmed."""
    given = asdict(said)
    return {name: trimmed(value) if type(value) is str else value for name, value in given.items()}
