"""Where a processor stands in one raw partition, and what that says of the next batch (decision 0002: our own position
decides).

An edge's batches of one partition arrive in order, each naming the one before it. So a batch at or below the mark of
its edge is a repeat (a lost ack, a forwarder that started again), and one whose `before` is above the mark is a hole.
A later epoch is above every mark of an earlier one: an edge whose folder was restored from a backup gives offsets out
again, and what it then took in counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tilde.errors import TildeError


class Mark(NamedTuple):
    """The last batch of one edge whose effects are durable, in the order of (epoch, edge offset)."""

    epoch: int
    edge_offset: int


_NO_MARK = Mark(-1, -1)


class Header(NamedTuple):
    """What a sealed batch says of itself. Its edge offset stands in the message as `offset`: durable, so it stays.

    An edge numbers its batches over all partitions, so those of one partition have gaps: offsets 0, 3 and 4 of an edge
    come with `before` -1, 0 and 3.
    """

    edge: str  # who sealed it
    epoch: int  # in which life of that edge
    edge_offset: int  # in that edge's log, not in the raw topic
    before: int  # the edge offset of the edge's batch before this one in the partition; -1 for its first
    catalog: int  # the `catalog` sequence the edge had read when it sealed

    @staticmethod
    def of(message: Mapping[str, Any], *, is_raw: bool) -> "Header":
        """The header of a decoded message of a raw topic, or of `catalog`."""
        return Header.of_batch(message) if is_raw else Header.of_entry(message)

    @staticmethod
    def of_batch(message: Mapping[str, Any]) -> "Header":
        """The header of a decoded message of a raw topic."""
        return Header(message["edge"], message["epoch"], message["offset"], message["before"], message["catalog"])

    @staticmethod
    def of_entry(message: Mapping[str, Any]) -> "Header":
        """The header of an entry of `catalog`. One whose sequence was there before does not hold, as for everybody who
        follows it. A decider writes one when it was replaced, or had no answer from the log and decided again.
        """
        return Header("catalog", 0, message["sequence"], -1, message["sequence"])


class HoleError(TildeError):
    """A batch is missing in front of this one: going on would lose it, so the processor stops."""


@dataclass(frozen=True, slots=True)
class Position:
    """The offset to read next, and the last batch of each edge. It is stored as one value, together with the state.

    It excuses holes that poison has made. A message that cannot be decoded was a batch of some edge, and nobody knows
    of which. The next batch of that edge names the lost one as its `before`, which looks like a hole. So each such
    message excuses one hole, of an edge that may have sent it: of a suspect, which has sent nothing since, or of a new
    edge. An example, in which the edges A and B are at offset 1 each:

        A1  B1  poison  A2 (before 1)  B3 (before 2)

    After the poison A and B are suspects. A2 says that A sent nothing between A1 and A2, so the poison was not A's. B3
    says that B2 came before it, and B2 never came: the poison was B2, and B3 is taken.
    """

    next_offset: int = 0
    marks: Mapping[str, Mark] = field(default_factory=dict)
    poisoned: int = 0  # messages that could not be decoded and have excused no hole yet
    suspects: frozenset[str] = frozenset()  # the known edges that may have sent one: nothing of theirs came since
    poison_run: int = 0  # messages in a row that could not be decoded

    def is_repeat(self, header: Header) -> bool:
        """Whether the effects of this batch are in already. Raises HoleError where one before it is missing."""
        mark = self.marks.get(header.edge, _NO_MARK)
        if (header.epoch, header.edge_offset) <= mark:
            return True
        if header.before > mark.edge_offset and not self._may_be_poison(header.edge):
            raise HoleError(
                f"edge {header.edge}: batch {header.before} never came between {mark.edge_offset} and"
                f" {header.edge_offset}"
            )
        return False

    def _may_be_poison(self, edge: str) -> bool:
        """Whether what is missing of this edge may be a message that could not be decoded."""
        return self.poisoned > 0 and (edge in self.suspects or edge not in self.marks)

    def after(self, offset: int, header: Header | None) -> "Position":
        """The position once the message at `offset` of the raw topic is done. `header` is None for a repeat, which
        moves no mark.
        """
        if header is None:
            return Position(offset + 1, self.marks, self.poisoned, self.suspects)
        is_behind_poison = header.before > self.marks.get(header.edge, _NO_MARK).edge_offset
        marks = {**self.marks, header.edge: Mark(header.epoch, header.edge_offset)}
        if not self.poisoned:
            return Position(offset + 1, marks)
        poisoned = self.poisoned - is_behind_poison
        return Position(offset + 1, marks, poisoned, self.suspects - {header.edge} if poisoned else frozenset())

    def after_poison(self, offset: int) -> "Position":
        """The position once the message at `offset`, which could not be decoded, is in the dead letters. From here on
        every known edge is a suspect.
        """
        return Position(offset + 1, self.marks, self.poisoned + 1, frozenset(self.marks), self.poison_run + 1)

    def to_json(self) -> dict[str, object]:
        """As plain JSON values, for a state record."""
        marks = {edge: list(mark) for edge, mark in self.marks.items()}
        poison = {"poisoned": self.poisoned, "suspects": sorted(self.suspects), "poison_run": self.poison_run}
        return {"next_offset": self.next_offset, "marks": marks, **poison}

    @staticmethod
    def from_json(value: Mapping[str, object]) -> "Position":
        """The position that `to_json` wrote."""
        marks, suspects = value["marks"], value.get("suspects", ())
        next_offset, poisoned, poison_run = value["next_offset"], value.get("poisoned", 0), value.get("poison_run", 0)
        assert isinstance(marks, Mapping)
        assert isinstance(suspects, Sequence)
        assert isinstance(next_offset, int)
        assert isinstance(poisoned, int)
        assert isinstance(poison_run, int)
        known = {edge: Mark(*mark) for edge, mark in marks.items()}
        return Position(next_offset, known, poisoned, frozenset(suspects), poison_run)
