"""Edges. Each has a number from 0 to 31, which stands in its event ids. Each of its starts is an epoch, and no epoch is
begun twice.
"""

from dataclasses import dataclass
from typing import ClassVar

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Catalog, Lease
from tilde.domain.log.identity import EDGE_NUMBERS


@dataclass(frozen=True, slots=True)
class StartEdge(Action):
    """An edge begins an epoch. Refused for an epoch that was used: the folder was restored from a backup."""

    NEEDS_CLOCK: ClassVar[bool] = False  # an edge runs, and refuses by itself, while the clock is wrong

    edge: str
    epoch: int

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        lease = catalog.edges.get(self.edge)
        if lease is not None:
            require(self.epoch > lease.epoch, Refusal.EPOCH_USED)
            number = lease.number
        else:
            taken = {other.number for other in catalog.edges.values()}
            free = [number for number in range(EDGE_NUMBERS) if number not in taken]
            require(free, Refusal.NO_EDGE_NUMBER)
            number = free[0]
        return Decision((EdgeStarted(self.edge, self.epoch, number),), {"number": number})


@dataclass(frozen=True, slots=True)
class EdgeStarted(Fact):
    edge: str
    epoch: int
    number: int

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        catalog.edges[self.edge] = Lease(self.number, self.epoch)


ACTIONS = (StartEdge,)
FACTS = (EdgeStarted,)
