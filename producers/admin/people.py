"""Erases a person under all of his identities, and lists the reports and metrics of his product that name him."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from producers.admin.erasures import Erasures
from producers.admin.kept_metrics import KeptMetrics
from producers.admin.saved_reports import SavedReports
from producers.web.questions import Questions
from tilde.domain.catalog.erasures import HASHES_MAX
from tilde.domain.catalog.state import Catalog
from tilde.domain.people.activity import PERSON
from tilde.domain.people.naming import names_one_of
from tilde.domain.texts import trimmed
from tilde.keys.keyring import Keyring
from tilde.runtime.portions import portions

CarriedOut = Callable[[int], Awaitable[int]]
"""How many an entry of the catalog has erased here, once nothing of them is left. Raises LogError."""


@dataclass(frozen=True, slots=True)
class ErasedPerson:
    """What an erasure has done: it was asked for so many `identities`, of which `erased` had a key here; `known` says
    whether the tables know somebody by them. `named_by` is what his product keeps that names him: each with
    its `kind`, which is `report` or `metric`, its `id` and its `name`.
    """

    identities: int
    erased: int
    known: bool
    named_by: list[dict[str, str]]


class People:
    """Erases people. Raises QueryApiAwayError, and what CommandDesk.ask raises."""

    def __init__(
        self,
        erasures: Erasures,
        saved_reports: SavedReports,
        kept_metrics: KeptMetrics,
        catalog: Catalog,
        keyring: Keyring,
        questions: Questions,
    ) -> None:
        self._erasures = erasures
        self._saved_reports = saved_reports
        self._kept_metrics = kept_metrics
        self._catalog = catalog
        self._keyring = keyring
        self._questions = questions

    async def erase(self, product: int, identity: str, carried_out: CarriedOut) -> ErasedPerson:
        """Erases whoever has this identity. The tables say whose an identity is, also when he is erased: so whoever
        asks again after a failure has done what is left, and is told of all. Raises UnknownProductError.
        """
        known = await self._known(product, identity)
        numbers = sorted({self._hash_of(product, trimmed(identity)), *known})
        erased = 0
        for some in portions(numbers, HASHES_MAX):
            erased += await carried_out(await self._erasures.erase(product, numbers=some))
        return ErasedPerson(len(numbers), erased, bool(known), self._named_by(product, frozenset(numbers)))

    async def _known(self, product: int, identity: str) -> list[int]:
        """All identities of whoever the tables know by this one; of a product that is gone they know nobody."""
        return await self._questions.person(product, identity) if product in self._catalog.products else []

    def _named_by(self, product: int, identities: Collection[int]) -> list[dict[str, str]]:
        def names(shown: object) -> bool:
            return names_one_of(shown, identities, lambda text: self._hash_of(product, text))

        kept = [("report", report, report["name"]) for report in self._saved_reports.of(product)]
        kept += [("metric", metric, metric["title"]) for metric in self._kept_metrics.of(product)]
        return [{"kind": kind, "id": one["id"], "name": name} for kind, one, name in kept if names(one)]

    def _hash_of(self, product: int, text: str) -> int:
        return self._keyring.keyed_hash(product, PERSON, text)
