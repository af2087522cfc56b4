"""What owners say of what is counted: how an event, a property or a metric is called and shown, and which questions
they keep.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from tilde.domain.people.metric import MetricKind


class PropertyType(StrEnum):
    """What a property's values are. The values here are durable."""

    NONE = "none"  # nobody said
    AUTOMATIC = "automatic"
    TEXT = "text"
    NUMBER = "number"


class UnitType(StrEnum):
    """What a metric counts in. The values are durable."""

    NUMERIC = "numeric"
    TIME = "time"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """What is said of an event. An empty text is one that nobody said."""

    display_name: str = ""
    description: str = ""
    is_visible: bool = True


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """What is said of a property; empty texts as of an event."""

    display_name: str = ""
    description: str = ""
    is_visible: bool = True
    type: PropertyType = PropertyType.NONE


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """What is said of a metric, empty texts as of an event; without a title it has its stat's name."""

    title: str = ""
    description: str = ""
    is_visible: bool = True
    unit_type: UnitType = UnitType.NUMERIC
    color: str = ""
    sort_index: int = 0


@dataclass(frozen=True, slots=True)
class SavedReport:
    """A question that is kept under a name. `created` is the entry that made it: later ones come behind."""

    uuid: str
    product: int
    name: str
    report_type: str
    body: Annotated[bytes, "JSON, sealed: a search may name a person."]
    created: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class MetricCounts:
    """What a metric that is kept counts. An empty text is none."""

    kind: MetricKind
    event: str = ""
    then: Annotated[str, "The event that follows."] = ""
    property: Annotated[str, "Whose numbers are summed."] = ""
    filter: Annotated[bytes | None, "JSON, sealed: a value that is asked for may name a person."] = None


@dataclass(frozen=True, slots=True)
class KeptMetric:
    """A metric of what people do. `created` is the entry that made it: later ones come behind."""

    uuid: str
    product: int
    counts: MetricCounts
    shown: MetricDefinition
    created: int
    created_ms: int
    changed_ms: int


@dataclass(slots=True)
class DefinitionsOfProduct:
    """Those of a product: events and properties by their names, metrics by their ids."""

    events: dict[str, EventDefinition] = field(default_factory=dict)
    properties: dict[str, PropertyDefinition] = field(default_factory=dict)
    metrics: dict[int, MetricDefinition] = field(default_factory=dict)
