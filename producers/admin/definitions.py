"""What owners say of events, properties and metrics: commands made from plain words, and what is shown of it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from producers.edge.command_desk import CommandDesk
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

Said = Mapping[str, Any]
"""What is said of one, as its command calls it; None where nothing is. An empty text ends the one before."""


class Definitions:
    """The commands about them. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog) -> None:
        self._desk = desk
        self._catalog = catalog

    async def define_event(self, product: int, name: str, said: Said) -> dict[str, Any]:
        """Says something of an event; what is not said stays."""
        name = name_of(name)
        await self._desk.ask(DefineEvent(product, name, **said_trimmed(said)))
        return {"name": name, **asdict(self._catalog.definitions_of(product).events[name])}

    async def delete_event(self, product: int, name: str) -> None:
        """Ends all that was said of an event."""
        await self._desk.ask(DeleteEventDefinition(product, name_of(name)))

    async def define_property(self, product: int, name: str, said: Said) -> dict[str, Any]:
        """Says something of a property; what is not said stays."""
        name = name_of(name)
        await self._desk.ask(DefineProperty(product, name, **said_trimmed(said)))
        return {"name": name, **asdict(self._catalog.definitions_of(product).properties[name])}

    async def delete_property(self, product: int, name: str) -> None:
        """Ends all that was said of a property."""
        await self._desk.ask(DeletePropertyDefinition(product, name_of(name)))

    async def define_metric(self, product: int, metric: int, said: Said) -> dict[str, Any]:
        """Says something of a metric; what is not said stays."""
        await self._desk.ask(DefineMetric(product, metric, **said_trimmed(said)))
        return {"stat": short_id(metric), **asdict(self._catalog.definitions_of(product).metrics[metric])}

    async def delete_metric(self, product: int, metric: int) -> None:
        """Ends all that was said of a metric."""
        await self._desk.ask(DeleteMetricDefinition(product, metric))

    def of(self, product: int) -> dict[str, list[dict[str, Any]]]:
        """All that is said of a product's events, properties and metrics, in the order in which it was first said."""
        said = self._catalog.definitions_of(product)
        return {
            "events": [{"name": name, **asdict(each)} for name, each in said.events.items()],
            "properties": [{"name": name, **asdict(each)} for name, each in said.properties.items()],
            "metrics": [{"stat": short_id(metric), **asdict(each)} for metric, each in said.metrics.items()],
        }


def said_trimmed(said: Said) -> dict[str, Any]:
    """A definition with its texts trimmed."""
    return {name: trimmed(value) if type(value) is str else value for name, value in said.items()}
