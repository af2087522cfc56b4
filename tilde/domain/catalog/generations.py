"""Generations of the read models: which one is read."""

from dataclasses import dataclass

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Catalog


@dataclass(frozen=True, slots=True)
class ActivateGeneration(Action):
    """Moves the read pointer to a generation of the read models that has caught up."""

    generation: int

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.generation == catalog.generation + 1, Refusal.GENERATION_IS_NOT_NEXT)
        return Decision((GenerationActivated(self.generation),), {"generation": self.generation})


@dataclass(frozen=True, slots=True)
class GenerationActivated(Fact):
    generation: int

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        catalog.generation = self.generation


ACTIONS = (ActivateGeneration,)
FACTS = (GenerationActivated,)
