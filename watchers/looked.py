"""One partition under one watcher: how far it has looked there, and whether what follows goes out yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from tilde.domain.log.position import Header, Position


@dataclass(frozen=True, slots=True)
class Looked:
    """How far a watcher has looked in a partition. It began at offset `begins`. Of messages below `tells_from` nothing
    goes out, since they were there before the watcher was.
    """

    position: Position
    begins: int
    tells_from: int

    @classmethod
    def first(cls, end: int, *, learns: bool) -> Self:
        """Where a watcher that is new begins in a partition that ends at `end`."""
        begins = 0 if learns else end
        return cls(Position(begins), begins, end)

    def is_repeat(self, header: Header) -> bool:
        """Whether this batch was looked at before. Raises HoleError where one before it is missing. A watcher that
        began in the middle of the partition has not seen the earlier batches of an edge: of each edge the first batch
        that it sees is taken, whichever it names as the one before it.
        """
        return self.position.is_repeat(self._seen(header))

    def after(self, offset: int, header: Header) -> Self:
        """The same, with its position behind a batch that was no repeat. Where the watcher began in the middle, the
        batches before an edge's first are not missing. So they are not counted as messages that could not be decoded,
        each of which `Position` lets stand for one missing batch.
        """
        return self.at(self.position.after(offset, self._seen(header)))

    def _seen(self, header: Header) -> Header:
        is_first = self.begins > 0 and header.edge not in self.position.marks
        return header._replace(before=-1) if is_first else header

    def at(self, position: Position) -> Self:
        """The same, with a position further on in the partition."""
        return replace(self, position=position)

    def to_json(self) -> dict[str, object]:
        """Itself as plain JSON values."""
        return {**self.position.to_json(), "begins": self.begins, "tells_from": self.tells_from}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The one that `to_json` wrote."""
        return cls(Position.from_json(value), value["begins"], value["tells_from"])
