"""What owners say of events, properties and metrics. One may be said of an event before it first happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from tilde.domain.catalog.definition_records import (
    DefinitionsOfProduct,
    EventDefinition,
    MetricDefinition,
    PropertyDefinition,
    PropertyType,
    UnitType,
)
from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.said import with_said
from tilde.domain.catalog.state import Catalog
from tilde.domain.people.names import NAME_MAX
from tilde.domain.texts import is_blank, is_line

TITLE_MAX = 255
DESCRIPTION_MAX = 1_000
COLOR_MAX = 32
SORT_INDEX_MAX = 1_000_000
DEFINITIONS_MAX = 5_000  # of a product, of each kind: 7 MB of them, in every process
METRIC_BITS = 52


def _require_room(product: int, catalog: Catalog, known: Mapping[Any, object], key: object) -> None:
    require(product in catalog.products, Refusal.UNKNOWN_PRODUCT)
    require(key in known or len(known) < DEFINITIONS_MAX, Refusal.TOO_MANY_DEFINITIONS)


def _require_name(name: str) -> None:
    """That something may have happened under it. Whoever asks writes it as those are written."""
    require(len(name) <= NAME_MAX and is_line(name) and not is_blank(name), Refusal.BAD_ACTIVITY_NAME)


def _require_texts(title: str, description: str) -> None:
    is_title = len(title) <= TITLE_MAX and title.isprintable() and title.strip() == title
    require(is_title, Refusal.BAD_DISPLAY_NAME)
    is_text = len(description) <= DESCRIPTION_MAX and all(map(is_line, description.splitlines()))
    require(is_text, Refusal.BAD_DESCRIPTION)


def require_shown(metric: MetricDefinition) -> None:
    """Refuses unless a metric, a stat or one that is kept, can be shown so."""
    _require_texts(metric.title, metric.description)
    require(len(metric.color) <= COLOR_MAX and metric.color.isprintable(), Refusal.BAD_COLOR)
    require(abs(metric.sort_index) <= SORT_INDEX_MAX, Refusal.BAD_SORT_INDEX)


@dataclass(frozen=True, slots=True)
class DefineEvent(Action):
    """Says something of an event. What is null stays as it is; an empty text is none from now on."""

    product: int
    event: str
    display_name: str | None = None
    description: str | None = None
    is_visible: bool | None = None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        known = catalog.definitions_of(self.product).events
        _require_room(self.product, catalog, known, self.event)
        _require_name(self.event)
        definition = with_said(known.get(self.event, EventDefinition()), self)
        _require_texts(definition.display_name, definition.description)
        return Decision((EventDefined(self.product, self.event, definition),), {"product": self.product})


@dataclass(frozen=True, slots=True)
class DeleteEventDefinition(Action):
    product: int
    event: str

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.event in catalog.definitions_of(self.product).events, Refusal.NO_DEFINITION)
        return Decision((EventDefinitionDeleted(self.product, self.event),), {"product": self.product})


@dataclass(frozen=True, slots=True)
class DefineProperty(Action):
    """Says something of a property; what is null stays as it is."""

    product: int
    property: str
    display_name: str | None = None
    description: str | None = None
    is_visible: bool | None = None
    type: PropertyType | None = None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        known = catalog.definitions_of(self.product).properties
        _require_room(self.product, catalog, known, self.property)
        _require_name(self.property)
        definition = with_said(known.get(self.property, PropertyDefinition()), self)
        _require_texts(definition.display_name, definition.description)
        return Decision((PropertyDefined(self.product, self.property, definition),), {"product": self.product})


@dataclass(frozen=True, slots=True)
class DeletePropertyDefinition(Action):
    product: int
    property: str

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.property in catalog.definitions_of(self.product).properties, Refusal.NO_DEFINITION)
        return Decision((PropertyDefinitionDeleted(self.product, self.property),), {"product": self.product})


@dataclass(frozen=True, slots=True)
class DefineMetric(Action):
    """Says something of a metric; what is null stays as it is. Its stat keeps its name."""

    product: int
    metric: int
    title: str | None = None
    description: str | None = None
    is_visible: bool | None = None
    unit_type: UnitType | None = None
    color: str | None = None
    sort_index: int | None = None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        known = catalog.definitions_of(self.product).metrics
        _require_room(self.product, catalog, known, self.metric)
        require(0 <= self.metric < 1 << METRIC_BITS, Refusal.UNKNOWN_STAT)
        definition = with_said(known.get(self.metric, MetricDefinition()), self)
        require_shown(definition)
        return Decision((MetricDefined(self.product, self.metric, definition),), {"metric": self.metric})


@dataclass(frozen=True, slots=True)
class DeleteMetricDefinition(Action):
    product: int
    metric: int

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.metric in catalog.definitions_of(self.product).metrics, Refusal.NO_DEFINITION)
        return Decision((MetricDefinitionDeleted(self.product, self.metric),), {"metric": self.metric})


@dataclass(frozen=True, slots=True)
class EventDefined(Fact):
    product: int
    event: Annotated[str, "Its name, as those of events are kept."]
    definition: Annotated[EventDefinition, "All that is said of it from now on."]

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        _of(catalog, self.product).events[self.event] = self.definition


@dataclass(frozen=True, slots=True)
class EventDefinitionDeleted(Fact):
    product: int
    event: str

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        del _of(catalog, self.product).events[self.event]


@dataclass(frozen=True, slots=True)
class PropertyDefined(Fact):
    product: int
    property: str
    definition: PropertyDefinition

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        _of(catalog, self.product).properties[self.property] = self.definition


@dataclass(frozen=True, slots=True)
class PropertyDefinitionDeleted(Fact):
    product: int
    property: str

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        del _of(catalog, self.product).properties[self.property]


@dataclass(frozen=True, slots=True)
class MetricDefined(Fact):
    product: int
    metric: int
    definition: MetricDefinition

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        _of(catalog, self.product).metrics[self.metric] = self.definition
        catalog.change_stat(self.product, self.metric, changed_ms=entry.at_ms)


@dataclass(frozen=True, slots=True)
class MetricDefinitionDeleted(Fact):
    product: int
    metric: int

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        del _of(catalog, self.product).metrics[self.metric]
        catalog.change_stat(self.product, self.metric, changed_ms=entry.at_ms)


def _of(catalog: Catalog, product: int) -> DefinitionsOfProduct:
    return catalog.definitions.setdefault(product, DefinitionsOfProduct())


ACTIONS = (
    DefineEvent,
    DeleteEventDefinition,
    DefineProperty,
    DeletePropertyDefinition,
    DefineMetric,
    DeleteMetricDefinition,
)
FACTS = (
    EventDefined,
    EventDefinitionDeleted,
    PropertyDefined,
    PropertyDefinitionDeleted,
    MetricDefined,
    MetricDefinitionDeleted,
)
