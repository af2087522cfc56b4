"""Traffic as it is read: page views a day of some sites, on the average over days that are each site's own."""

from collections.abc import AsyncIterator, Collection

import pytest
import pytest_asyncio

from api.reads.tables import Tables
from api.reads.traffic import Traffic
from sinks.block import join
from tilde.domain.hits.traffic import DayPart
from tilde.domain.sites.daily_average import daily_average
from tilde.domain.sites.day_range import DayRange
from tilde.schemas.hit_rows import traffic_row
from tilde.schemas.registry import latest
from tilde.store.clickhouse import ClickHouse, open_store
from tilde.store.migrate import migrate

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]
WEEK = DayRange(20_454, 20_460)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ClickHouse]:
    store = await open_store(f"chdb://{tmp_path_factory.mktemp('store')}")
    await migrate(store, 1)
    rows = [
        traffic_row(7, DayPart(20_453, 0, 1_000, 1_000, 0), 512),  # the day before
        traffic_row(7, DayPart(20_454, 1, 3, 5, 1), 1_024),
        traffic_row(7, DayPart(20_454, 1, 10, 12, 1), 2_048),  # the same day, later
        traffic_row(7, DayPart(20_454, 1, 3, 5, 1), 1_024),  # again, as after a crash
        traffic_row(7, DayPart(20_454, 9, 4, 4, 0), 9_216),  # what came more than a week late
        traffic_row(7, DayPart(20_460, 3, 3, 3, 0), 2_560),
        traffic_row(7, DayPart(20_461, 4, 1_000, 1_000, 0), 3_072),  # the day after
        traffic_row(8, DayPart(20_456, 5, 4, 9, 100), 3_584),
        traffic_row(9, DayPart(20_456, 6, 0, 0, 100), 4_096),  # crawlers alone
    ]
    await store.insert_block("tilde_g1.traffic", join(latest("traffic"), rows))
    yield store
    await store.close()


@pytest.fixture
def traffic(store: ClickHouse) -> Traffic:
    return Traffic(Tables(store, lambda: 1))


async def test_a_week_is_the_sum_of_its_days_and_of_their_parts(traffic: Traffic) -> None:
    """Each day as it stood last; the days before and after are not in it, and crawlers are nobody."""
    assert await traffic.totals([7, 8, 9, 10], WEEK) == {7: 17, 8: 4, 9: 0, 10: 0}


async def daily(traffic: Traffic, sites: Collection[int], days: DayRange) -> dict[int, int]:
    """A day, as whoever asked makes it of the totals."""
    return {site: daily_average(total, days.days) for site, total in (await traffic.totals(sites, days)).items()}


async def test_the_average_is_rounded_half_up(traffic: Traffic) -> None:
    """17 in 7 days are 2, 4 in 7 are 1; of no site there is none."""
    assert await daily(traffic, [7, 8, 10], WEEK) == {7: 2, 8: 1, 10: 0}
    assert await daily(traffic, [8], DayRange(20_456, 20_456)) == {8: 4}
    assert await daily(traffic, [8], DayRange(20_456, 20_457)) == {8: 2}
    assert await daily(traffic, [], WEEK) == {}


async def test_ten_thousand_sites_are_asked_for_at_once(traffic: Traffic) -> None:
    """A white label may have as many."""
    counts = await daily(traffic, range(1, 10_001), WEEK)

    assert len(counts) == 10_000
    assert {site: count for site, count in counts.items() if count} == {7: 2, 8: 1}
