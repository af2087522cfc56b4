"""The white label API's traffic: which days are meant, by whose clock, and what of the sites' page views is told."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import orjson
import pytest
from starlette.types import Receive, Scope, Send

from producers.clicky.whitelabel.errors import Error, Nok
from producers.clicky.whitelabel.requests import Call, SentCall
from producers.clicky.whitelabel.traffic import TrafficCalls, own_clock
from testkit.builders import a_catalog, an_account_created
from testkit.fixed_clock import FixedClock
from testkit.resellers import a_site_created, a_user_created
from testkit.white_label import white_labels
from testkit.whole_edge import AWAY
from tilde.domain.catalog.access import AccessGranted
from tilde.domain.catalog.entries import Fact
from tilde.domain.catalog.reseller_records import Reseller
from tilde.domain.catalog.resellers import ResellerConfigured
from tilde.domain.catalog.sites import SiteDeleted
from tilde.domain.catalog.state import Account
from tilde.domain.sites.clock_setting import ClockSetting
from tilde.domain.sites.dates import MONDAY, SUNDAY
from tilde.domain.sites.day_range import DayRange

NIGHT_MS = int(datetime(2026, 7, 22, 3, 0, tzinfo=UTC).timestamp() * 1_000)
"""A Wednesday in Europe, and still Tuesday in America."""
TWO_SITES: list[Fact] = [
    *(an_account_created(1, "shop"), a_user_created(1, "billy"), a_user_created(2, "anna"), a_user_created(3, "eve")),
    *(a_site_created(2), a_site_created(3, domain="b.com"), AccessGranted(2, 3, is_admin=True)),
    AccessGranted(3, 3, is_admin=False),
]


@dataclass
class Views:
    """Stands in for the query API: so many page views of each site, whichever days are asked for."""

    totals: dict[int, int]
    asked: list[DayRange] = field(default_factory=list)

    async def traffic(self, account: Account, days: DayRange) -> dict[int, int]:
        self.asked.append(days)
        return self.totals


class Place:
    def __init__(self, *facts: Fact, **totals: int) -> None:
        self.catalog = a_catalog(*facts)
        self.views = Views({int(site.removeprefix("site")): total for site, total in totals.items()})
        self.calls = TrafficCalls(self.views, self.catalog, FixedClock(NIGHT_MS))  # type: ignore[arg-type] # as it is

    def call(self, date: str | None = None) -> Call:
        return Call(self.catalog.accounts[1], SentCall({} if date is None else {"date": date}))


@pytest.mark.parametrize(
    ("date", "days"),
    [
        (None, "2026-07-14"),
        ("7-days-ago", "2026-07-14"),
        ("today", "2026-07-21"),
        ("yesterday", "2026-07-20"),
        ("last-7-days", "2026-07-15,2026-07-21"),
        ("last-30-days", "2026-07-15,2026-07-21"),
        ("last-week", "2026-07-13,2026-07-19"),
        ("2026-07-01,2026-07-03", "2026-07-01,2026-07-03"),
        ("rubbish", "2026-07-14"),
        ("2027-01-01", "2026-07-14"),
    ],
)
async def test_the_days_that_were_taken_are_told(date: str | None, days: str) -> None:
    """Those of Pacific time, where it is Tuesday still: at most seven of them, and never an error."""
    told, _ = await Place(*TWO_SITES).calls.traffic(Place(*TWO_SITES).call(date))

    assert told == days


async def test_traffic_is_the_average_of_all_sites_together() -> None:
    """Half of a page view is one."""
    place = Place(*TWO_SITES, site2=17, site3=18)

    assert await place.calls.traffic(place.call("last-7-days")) == ["2026-07-15,2026-07-21", "5"]
    place.views.totals = {2: 3, 3: 7}
    assert (await place.calls.traffic(place.call("2026-07-01,2026-07-04")))[1] == "3", "2.5 is 3"


async def test_traffic_per_user_is_that_of_the_sites_whose_admin_he_is() -> None:
    """In the order of ids, zeros too; who may only read has none."""
    place = Place(*TWO_SITES, site2=140)

    assert await place.calls.traffic_per_user(place.call("last-7-days")) == ["2026-07-15,2026-07-21", "1:20,2:0"]
    place.views.totals = {2: 140, 3: 70}
    assert (await place.calls.traffic_per_user(place.call("last-7-days")))[1] == "1:30,2:10"


async def test_a_white_label_without_sites_has_an_empty_line() -> None:
    """Three lines all the same, since clients take the third."""
    place = Place(*TWO_SITES, SiteDeleted(2), SiteDeleted(3))

    assert await place.calls.traffic_per_user(place.call()) == ["2026-07-14", ""]
    assert await place.calls.traffic(place.call()) == ["2026-07-14", "0"]


@pytest.mark.parametrize(
    ("facts", "zone"),
    [
        ([], ClockSetting(-28_800, "usa")),
        ([ResellerConfigured(1, Reseller(offset_s=3_600))], ClockSetting(3_600, "0")),
        ([ResellerConfigured(1, Reseller(clock_rule="eu"))], ClockSetting(-28_800, "eu")),
        (
            [
                a_site_created(2),
                *(a_site_created(n, domain=f"{n}.com", offset_s=3_600, clock_rule="eu") for n in (3, 4)),
            ],
            ClockSetting(3_600, "eu"),
        ),
    ],
)
def test_days_are_those_of_the_white_label(facts: list[Fact], zone: ClockSetting) -> None:
    """Its own clock, else that of most of its sites, else Pacific time."""
    catalog = a_catalog(an_account_created(1), a_user_created(1), *facts)

    assert own_clock(catalog, catalog.accounts[1]) == zone


@pytest.mark.parametrize(("total", "has_room"), [(3_600, True), (3_601, False)])
async def test_a_site_more_needs_traffic_below_the_limit(total: int, has_room: bool) -> None:
    """The 30 days up to yesterday had 20 % more than the limit at most: 120 a day are 3,600."""
    place = Place(*TWO_SITES, ResellerConfigured(1, Reseller(max_traffic=100)), site2=total - 1, site3=1)
    account = place.catalog.accounts[1]

    if has_room:
        await place.calls.require_room(account)
    else:
        with pytest.raises(Nok) as nok:
            await place.calls.require_room(account)
        assert nok.value.error is Error.TOO_MANY_SITES
    assert [str(days) for days in place.views.asked] == ["2026-06-21,2026-07-20"]


async def test_a_white_label_without_a_limit_asks_for_no_traffic() -> None:
    """Sites are made while the query API is away."""
    place = Place(*TWO_SITES, site2=10**12)

    await place.calls.require_room(place.catalog.accounts[1])

    assert place.views.asked == []


async def views_of_site_4(scope: Scope, receive: Receive, send: Send) -> None:
    """A query API that knows 70 page views of a site, and says for which days it was asked by a header."""
    is_it = scope["path"] == "/tilde/v1/accounts/hotstatz/traffic"
    asked = dict(parse_qsl(scope["query_string"].decode()))
    body = orjson.dumps({"sites": [[4, 70 if asked["last"] == asked["first"] else 7_000]]} if is_it else {})
    await send({"type": "http.response.start", "status": 200 if is_it else 404, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def test_traffic_is_asked_of_the_query_api(tmp_path: Path) -> None:
    """As the operator, of the one account; a limit, too."""
    async with white_labels(tmp_path, httpx.ASGITransport(views_of_site_4)) as api:
        user = await api.made("user", username="billy")
        await api.made("site", user_id=user, domain="awesome.com")

        assert await api("traffic", date="2026-07-01") == ["OK", "2026-07-01", "70"]
        assert await api("traffic_per_user", date="2026-07-01,2026-07-02") == ["OK", "2026-07-01,2026-07-02", "1:3500"]
        await api.configure(max_traffic=100)
        assert (await api("site", user_id=user, domain="b.com"))[1] == str(Error.TOO_MANY_SITES.number)
        await api.configure(max_traffic=1_000)
        assert (await api("site", user_id=user, domain="b.com"))[0] == "OK"


@pytest.mark.parametrize(("said", "weekday"), [("", MONDAY), ("monday", MONDAY), ("sunday", SUNDAY)])
async def test_a_week_begins_as_the_operator_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, weekday: int
) -> None:
    """On Monday unless he says another day."""
    monkeypatch.setenv("TILDE_WEEK_BEGINS", said)
    async with white_labels(tmp_path, httpx.ASGITransport(views_of_site_4)) as api:
        _, days, _ = await api("traffic", date="last-week")
    first, last = map(date.fromisoformat, days.split(","))

    assert (first.weekday(), (last - first).days) == (weekday, 6)


async def test_without_a_query_api_traffic_is_error_7(tmp_path: Path) -> None:
    """A number that nobody has read would be a lie."""
    async with white_labels(tmp_path, AWAY) as api:
        assert (await api("traffic"))[:2] == ["NOK", str(Error.DATABASE_ERROR.number)]
