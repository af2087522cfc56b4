"""The facts of the catalog: what a command changed. The fold of these, in order, is the catalog."""

from dataclasses import dataclass

from tilde.domain.commands import CommandId, KeyKind, PostedPoint, StoredKey
from tilde.domain.metrics import Kind


@dataclass(frozen=True, slots=True)
class EdgeStarted:
    edge: str
    epoch: int
    number: int


@dataclass(frozen=True, slots=True)
class AccountCreated:
    """Every account starts with one product."""

    account: int
    name: str
    keys: tuple[StoredKey, ...]
    product: int
    product_uuid: str
    domain: str


@dataclass(frozen=True, slots=True)
class AccountChanged:
    account: int
    ez: bool
    email_key: bool


@dataclass(frozen=True, slots=True)
class KeyStored:
    account: int
    key: StoredKey


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    account: int
    kind: KeyKind


@dataclass(frozen=True, slots=True)
class StatCreated:
    """A stat made by its owner before its first post."""

    product: int
    metric: int
    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class StatDeleted:
    """What stands in the log below the entry's `ends` is out of sight; what comes later starts the stat anew. An entry
    without `ends` is of a release that went by the time of receipt, and hides what was received before its `at_ms`.
    """

    product: int
    metric: int


@dataclass(frozen=True, slots=True)
class StatRestored:
    product: int
    metric: int


@dataclass(frozen=True, slots=True)
class StatCommented:
    product: int
    metric: int
    text: str


@dataclass(frozen=True, slots=True)
class GenerationActivated:
    generation: int


@dataclass(frozen=True, slots=True)
class PointsDeleted:
    """These points were taken back, for ever."""

    product: int
    metric: int
    points: tuple[PostedPoint, ...]


Fact = (
    EdgeStarted
    | AccountCreated
    | AccountChanged
    | KeyStored
    | KeyRevoked
    | StatCreated
    | StatDeleted
    | StatRestored
    | StatCommented
    | GenerationActivated
    | PointsDeleted
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of `catalog`: everything that one command did, and what its sender is told.

    `sequence` counts the entries that hold, from 1. `commands_offset` is the offset of the command's batch in the raw
    topic. `refusal` is None, or why nothing was changed; `reply` holds the ids that were given. `ends` is, where a stat
    was deleted, the end of each partition of `stats` when that was decided: what was acknowledged before stands below.
    """

    sequence: int
    command: CommandId
    commands_offset: int
    at_ms: int
    facts: tuple[Fact, ...]
    refusal: str | None
    reply: dict[str, int]
    ends: tuple[int, ...] = ()

    @property
    def needs_ends(self) -> bool:
        """Whether it says something of all that was posted before it."""
        return any(isinstance(fact, StatDeleted) for fact in self.facts)
