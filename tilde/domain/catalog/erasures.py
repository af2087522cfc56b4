"""Erasures of visitors of web sites, and of people of products: every edge takes the keys away that it has of them, and
one that was away, or was restored from a backup, does it when it reads the entry.

An erasure names keyed hashes, so nobody learns from the log who was erased. An edge that finds a visitor by one that
other edges may not know him by continues it: with the number that he has everywhere.
"""

from dataclasses import dataclass
from typing import Annotated

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Catalog, Erased

HASHES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class EraseVisitors(Action):
    """Also in a realm that is gone, since its hits and events are there. `site` is the realm, a product's too: the
    name is durable.
    """

    site: int
    hashes: Annotated[tuple[int, ...], "Keyed hashes of what visitors are told by, or are found by besides."]
    continues: Annotated[int, "The entry of the erasure that is continued; 0 where this one is the first."] = 0

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(0 < len(self.hashes) <= HASHES_MAX, Refusal.BAD_ERASURE)
        require(self.continues == 0 or self.continues in catalog.erasures, Refusal.BAD_ERASURE)
        return Decision((VisitorsErased(self.site, self.hashes, self.continues),), {"site": self.site})


@dataclass(frozen=True, slots=True)
class VisitorsErased(Fact):
    site: int
    hashes: Annotated[tuple[int, ...], "Whoever has one of them."]
    continues: Annotated[int, "The entry of the erasure that is continued; 0 where this one is the first."] = 0

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        asked = catalog.erasures.get(self.continues)
        at_ms = entry.at_ms if asked is None else asked.at_ms
        catalog.erasures[entry.sequence] = Erased(self.site, self.hashes, self.continues or entry.sequence, at_ms)


ACTIONS = (EraseVisitors,)


def erased_of(catalog: Catalog, realm: int) -> frozenset[int]:
    """The keyed hashes of a site, or of a product, by which somebody was ever erased."""
    return frozenset(erased_at(catalog, realm))


def erased_at(catalog: Catalog, realm: int) -> dict[int, int]:
    """The same, and when that was asked for last (unix milliseconds): what came until then is nobody's."""
    found: dict[int, int] = {}
    for each in catalog.erasures.values():
        if each.realm == realm:
            found |= {hash_: max(each.at_ms, found.get(hash_, each.at_ms)) for hash_ in each.hashes}
    return found


FACTS = (VisitorsErased,)
