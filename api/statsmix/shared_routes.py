"""The public page of a metric that is shared: whoever has its url sees it, without a key, until that is taken back."""

from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.reads.durations import DAY, Duration
from api.reads.local_buckets import local_buckets
from api.reads.stats.series import Series
from api.reads.stats.stat import Named
from api.reads.stats.stats import Stats
from api.statsmix.shared_metric import ENDS, HEADERS, HTML, Day, split_end, told_shared
from tilde.catalog.follower import CatalogFollower
from tilde.dialects.statsmix.answers import Form, told_error
from tilde.dialects.statsmix.documented import ANSWERS
from tilde.dialects.statsmix.resources import PUBLIC
from tilde.domain.sites.zones import kept_zone
from tilde.domain.stats.metrics import Kind
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import Clock
from tilde.runtime.visible import one_line
from tilde.web.documented import told_as

DAYS = 30
_GONE = "nothing is shared here, or not any more"


def router(follower: CatalogFollower, stats: Stats, series: Series, keyring: Keyring, clock: Clock) -> APIRouter:
    """The routes."""
    calls = _SharedCalls(follower, stats, series, keyring, clock)
    routes = APIRouter(
        tags=["StatsMix"], responses=ANSWERS | told_as("text/html", "text/csv", *ANSWERS[200]["content"])
    )
    shown = f"{PUBLIC}{{public_id}}"
    routes.add_api_route(shown, calls.shown, summary="A shared metric", response_class=Response)
    return routes


class _SharedCalls:
    """What the route does."""

    def __init__(self, follower: CatalogFollower, stats: Stats, series: Series, keyring: Keyring, clock: Clock) -> None:
        self._follower = follower
        self._stats = stats
        self._series = series
        self._keyring = keyring
        self._clock = clock

    async def shown(self, request: Request, public_id: str) -> Response:
        """Its last 30 days: a page with a chart; `.json`, `.xml`, `.csv` at the end of its url, or `format=`, the same
        for programs. 404 once it is not shared any more.
        """
        id_, end = split_end(public_id)
        said = request.query_params.get("format", HTML).strip().lower()
        end = end or (said if said in ENDS else HTML)
        await self._follower.catch_up()
        shared = await self._shared(id_)
        if shared is None:
            gone = told_error(Form.JSON if end == Form.JSON else Form.XML, _GONE)
            return Response(gone.body, 404, HEADERS, gone.media_type)
        name = shared[0].name
        told = told_shared(end, name, one_line(name), await self._days(*shared))
        return Response(told.body, 200, HEADERS, told.media_type)

    async def _shared(self, id_: str) -> tuple[Named, int, int] | None:
        """Name, product and metric; None where the catalog does not say that it is shared by this id."""
        read = self._keyring.read_public_id(id_)
        if read is None:
            return None
        product, metric, since = read
        is_shared = self._stats.catalog.stat(product, metric).settings.shared == since
        if not is_shared or self._stats.catalog.owner_of(product) is None:
            return None
        named = await self._stats.named(product, metric)
        return None if named is None else (named, product, metric)

    async def _days(self, named: Named, product: int, metric: int) -> list[Day]:
        """Of the profile's time zone, the last one up to now."""
        zone = kept_zone(self._stats.catalog.products[product].timezone)
        now = self._clock.now_ms() // 1000 + 1
        buckets = local_buckets(Duration(1, "d"), zone, now - (DAYS - 1) * DAY, now)
        cells = await self._series.cells(self._stats.where(product, metric), buckets, (buckets.starts[0], now))
        return [
            Day(_date(start, zone), None if named.kind is Kind.VALUE and not cell.points else cell.nearest(named.kind))
            for start, cell in zip(buckets.starts, cells, strict=True)
        ]


def _date(start: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(start, zone).date().isoformat()
