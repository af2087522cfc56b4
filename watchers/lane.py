"""One partition under one watcher: how far it has looked there, and whether what follows goes out yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from tilde.domain.log.position import Header, Position


@dataclass(frozen=True, slots=True)
class Looked:
    """A position. `begins`: the offset that it began with; `tells_from`: of what stands below, nothing goes out, since
    it was there before the watcher was.
    """

    position: Position
    begins: int
    tells_from: int

    @classmethod
    def first(cls, end: int, *, learns: bool) -> Self:
        """Of a watcher that is new, where the partition ends there."""
        begins = 0 if learns else end
        return cls(Position(begins), begins, end)

    def is_repeat(self, header: Header) -> bool:
        """Whether this batch was looked at before. Raises HoleError, as Position does. Whoever begins in the middle has
        seen no batch of an edge before, so its first one follows on any.
        """
        if self.begins and header.edge not in self.position.marks:
            header = header._replace(before=-1)
        return self.position.is_repeat(header)

    def at(self, position: Position) -> Self:
        """The same, further on."""
        return replace(self, position=position)

    def to_json(self) -> dict[str, object]:
        """As plain JSON values."""
        return {**self.position.to_json(), "begins": self.begins, "tells_from": self.tells_from}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What `to_json` wrote."""
        return cls(Position.from_json(value), value["begins"], value["tells_from"])
