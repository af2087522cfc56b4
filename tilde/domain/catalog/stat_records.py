"""What was decided about stats: of one its record, of a product all of them. Facts change it, as parts of the catalog's
state (`state.py`).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from tilde.domain.stats.metrics import Kind


class StatName(NamedTuple):
    """What posts name: a count and a value of one name are two stats."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Comment:
    at_ms: int
    text: str


class Made(NamedTuple):
    """A stat that was created by command: what the catalog knows of it without the tables. `name` is today's."""

    kind: Kind
    name: str
    created_ms: int


class Sight(NamedTuple):
    """Which points of a stat are in sight: those at or above the offset that `ends` has for their raw partition, or all
    where it is empty; and of these, those with an event id from `first_id` on (older releases deleted by that).
    """

    first_id: int = 0
    ends: tuple[int, ...] = ()


EVERYTHING = Sight()


@dataclass(frozen=True, slots=True)
class Deletion:
    """When it was decided, and what it left in sight."""

    at_ms: int
    sight: Sight


@dataclass(frozen=True, slots=True)
class StatSettings:
    """What its owner says of a stat. `shared` is the entry since which everybody may see it who has its public id (see
    `Keyring.public_id`); None where nobody may.
    """

    shared: int | None = None
    in_email: bool = False
    url: str = ""


NO_SETTINGS = StatSettings()


@dataclass(frozen=True, slots=True)
class StatRecord:
    """What was decided about one stat: when it was made by hand, its deletions (those of the last 48
    hours may be undone, the last one first), its comments, its settings. `name` is the one that it was first known by,
    where the catalog has to know it; `renamed` the one that it has now, where that is another one.
    """

    created_ms: int | None = None
    kind: Kind | None = None
    name: str | None = None
    deletions: tuple[Deletion, ...] = ()
    made_after: int = 0  # so many deletions: the order of the catalog counts, clocks may stand or go back
    comments: tuple[Comment, ...] = ()
    renamed: str | None = None
    renamed_after: int = 0  # so many deletions, as made_after
    settings: StatSettings = NO_SETTINGS
    changed_ms: int | None = None  # when name or settings were changed last
    is_link_used: bool = False  # the one in a letter, which deletes it once

    @property
    def known_as(self) -> str | None:
        """Its name, as far as the catalog knows."""
        return self.name if self.renamed is None else self.renamed

    @property
    def is_made(self) -> bool:
        """Whether it was created by command, and not deleted since."""
        return self.created_ms is not None and len(self.deletions) <= self.made_after

    @property
    def made(self) -> Made | None:
        """What it is, where `is_made`; None where only the tables can say whether there is such a stat."""
        if not self.is_made or self.kind is None or self.known_as is None or self.created_ms is None:
            return None
        return Made(self.kind, self.known_as, self.created_ms)

    def is_renamed_to(self, name: str) -> bool:
        """Whether it was renamed to this, and not deleted since."""
        return self.renamed == name and len(self.deletions) <= self.renamed_after

    @property
    def sight(self) -> Sight:
        """What is in sight: all, where the stat was never deleted."""
        return self.deletions[-1].sight if self.deletions else EVERYTHING

    @property
    def deleted_ms(self) -> int | None:
        """When it was last deleted; None where it was not."""
        return self.deletions[-1].at_ms if self.deletions else None


NOTHING_DECIDED = StatRecord()


@dataclass(slots=True)
class StatsOfProduct:
    """The stats of a product, as far as anything was decided about them, and what is counted of them for limits."""

    records: dict[int, StatRecord] = field(default_factory=dict)  # by metric
    given_names: dict[StatName, int] = field(default_factory=dict)  # to metrics: see `Catalog.metric_of`
    made: int = 0  # stats that were ever created by command
    commented: int = 0  # characters of all comments
    with_settings: int = 0  # stats whose settings were ever changed
