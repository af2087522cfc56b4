"""What owners say of events, properties and metrics: commands made from plain words, and what is shown of it."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from producers.admin.errors import NotThereError
from producers.admin.stats import FindStat
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
from tilde.domain.stats.metrics import metric_of_short_id, short_id
from tilde.domain.texts import trimmed

Said = Mapping[str, Any]
"""What is said of one, as its command calls it; None where nothing is. An empty text ends the one before."""


class Definitions:
    """The commands about them. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog, find: FindStat) -> None:
        self._desk = desk
        self._catalog = catalog
        self._find = find

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

    async def define_metric(self, product: int, stat: str, said: Said) -> dict[str, Any]:
        """Says something of the metric that a stat in sight is; what is not said stays. Raises NotThereError,
        QueryApiAwayError besides.
        """
        metric = self._metric(product, stat)
        if await self._find(product, metric) is None:
            raise self._no_stat(product, stat)
        await self._desk.ask(DefineMetric(product, metric, **said_trimmed(said)))
        return {"stat": short_id(metric), **asdict(self._catalog.definitions_of(product).metrics[metric])}

    async def delete_metric(self, product: int, stat: str) -> None:
        """Ends all that was said of a metric, whether or not its stat is in sight. Raises NotThereError besides."""
        await self._desk.ask(DeleteMetricDefinition(product, self._metric(product, stat)))

    def _metric(self, product: int, stat: str) -> int:
        """What the id of a stat stands for. Raises NotThereError: for the UUID of a kept metric it says which
        command is meant.
        """
        metric = metric_of_short_id(stat)
        if metric is not None:
            return metric
        if stat.strip().lower() in self._catalog.kept_metrics_of.get(product, ()):
            raise NotThereError(
                f"{stat!r} is a metric that the product keeps: `tilde metric set` says what it is called"
            )
        raise self._no_stat(product, stat)

    def _no_stat(self, product: int, stat: str) -> NotThereError:
        account = self._catalog.accounts[self._catalog.products[product].account].name
        where = f"--account {shlex.quote(account)} --product {product}"
        return NotThereError(
            f"no stat of product {product} has the id {stat[:60]!r}: `tilde stat list {where}` shows its ids"
        )

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
