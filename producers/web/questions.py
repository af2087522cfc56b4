"""What the edge itself asks the query API: as the operator, of any account's stats and samples, or with a token."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from producers.web.query_api import QueryApi, QueryApiAwayError
from tilde.domain.catalog.state import Account, Catalog
from tilde.domain.sites.day_range import DayRange
from tilde.domain.stats.metrics import Kind, short_id
from tilde.own_paths import (
    HOLDER,
    PROGRESS,
    SAMPLES_ASKED_MAX,
    account_path,
    exists_path,
    numbers_path,
    questions_path,
    samples_path,
    traffic_path,
)
from tilde.runtime.gathered import Gathered

# An account's questions for samples. Each portion waits for a round of the pipeline's, which take a tenth of a second:
# so there is one for those who come in each quarter of that time.
PORTIONS_MAX, PORTIONS_APART_S = 4, 0.025
LAG_BATCHES_MAX = 1_000  # a generation that is read moves on while this one is looked at


class Questions:
    """What the edge itself asks the query API. Each raises QueryApiAwayError. Accounts take turns: one that asks a
    thousand times costs another one turn. What clients of one account want to know of samples at about the same time is
    one question.
    """

    def __init__(self, api: QueryApi, catalog: Catalog, operator_token: str) -> None:
        self._api = api
        self._catalog = catalog
        self._operator_token = operator_token
        self._samples = Gathered(self._samples_of, PORTIONS_MAX, SAMPLES_ASKED_MAX, PORTIONS_APART_S)

    async def stat(self, product: int, metric: int) -> tuple[Kind, str] | None:
        """Kind and name of a stat in sight, all that was acknowledged before seen. None where there is none. One
        that was made by command is in the catalog, and asks for no turn.
        """
        made = self._catalog.stat(product, metric).made
        if made is not None:
            return made.kind, made.name
        account = self._account_of(product)
        query = {"product": str(product), "settled": "true"}
        found = await self._found(account, exists_path(short_id(metric), account), query)
        if found is None:
            return None
        if not {"kind", "name"} <= found.keys():
            raise QueryApiAwayError("the query API is of an older release, and says nothing of a stat")
        return Kind(found["kind"]), found["name"]

    async def has_stat(self, product: int, metric: int) -> bool:
        """Whether a stat is in sight, as far as the tables are."""
        path = exists_path(short_id(metric), self._account_of(product))
        return await self._api.is_there(path, self._operator_token, product=str(product))

    async def token_has_stat(self, token: str, short_id: str) -> bool:
        """Whether a stat is in sight, by an id as it was sent, among the stats of the account whose token it is."""
        return await self._api.is_there(exists_path(short_id), token)

    async def details(self, product: int, metric: int) -> dict[str, Any] | None:
        """What the operator is shown of a stat. None where there is none."""
        account = self._account_of(product)
        return await self._found(account, account_path(account, "stats", short_id(metric)), {"product": str(product)})

    async def sample(self, account: Account, asked: Mapping[str, object]) -> dict[str, Any] | None:
        """A sample in sight of one of the account's products, all that was acknowledged before seen, bounded. What is
        asked has its `id`, or its `metric` and `ref`. None where there is none.
        """
        return await self._samples.answer(account.name, asked)

    async def _samples_of(self, account: str, asked: Sequence[Mapping[str, object]]) -> list[dict[str, Any] | None]:
        return await self._api.found_all(samples_path(account), self._operator_token, _asker(account), asked)

    async def holder(self, account: Account, query: Mapping[str, str]) -> int | None:
        """The product that a `metric` or a `sample` is of, whoever has it; an account asks. None of none."""
        found = await self._found(account.name, HOLDER, query)
        return None if found is None else int(found["product"])

    async def traffic(self, account: Account, days: DayRange) -> dict[int, int]:
        """The page views in some days of each site of an account that had any, on the site's own days."""
        query = {"first": str(days.first), "last": str(days.last)}
        found = await self._found(account.name, traffic_path(account.name), query)
        if found is None:
            raise QueryApiAwayError("the query API is of an older release, and says nothing of traffic")
        return {int(site): int(total) for site, total in found["sites"]}

    async def person(self, product: int, identity: str) -> list[int]:
        """The numbers of all identities of a person, by one of them, all that was acknowledged before seen. None where
        nobody has it.
        """
        account = self._account_of(product)
        found = await self._found(account, numbers_path(product), {"identity": identity})
        if found is None or "numbers" not in found:
            raise QueryApiAwayError("the query API is of an older release, and says nothing of people")
        return [int(number) for number in found["numbers"]]

    async def question_fault(self, product: int, report_type: str, question: Mapping[str, object]) -> str | None:
        """Why a report of a product could not be run; None where it could be, or where none of its type can be."""
        asked = [{"report_type": report_type, "question": question}]
        asker = _asker(self._account_of(product))
        (fault,) = await self._api.found_all(questions_path(product), self._operator_token, asker, asked)
        return None if fault is None else str(fault)

    async def has_caught_up(self) -> bool:
        """Whether a generation is being built that is as far as the live one was when asked."""
        status, progress = await self._api.json(PROGRESS, {"authorization": f"Bearer {self._operator_token}"})
        if not httpx.codes.is_success(status):
            raise QueryApiAwayError.answering(status)
        behind = _total(progress.get("passed")) - _total(progress.get("next"))
        return progress.get("next") is not None and behind <= LAG_BATCHES_MAX

    def _account_of(self, product: int) -> str:
        return self._catalog.accounts[self._catalog.products[product].account].name

    async def _found(self, account: str, path: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        return await self._api.found(path, self._operator_token, _asker(account), query)


def _asker(account: str) -> str:
    return f"account {account}"


def _total(offsets: dict[str, list[int]] | None) -> int:
    return sum(map(sum, (offsets or {}).values()))
