"""What is asked of the catalog and what came of it. An action is decided once, by the one decider; its facts are folded
by everybody, in the order of the log.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from tilde.domain.catalog.state import Catalog, CommandId


class Action(ABC):
    """Something that is asked of the catalog, such as `DeleteStat`. The nouns' modules have them all."""

    __slots__ = ()
    NEEDS_CLOCK: ClassVar[bool] = True
    """Whether it is refused while the clock that decides is plainly wrong."""

    @abstractmethod
    def decide(self, catalog: Catalog, now_ms: int) -> "Decision":
        """What it changes. Changes nothing itself. Raises Refused."""


class Fact(ABC):
    """Something that was changed, such as `StatDeleted`."""

    __slots__ = ()
    NEEDS_ENDS: ClassVar[bool] = False
    """Whether its entry says where the partitions of `stats` end, since it says something of all that was posted."""

    @abstractmethod
    def apply(self, catalog: Catalog, entry: "Entry") -> None:
        """Changes the catalog; `entry` says when and where in the log it was decided. Nothing else changes it."""


@dataclass(frozen=True, slots=True)
class Command:
    """One action asked for at `at_ms`; refused when it is decided after `deadline_ms` (unix milliseconds)."""

    at_ms: int
    deadline_ms: int
    action: Action


@dataclass(frozen=True, slots=True)
class Decision:
    """What a command changes, and the ids that its sender is told."""

    facts: tuple[Fact, ...]
    reply: dict[str, int]


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
        return any(fact.NEEDS_ENDS for fact in self.facts)


def fold(catalog: Catalog, entry: Entry) -> bool:
    """Takes the next entry of the log in; True if it holds.

    An entry out of sequence was written by a decider that had been replaced: the first entry for a command holds, so
    it is passed over, by everybody alike.
    """
    if entry.sequence != catalog.sequence + 1:
        return False
    catalog.sequence = entry.sequence
    catalog.done[entry.command.edge] = entry.command
    catalog.commands_offset = entry.commands_offset
    for fact in entry.facts:
        fact.apply(catalog, entry)
    return True
