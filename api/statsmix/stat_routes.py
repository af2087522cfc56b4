"""StatsMix's stats as they are read: one by its id or its ref, in v1's document too, and those of a metric."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.reads.settling import Settling
from api.reads.stats.samples import Samples
from api.reads.stats.stats import Stats
from api.statsmix.dispatcher import Call, Dispatcher
from api.statsmix.list_router import list_router
from api.statsmix.requests import limit_of, range_of, refused
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import told, told_list, told_v1
from tilde.dialects.statsmix.documented import in_query
from tilde.dialects.statsmix.numbers import id_of
from tilde.dialects.statsmix.record import V1
from tilde.dialects.statsmix.refusals import FOREIGN, NO_METRIC_ID, UNKNOWN_METRIC, UNKNOWN_STAT
from tilde.dialects.statsmix.requests import bare
from tilde.dialects.statsmix.resources import Stat
from tilde.domain.samples.sample import Sample
from tilde.domain.sites.zones import kept_zone
from tilde.schemas.topics import OF_POINTS

_LISTED = in_query("metric_id", "profile_id", "limit", "start_date", "end_date", "format", needs=["metric_id"])
_SHOWN = in_query("metric_id", "format")


def router(dispatcher: Dispatcher, stats: Stats, samples: Samples, settling: Settling) -> APIRouter:
    """The routes."""
    calls = _StatCalls(dispatcher, stats, samples, settling)
    nouns = "Stats of a metric", "One stat"
    routes = list_router("stats", "{id_or_ref:path}", nouns, calls, _LISTED, _SHOWN)
    routes.add_api_route(f"{V1}/{{id_or_ref:path}}", calls.one_v1, summary="One stat (v1)", openapi_extra=_SHOWN)
    return routes


class _StatCalls:
    """What each route does. All that was acknowledged before a question is in the answer, bounded."""

    def __init__(self, dispatcher: Dispatcher, stats: Stats, samples: Samples, settling: Settling) -> None:
        self._dispatcher = dispatcher
        self._stats = stats
        self._samples = samples
        self._settling = settling

    async def listed(self, request: Request) -> Response:
        """`metric_id` is needed. The newest first: `limit` (50, at most 1,000), from `start_date` to `end_date`."""
        return await self._dispatcher.answer(request, self._listed)

    async def _listed(self, call: Call) -> Told:
        if "metric_id" not in call.fields:
            raise refused(NO_METRIC_ID)
        limit, (since_ms, until_ms) = limit_of(call.fields), range_of(call.fields)
        metric = id_of(call.fields["metric_id"])
        await self._settling.settle(OF_POINTS, metric)
        for profile in self._dispatcher.profiles(call):
            if metric is not None and await self._stats.named(profile.id, metric) is not None:
                found = await self._samples.listed(profile.id, metric, limit, since_ms, until_ms)
                return told_list(call.form, Stat, map(_shown, found))
        raise refused(UNKNOWN_METRIC)

    async def one(self, request: Request, id_or_ref: str) -> Response:
        """By its id, or by its ref beside `metric_id`."""
        return await self._dispatcher.answer(request, partial(self._one, bare(id_or_ref)))

    async def _one(self, id_or_ref: str, call: Call) -> Told:
        return told(call.form, _shown(await self._found(id_or_ref, call)))

    async def one_v1(self, request: Request, id_or_ref: str) -> Response:
        """Its times are those of the account's zone."""
        return await self._dispatcher.answer(request, partial(self._one_v1, bare(id_or_ref)), version=1)

    async def _one_v1(self, id_or_ref: str, call: Call) -> Told:
        sample = await self._found(id_or_ref, call, version=1)
        zone = kept_zone(self._dispatcher.catalog.products[call.account.product].timezone)
        return told_v1(_shown(sample), zone)

    async def _found(self, id_or_ref: str, call: Call, version: int = 2) -> Sample:
        """What reads like an id is first looked for as one."""
        id_, metric = id_of(id_or_ref), id_of(call.fields.get("metric_id", ""))
        profiles = self._dispatcher.profiles(call, version)
        await self._samples.settle()
        for profile in profiles:
            if id_ is not None and (sample := await self._samples.one(profile.id, id_)) is not None:
                return sample
        for profile in profiles:
            if metric is not None:
                sample = await self._samples.by_ref(profile.id, metric, id_or_ref)
                if sample is not None:
                    return sample
        if version == 1 and await self._is_foreign(id_, call):
            raise refused(FOREIGN)
        raise refused(UNKNOWN_STAT)

    async def _is_foreign(self, id_: int | None, call: Call) -> bool:
        holder = None if id_ is None else await self._samples.holder(id_)
        owner = None if holder is None else self._dispatcher.catalog.owner_of(holder)
        return owner not in {None, call.account.id}


def _shown(sample: Sample) -> Stat:
    return Stat(
        sample.id,
        sample.ref,
        sample.product,
        sample.metric,
        sample.number,
        sample.meta,
        sample.t_ms,
        sample.created_ms,
        sample.updated_ms,
    )
