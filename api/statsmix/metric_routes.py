"""StatsMix's metrics as they are read: all stats of a profile, whoever posted to them, and one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.reads.settling import Settling
from api.reads.stats.stat import Stat, age
from api.reads.stats.stat_list import StatList
from api.reads.stats.stats import Stats
from api.statsmix.dispatcher import Call, Dispatcher
from api.statsmix.list_router import list_router
from api.statsmix.requests import LIMIT_MAX, limit_of, range_of, refused
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import told, told_list
from tilde.dialects.statsmix.documented import in_query
from tilde.dialects.statsmix.numbers import id_of
from tilde.dialects.statsmix.refusals import UNKNOWN_METRIC
from tilde.dialects.statsmix.requests import bare
from tilde.dialects.statsmix.resources import Metric, metric_of
from tilde.domain.catalog.state import Account
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import Clock
from tilde.schemas.topics import OF_POINTS

_LISTED = in_query("profile_id", "limit", "start_date", "end_date", "format")


def router(dispatcher: Dispatcher, stats: Stats, settling: Settling, keyring: Keyring, clock: Clock) -> APIRouter:
    """The routes."""
    calls = _MetricCalls(dispatcher, stats, settling, keyring, clock)
    return list_router("metrics", "{id_}", ("All metrics", "One metric"), calls, _LISTED)


class _MetricCalls:
    """What each route does. A metric is there at once, whichever dialect's post made it, bounded."""

    def __init__(
        self, dispatcher: Dispatcher, stats: Stats, settling: Settling, keyring: Keyring, clock: Clock
    ) -> None:
        self._dispatcher = dispatcher
        self._stats = stats
        self._settling = settling
        self._lists = StatList(stats, clock)
        self._keyring = keyring

    async def listed(self, request: Request) -> Response:
        """Of `profile_id`, or of all: the oldest first, `limit` of them (50, at most 1,000), made from `start_date` to
        `end_date`.
        """
        return await self._dispatcher.answer(request, self._listed)

    async def _listed(self, call: Call) -> Told:
        limit, (since_ms, until_ms) = limit_of(call.fields), range_of(call.fields)
        profiles = self._dispatcher.profiles(call)
        await self._settling.settle(OF_POINTS)
        found: list[Stat] = []
        for profile in profiles:
            of_profile = 0
            async for stat in self._by_age(replace(call.account, product=profile.id), limit):
                if until_ms is not None and stat.created_ms >= until_ms:
                    break
                if since_ms is None or stat.created_ms >= since_ms:
                    found.append(stat)
                    of_profile += 1
                if of_profile == limit:
                    break
        return told_list(call.form, Metric, [self._shown(call, stat) for stat in sorted(found, key=age)[:limit]])

    async def _by_age(self, account: Account, at_first: int) -> AsyncIterator[Stat]:
        """All of a profile; more are asked for where some were passed over."""
        skip, rows = 0, at_first
        while True:
            page = await self._lists.page(account, skip, rows)
            for stat in page:
                yield stat
            if len(page) < rows:
                return
            skip, rows = skip + rows, LIMIT_MAX

    async def one(self, request: Request, id_: str) -> Response:
        """By its id."""
        return await self._dispatcher.answer(request, partial(self._one, bare(id_)))

    async def _one(self, id_: str, call: Call) -> Told:
        metric, profiles = id_of(id_), self._dispatcher.profiles(call)
        await self._settling.settle(OF_POINTS, metric)
        for profile in profiles:
            stat = None if metric is None else await self._stats.find(profile.id, metric)
            if stat is not None:
                return told(call.form, self._shown(call, stat))
        raise refused(UNKNOWN_METRIC)

    def _shown(self, call: Call, stat: Stat) -> Metric:
        record = self._dispatcher.catalog.stat(stat.product, stat.metric)
        shared = record.settings.shared
        public_id = None if shared is None else self._keyring.public_id(stat.product, stat.metric, shared)
        return metric_of(stat.metric, stat.name, stat.product, record, public_id, call.origin, stat.created_ms)
