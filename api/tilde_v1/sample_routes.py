"""Samples as edges ask for them, before they change one and after they have: `/tilde/v1/accounts/NAME/samples`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import Response

from api.reads.stats.samples import Samples, WantedSample
from api.reads.stats.stats import METRIC_MAX, Stats
from api.web.callers import Callers, OfProduct, operator_scheme
from api.web.refused import RefusedError
from api.web.replies import reply
from tilde.domain.catalog.state import Account
from tilde.domain.samples.sample import Sample
from tilde.domain.texts import is_text
from tilde.own_paths import ACCOUNTS, HOLDER, SAMPLES_ASKED_MAX

NOT_FOUND = "sample not found"
Id = Annotated[int | None, Query(ge=0, le=METRIC_MAX)]


def _text(said: str) -> str:
    """What can be looked for."""
    if not is_text(said):
        raise ValueError("has half a surrogate pair, which is no text")
    return said


class AskedSample(BaseModel):
    """One by its id, or by its metric and ref; of any of the account's products unless one is said."""

    product: int | None = None
    id: int | None = Field(None, ge=0, le=METRIC_MAX)
    metric: int | None = Field(None, ge=0, le=METRIC_MAX)
    ref: Annotated[str, AfterValidator(_text)] = ""

    @property
    def wanted(self) -> WantedSample:
        """As it is looked for."""
        return WantedSample(self.id, self.metric, self.ref)


Some = Annotated[list[AskedSample], Body(min_length=1, max_length=SAMPLES_ASKED_MAX)]


def router(callers: Callers, samples: Samples, stats: Stats) -> APIRouter:
    """The routes."""
    calls = _SampleCalls(callers, samples, stats)
    routes = APIRouter(dependencies=[Depends(callers.operator), Depends(operator_scheme)])
    routes.add_api_route(f"{ACCOUNTS}/{{name}}/samples", calls.some, methods=["POST"], include_in_schema=False)
    routes.add_api_route(f"{ACCOUNTS}/{{name}}/samples", calls.sample, methods=["GET"], include_in_schema=False)
    routes.add_api_route(HOLDER, calls.holder, include_in_schema=False)
    return routes


class _SampleCalls:
    """What each does."""

    def __init__(self, callers: Callers, samples: Samples, stats: Stats) -> None:
        self._callers = callers
        self._samples = samples
        self._stats = stats

    async def some(self, name: str, asked: Some) -> Response:
        """Each of them, null where there is none. Whatever was acknowledged before is seen, bounded."""
        return reply([None if sample is None else asdict(sample) for sample in await self._found(name, asked)])

    async def sample(
        self,
        name: str,
        product: OfProduct = None,
        id_: Annotated[int | None, Query(alias="id", ge=0, le=METRIC_MAX)] = None,
        metric: Id = None,
        ref: str = "",
    ) -> Response:
        """One of them, as edges ask that have not been upgraded yet. 404 where there is none."""
        its = None if product is None else self._callers.account_named(name, product).product
        (found,) = await self._found(name, [AskedSample(product=its, id=id_, metric=metric, ref=ref)])
        if found is None:
            raise RefusedError(404, NOT_FOUND)
        return reply(asdict(found))

    async def _found(self, name: str, asked: Sequence[AskedSample]) -> list[Sample | None]:
        account = self._callers.account_named(name)
        await self._samples.settle(*(None if one.id is not None else one.metric for one in asked))
        found: list[Sample | None] = [None] * len(asked)
        for product in self._products(account):
            places = [
                place for place, one in enumerate(asked) if found[place] is None and one.product in (None, product)
            ]
            if places:
                of_product = await self._samples.found(product, [asked[place].wanted for place in places])
                for place, sample in zip(places, of_product, strict=True):
                    found[place] = sample
        return found

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
