"""Samples as edges ask for them, before they change one and after they have: `/tilde/v1/accounts/NAME/samples`."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.reads.refused import RefusedError
from api.reads.samples import Samples
from api.reads.stats import METRIC_MAX, Stats
from api.web.access import Access, OfProduct, operator_scheme
from api.web.replies import reply
from tilde.domain.catalog.state import Account
from tilde.domain.samples.sample import Sample
from tilde.own_paths import ACCOUNTS, HOLDER

NOT_FOUND = "sample not found"
Id = Annotated[int | None, Query(ge=0, le=METRIC_MAX)]


def router(access: Access, samples: Samples, stats: Stats) -> APIRouter:
    """The routes."""
    calls = _Calls(access, samples, stats)
    routes = APIRouter(dependencies=[Depends(access.operator), Depends(operator_scheme)])
    routes.add_api_route(f"{ACCOUNTS}/{{name}}/samples", calls.sample, include_in_schema=False)
    routes.add_api_route(HOLDER, calls.holder, include_in_schema=False)
    return routes


class _Calls:
    """What each does."""

    def __init__(self, access: Access, samples: Samples, stats: Stats) -> None:
        self._access = access
        self._samples = samples
        self._stats = stats

    async def sample(
        self,
        name: str,
        product: OfProduct = None,
        id_: Annotated[int | None, Query(alias="id", ge=0, le=METRIC_MAX)] = None,
        metric: Id = None,
        ref: str = "",
    ) -> Response:
        """One by its id, or by its metric and ref, of any of the account's products unless one is said. Whatever was
        acknowledged before is seen, bounded.
        """
        account = self._access.account_named(name, product)
        await self._samples.settled(metric)
        products = [account.product] if product is not None else self._products(account)
        for one in products:
            found = await self._found(one, id_, metric, ref)
            if found is not None:
                return reply(asdict(found))
        raise RefusedError(404, NOT_FOUND)

    async def holder(self, metric: Id = None, sample: Id = None) -> Response:
        """Which product has a stat or a sample of this id, whoever's that is."""
        product = None
        if metric is not None:
            product = await self._stats.holder(metric)
        elif sample is not None:
            product = await self._samples.holder(sample)
        if product is None:
            raise RefusedError(404, NOT_FOUND)
        return reply({"product": product})

    def _products(self, account: Account) -> list[int]:
        return sorted(self._stats.catalog.products_of[account.id].values())

    async def _found(self, product: int, id_: int | None, metric: int | None, ref: str) -> Sample | None:
        if id_ is not None:
            return await self._samples.one(product, id_)
        return None if metric is None or not ref else await self._samples.by_ref(product, metric, ref)
