"""Commands of the catalog and its entries. An action is what somebody asks for, and is decided once, by the one
decider: with one entry, or a refusal. A fact is what has changed, and is folded by everybody, in the order of the log.

Pure: keys and UUIDs come with the command. What an action changes it says itself, in the module of its noun.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Catalog, CommandId
from tilde.domain.log.identity import is_plausible


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
    """Whether its entry says where the raw topics of points end, since it says something of all that was posted."""
    CHANGES_KEYS: ClassVar[bool] = False
    """Whether it changes whose a key is, or what an account's keys may do. Who remembers keys forgets them then."""
    CHANGES_NAMES: ClassVar[bool] = False
    """Whether posts to some name go to another stat from now on. Who remembers names forgets them then."""
    LATER: ClassVar[tuple[str, ...]] = ()
    """Fields that it got after facts were written without them. Where such a one has its default it is not told in
    rows, so that a replay writes the row that there was.
    """

    @abstractmethod
    def apply(self, catalog: Catalog, entry: "Entry") -> None:
        """Changes the catalog; `entry` says when and where in the log it was decided. Nothing else changes it."""


@dataclass(frozen=True, slots=True)
class Command:
    """One action, and when it was asked for (unix milliseconds). The texts here and below are the schema's, too."""

    at_ms: int
    deadline_ms: Annotated[int, "Refused when decided later: its sender has had an error by then."]
    action: Action


@dataclass(frozen=True, slots=True)
class Decision:
    """What a command changes, and the ids that its sender is told."""

    facts: tuple[Fact, ...]
    reply: dict[str, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of `catalog`: everything that one command did, and what its sender is told."""

    sequence: Annotated[int, "Counts the entries that hold, from 1."]
    command: CommandId
    commands_offset: Annotated[int, "Offset of the command's batch in topic commands."]
    at_ms: Annotated[int, "When it was decided, unix milliseconds."]
    facts: tuple[Fact, ...]
    refusal: Annotated[str | None, "Why nothing was changed; null where it was."]
    reply: Annotated[dict[str, int], "The ids that were given."]
    ends: Annotated[
        tuple[int, ...],
        "Where a stat was deleted: the end of each partition of topic stats then. What stands below is out of sight.",
    ] = ()


class Refused(Exception):
    """Raised by a rule; nothing is changed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def require(condition: object, refusal: Refusal) -> None:
    """Refuses unless the condition holds."""
    if not condition:
        raise Refused(refusal)


def decide(catalog: Catalog, command: Command, id_: CommandId, commands_offset: int, now_ms: int) -> Entry:
    """The entry that answers a command, to stand behind all that `catalog` has folded. Changes nothing itself."""
    sequence, action = catalog.sequence + 1, command.action
    try:
        require(is_plausible(now_ms) or not action.NEEDS_CLOCK, Refusal.CLOCK_IS_WRONG)
        require(now_ms <= command.deadline_ms, Refusal.DEADLINE_PASSED)
        decision = action.decide(catalog, now_ms)
    except Refused as refused:
        return Entry(sequence, id_, commands_offset, now_ms, (), refused.refusal.name, {})
    return Entry(sequence, id_, commands_offset, now_ms, decision.facts, None, decision.reply)


def fold(catalog: Catalog, entry: Entry) -> bool:
    """Takes the next entry of the log in; True if it holds.

    An entry out of sequence was written by a decider that had been replaced: the first entry for a command holds, so
    it is passed over, by everybody alike.
    """
    if entry.sequence != catalog.sequence + 1:
        return False
    catalog.done[entry.command.edge] = entry.command
    catalog.commands_offset = entry.commands_offset
    for fact in entry.facts:
        fact.apply(catalog, entry)
    catalog.sequence = entry.sequence  # last: by it who looks things up in another thread knows that all of it is in
    return True
