"""Stats as reads give them back, each with as many fields as that read needs."""

from dataclasses import dataclass
from typing import Self

from tilde.domain.catalog.stat_records import Sight
from tilde.domain.stats.metrics import Kind, metric_uuid, short_id


@dataclass(frozen=True, slots=True)
class Stat:
    """A stat in sight. `first_name` is the one that it had before it was renamed, `received_ms` the receipt of its
    newest point in sight, 0 where it has none.
    """

    product: int
    metric: int
    kind: Kind
    name: str
    first_name: str
    created_ms: int
    received_ms: int
    sight: Sight

    @property
    def id(self) -> str:
        """Its id as users know it, a short text."""
        return short_id(self.metric)

    @property
    def uuid(self) -> str:
        """Its UUID, whatever its name is now."""
        return str(metric_uuid(self.product, self.kind, self.metric, self.first_name))


@dataclass(frozen=True, slots=True)
class Named:
    """The kind and the name that an id stands for; `first_name` is the one that it had before it was renamed."""

    kind: Kind
    name: str
    first_name: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export says of a stat beside its points, and which of its points are in sight."""

    product: int
    metric: int
    kind: Kind
    name: str
    sight: Sight

    @classmethod
    def of(cls, stat: Stat) -> Self:
        """Of a stat that was looked up."""
        return cls(stat.product, stat.metric, stat.kind, stat.name, stat.sight)

    @property
    def id(self) -> str:
        """Its id as users know it, a short text."""
        return short_id(self.metric)


@dataclass(frozen=True, slots=True)
class Trashed:
    """A stat in the trash. No name or kind where nobody ever said one."""

    metric: int
    kind: Kind | None
    name: str | None
    deleted_ms: int

    @property
    def id(self) -> str:
        """Its id as users know it, a short text."""
        return short_id(self.metric)


def age(stat: Stat) -> tuple[int, int]:
    """What lists are sorted by: the oldest first, then by id."""
    return stat.created_ms, stat.metric
