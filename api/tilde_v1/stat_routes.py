"""Tilde's own API of stats, `/tilde/v1/stats...`: any bucket, any time zone, comparisons. Bearer: an access token."""

from functools import partial
from math import isfinite
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.reads.durations import WEEK, Buckets, Duration, duration_of
from api.reads.local_buckets import before, check_range, instant_of, iso, local_buckets, zone_of
from api.reads.numbers import number
from api.reads.stats.lookup import in_sight, named_in_sight, stat_in_sight
from api.reads.stats.segments import Segmenting, Segments
from api.reads.stats.series import EMPTY, Bucketed, Series
from api.reads.stats.stat import Named, Stat
from api.reads.stats.stat_list import StatList
from api.reads.stats.stats import Stats
from api.tilde_v1.shapes import LastReply, SeriesReply, StatDetailReply, StatReply, TotalsReply
from api.web.callers import Caller, Callers, bearer_scheme, of_product
from api.web.refused import RefusedError
from api.web.replies import reply
from tilde.domain.catalog.stat_records import StatRecord
from tilde.domain.catalog.state import Account
from tilde.domain.stats.metrics import metric_of_short_id
from tilde.keys.keyring import Keyring
from tilde.own_paths import STATS
from tilde.runtime.clock import Clock
from tilde.web.calls import ITEMS_MAX
from tilde.web.methods import refuse

BEGINNING = "meta."  # of `by`
OFFSET_MAX = 10**18  # the store counts in 64 bits
Offset = Annotated[int, Query(ge=0, le=OFFSET_MAX, description="How many to skip.")]
Limit = Annotated[int, Query(ge=1, le=ITEMS_MAX, description="How many at most.")]
After = Annotated[
    str | None,
    Query(
        description="Lists by id instead, from behind this one on, until a list is empty; `after=` begins. For all"
        " stats of a large account, since what `offset` skips is sorted anew for every page."
    ),
]
From = Annotated[str, Query(alias="from", description="Unix time or ISO 8601; a week before `to` unless given.")]
To = Annotated[str, Query(description="Unix time or ISO 8601, itself excluded; now unless given.")]
Bucket = Annotated[str, Query(description="A number and `m` minutes, `h`, `d`, `w`, `M` months or `y`.")]
Zone = Annotated[str, Query(description="IANA time zone: of the buckets, and of times without an offset.")]
By = Annotated[
    str,
    Query(description="`meta.KEY`: apart by what the meta of its samples says under the key, in place of `points`."),
]
Compare = Annotated[
    Literal["previous", ""],
    Query(description="`previous`: also the period before; of a calendar month, the month before."),
]


def shown_stat(stat: Stat, keyring: Keyring) -> dict[str, Any]:
    """A stat as StatReply has it."""
    return {
        "id": stat.id,
        "uuid": stat.uuid,
        "name": stat.name,
        "kind": stat.kind.value,
        "key": keyring.stat_key(stat.product, stat.kind, stat.metric),
        "embed_key": keyring.embed_key(stat.product, stat.metric),
        "created_at": stat.created_ms // 1000,
        "data_received_at": stat.received_ms // 1000,
    }


def shown_detail(stat: Stat, record: StatRecord, keyring: Keyring) -> dict[str, Any]:
    """What StatDetailReply has besides."""
    settings = record.settings
    public_id = None if settings.shared is None else keyring.public_id(stat.product, stat.metric, settings.shared)
    return {
        "sharing": "none" if public_id is None else "public",
        "public_id": public_id,
        "include_in_email": settings.in_email,
        "url": settings.url or None,
        "comments": [{"at": comment.at_ms // 1000, "text": comment.text} for comment in record.comments],
    }


async def page_of_stats(lists: StatList, account: Account, skip: int, limit: int, after: str | None) -> list[Stat]:
    """A page of all stats in sight: by age, or by id behind `after`. Raises RefusedError."""
    if after is None:
        return await lists.page(account, skip, limit)
    metric = metric_of_short_id(after) if after else -1
    if metric is None:
        raise RefusedError(400, "after must be the id of a stat, or empty")
    return await lists.behind(account, metric + 1, limit)


def range_of(from_: str, to: str, zone: ZoneInfo, now: int) -> tuple[int, int]:
    """The range asked for, in unix seconds. Raises BadTimeframeError."""
    end = instant_of(to, zone) if to else now
    start = instant_of(from_, zone) if from_ else max(0, end - WEEK)
    check_range(start, end)
    return start, end


def key_of(by: str) -> str:
    """The key in `meta.KEY`, whatever is in it. Raises RefusedError."""
    if not by.startswith(BEGINNING) or by == BEGINNING:
        raise RefusedError(400, "by is meta. and a key of it: meta.plan")
    return by.removeprefix(BEGINNING)


class StatReader:
    """Answers for one stat at a time."""

    def __init__(self, stats: Stats, series: Series) -> None:
        self._stats = stats
        self._series = series
        self._segmenting = Segmenting(stats.tables)

    async def segments(
        self, account: Account, id_: str, duration: Duration, zone: ZoneInfo, range_: tuple[int, int], key: str
    ) -> tuple[Named, dict[str, Any]]:
        """Name and kind of the stat, and its buckets, apart by a key of meta."""
        buckets = local_buckets(duration, zone, *range_)
        named, found = await in_sight(
            self._stats, account, id_, lambda where: self._segmenting.segments(where, key, buckets, range_)
        )
        return named, _apart(named, zone, range_, buckets, found)

    async def over_time(
        self, account: Account, id_: str, duration: Duration, zone: ZoneInfo, range_: tuple[int, int]
    ) -> tuple[Named, dict[str, Any]]:
        """Name and kind of the stat, and its buckets."""
        buckets = local_buckets(duration, zone, *range_)
        named, cells = await in_sight(
            self._stats, account, id_, lambda where: self._series.cells(where, buckets, range_)
        )
        return named, _period(named, zone, range_, buckets, cells)

    async def last(self, account: Account, id_: str) -> dict[str, Any]:
        """The point received last. Raises RefusedError."""
        _, rows = await in_sight(self._stats, account, id_, lambda where: self._stats.tables.rows("point.last", where))
        if not rows:
            raise RefusedError(404, "no data yet")
        time_ms, received_ms, value, _ = rows[0]
        return {"time": time_ms // 1000, "received_at": received_ms // 1000, "value": number(value)}

    async def totals(self, account: Account, id_: str, range_: tuple[int, int]) -> dict[str, Any]:
        """Over a range."""
        _, totals = await in_sight(self._stats, account, id_, lambda where: self._series.totals(where, range_))
        shown = {"mean": totals.cell.mean, "min": totals.least, "max": totals.most}
        return {
            "from": range_[0],
            "to": range_[1],
            "count": totals.cell.points,
            **shown_sum("total", totals.cell.total),
            **{name: None if value is None else number(value) for name, value in shown.items()},
        }


def shown_sum(name: str, value: float | None) -> dict[str, Any]:
    """A sum under its name; null, and `overflow` beside it, where it is beyond all floats."""
    if value is None or isfinite(value):
        return {name: None if value is None else number(value)}
    return {name: None, "overflow": True}


def _period(
    named: Named, zone: ZoneInfo, range_: tuple[int, int], buckets: Buckets, cells: list[Bucketed]
) -> dict[str, Any]:
    points = []
    for start, cell in zip(buckets.starts, cells, strict=True):
        value = shown_sum("value", cell.value(named.kind))
        points.append({"time": start, "start": iso(start, zone), **value, "count": cell.points})
    return {"from": range_[0], "to": range_[1], "points": points}


def _apart(named: Named, zone: ZoneInfo, range_: tuple[int, int], buckets: Buckets, found: Segments) -> dict[str, Any]:
    segments = []
    for segment in found.shown:
        cells = [segment.cells.get(start, EMPTY) for start in buckets.starts]
        segments.append({"value": segment.value, "points": _period(named, zone, range_, buckets, cells)["points"]})
    return {"from": range_[0], "to": range_[1], "segments": segments, "left_out": found.left_out}


def router(callers: Callers, stats: Stats, series: Series, keyring: Keyring, clock: Clock) -> APIRouter:
    """The routes."""
    calls = _StatCalls(stats, series, keyring, clock)
    routes = APIRouter(prefix=STATS, tags=["Stats"], dependencies=[Depends(bearer_scheme)])
    get, row = (
        partial(routes.add_api_route, dependencies=[Depends(of_product), Depends(callers.holder)]),
        "A stat over a range, in one row",
    )
    get("", calls.list_stats, summary="All stats", responses={200: {"model": list[StatReply]}})
    refuse(routes, ["GET"], "/find", "/delete")
    get("/{id_}", calls.stat, summary="One stat", responses={200: {"model": StatDetailReply}})
    get("/{id_}/exists", calls.exists, include_in_schema=False)
    get("/{id_}/series", calls.over_time, summary="A stat over time", responses={200: {"model": SeriesReply}})
    get("/{id_}/last", calls.last, summary="The newest point of a stat", responses={200: {"model": LastReply}})
    get("/{id_}/totals", calls.totals, summary=row, responses={200: {"model": TotalsReply}})
    return routes


class _StatCalls:
    """What each route does."""

    def __init__(self, stats: Stats, series: Series, keyring: Keyring, clock: Clock) -> None:
        self._stats = stats
        self._lists = StatList(stats, clock)
        self._reader = StatReader(stats, series)
        self._keyring = keyring
        self._clock = clock

    async def list_stats(
        self, account: Caller, offset: Offset = 0, limit: Limit = ITEMS_MAX, name: str = "", after: After = None
    ) -> Response:
        """By age; with `name`, those of that name (a counter and a value may share one)."""
        if name:
            found = await self._stats.all_called(account.product, name)
        else:
            found = await page_of_stats(self._lists, account, offset, limit, after)
        return reply([shown_stat(stat, self._keyring) for stat in found])

    async def stat(self, account: Caller, id_: str) -> Response:
        """With its settings and comments; 404 while it is in the trash."""
        found = await stat_in_sight(self._stats, account, id_)
        record = self._stats.catalog.stat(found.product, found.metric)
        return reply({**shown_stat(found, self._keyring), **shown_detail(found, record, self._keyring)})

    async def exists(self, account: Caller, id_: str) -> Response:
        """For edges, before a command: what the stat has is not read."""
        await named_in_sight(self._stats, account, id_)
        return reply({})

    async def over_time(
        self,
        account: Caller,
        id_: str,
        from_: From = "",
        to: To = "",
        bucket: Bucket = "1h",
        tz: Zone = "UTC",
        compare: Compare = "",
        by: By = "",
    ) -> Response:
        """In buckets of local time. The sum over them is the sum over the range, whatever the clocks did."""
        zone, duration = zone_of(tz), duration_of(bucket)
        range_ = range_of(from_, to, zone, self._clock.now_ms() // 1000)
        if by and compare:
            raise RefusedError(400, "compare and by do not go together")
        if by:
            named, period = await self._reader.segments(account, id_, duration, zone, range_, key_of(by))
            period = {"by": by, **period}
        else:
            named, period = await self._reader.over_time(account, id_, duration, zone, range_)
        about: dict[str, Any] = {
            "id": id_,
            "name": named.name,
            "kind": named.kind.value,
            "bucket": bucket.strip(),
            "tz": zone.key,
        }
        if compare:
            _, previous = await self._reader.over_time(account, id_, duration, zone, before(*range_, zone))
            about["previous"] = previous
        return reply({**about, **period})

    async def last(self, account: Caller, id_: str) -> Response:
        """The one that was received last, whatever its time."""
        return reply(await self._reader.last(account, id_))

    async def totals(self, account: Caller, id_: str, from_: From = "", to: To = "", tz: Zone = "UTC") -> Response:
        """Count, sum, mean, least and greatest."""
        range_ = range_of(from_, to, zone_of(tz), self._clock.now_ms() // 1000)
        return reply(await self._reader.totals(account, id_, range_))
