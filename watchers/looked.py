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
        """Whether this batch was looked at before. Raises HoleError, as Position does. Whoever begins in the middle has
        seen no batch of an edge before, so its first one follows on any.
        """
        return self.position.is_repeat(self._seen(header))

    def after(self, offset: int, header: Header) -> Self:
        """The same, with its position behind a batch that was no repeat. What stood before the first one excuses no
        poison.
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
