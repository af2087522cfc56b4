"""The report's numbers, over real tables: by the account's own days, of what is in sight, and none where nothing came."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from math import inf
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from api.reads.stats.series import Series
from testkit.edges import KEYRING
from testkit.fixed_clock import FixedClock
from testkit.query_place import OPERATOR, QueryPlace
from testkit.rows import a_metric, a_point
from tilde.domain.catalog.accounts import AccountCreated
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.products import ProductChanged, ProductCreated
from tilde.domain.catalog.stat_settings import StatChanged, StatRenamed
from tilde.domain.catalog.stats import StatDeleted
from tilde.domain.log.identity import first_id_at
from tilde.domain.log.versions import version_at
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.errors import TildeError
from tilde.own_paths import DAYS
from tilde.schemas.topics import STATS
from tilde.settings import Settings
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate, point_views
from watchers.mail import shown
from watchers.mail.daily_numbers import numbers_of
from watchers.mail.dry_report import NOBODY
from watchers.mail.schedule import Schedule
from watchers.wiring import dry_report, mail_writers, parts_over

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 10, 25)  # 25 hours long there
NOON = datetime(2026, 10, 26, 12, tzinfo=UTC)
EVIL = "<script>alert(1)</script>\r\nBcc: x@y.z"

pytestmark = pytest.mark.asyncio(loop_scope="module")


def at(text: str) -> int:
    """Unix milliseconds of a time in Berlin."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1000)


def point(product: int, kind: str, name: str, when: str | int, number: float, nth: int = 0) -> bytes:
    ts = when if isinstance(when, int) else at(when)
    metric = metric_id(product, kind, name)
    return a_point(product=product, metric=metric, ts=ts, received_at=ts, event_id=first_id_at(ts) + nth, number=number)


def in_report(product: int, kind: str, name: str) -> StatChanged:
    return StatChanged(product, metric_id(product, kind, name), is_public=False, in_email=True, url="")


def an_account(number: int, name: str, email: str | None = None) -> AccountCreated:
    keys = () if email is None else (KEYRING.store(KeyKind.EMAIL, email),)
    return AccountCreated(number, name, keys, number, f"uuid-{number}", "")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[QueryPlace]:
    """Account `shop` with two products in Berlin; `quiet`, in which nothing came for a week; `none` without a stat."""
    store = await open_store(f"chdb://{tmp_path_factory.mktemp('store')}")
    await migrate(store, 1)
    await point_views(store, 1)
    place = QueryPlace(store)
    await place.decide(an_account(1, "shop", "jo@example.com"), an_account(2, "quiet", "q@example.com"))
    await place.decide(an_account(3, "none", "n@example.com"), ProductCreated(1, 4, "outlet", "u", "", None, ()))
    await place.decide(ProductChanged(1, "shop", "", "Europe/Berlin"))
    stats = [(1, "counter", "hits"), (1, "value", "load"), (1, "counter", "old"), (4, "counter", EVIL)]
    stats += [
        (1, "counter", "made anew"),
        (1, "counter", "in the trash"),
        (2, "counter", "hits"),
        (1, "counter", "idle"),
    ]
    for stat in stats:
        await place.decide(in_report(*stat))
    await place.decide(StatRenamed(1, metric_id(1, "counter", "old"), Kind.COUNTER, "old", "renamed", None))
    for name in ("made anew", "in the trash"):
        await place.decide(StatDeleted(1, metric_id(1, "counter", name)), at_ms=at("2026-10-24 12:00"))
    await place.insert("metric", *(a_metric(name, kind, product=product) for product, kind, name in stats))
    await place.insert("metric", a_metric("not in it"))
    await place.insert(
        "point",
        *(
            point(1, "counter", "hits", when, 1.0, nth)
            for nth, when in enumerate(("2026-10-25 00:00", "2026-10-25 23:59:59"))
        ),
        # 02:30 is there twice on that day.
        *(point(1, "counter", "hits", at("2026-10-25 02:30") + hour * 3_600_000, 10.0) for hour in (0, 1)),
        point(1, "counter", "hits", "2026-10-26 00:00", 1000.0),
        point(1, "counter", "hits", "2026-10-24 23:59:59", 7.0),
        point(1, "counter", "hits", "2026-10-19 00:00", 41.0),
        point(1, "counter", "hits", "2026-10-18 23:59:59", 100.0),
        point(1, "counter", "hits", "2026-10-12 00:00", 5.0),
        point(1, "counter", "hits", "2026-10-11 23:59:59", 10_000.0),
        *(point(1, "value", "load", f"2026-10-25 1{nth}:00", number) for nth, number in enumerate((1.0, 2.0, 6.0))),
        point(1, "value", "load", "2026-10-23 10:00", 7.0),
        point(1, "counter", "old", "2026-10-25 10:00", 2.0),
        point(4, "counter", EVIL, "2026-10-25 10:00", 1.0),
        point(1, "counter", "made anew", "2026-10-24 11:00", 500.0),
        point(1, "counter", "made anew", "2026-10-24 13:00", 3.0),
        point(1, "counter", "in the trash", "2026-10-24 11:00", 500.0),
        point(2, "counter", "hits", "2026-10-10 10:00", 1.0),
        point(1, "counter", "not in it", "2026-10-25 10:00", 1.0),
    )
    yield place
    await place.http.aclose()
    await store.close()


def parts_of(place: QueryPlace, data: Path) -> Any:
    settings = Settings(data=data, key=bytes(range(32)).hex(), operator_token=OPERATOR.replace(" ", "-"))
    parts = parts_over(settings, place.follower, place.http)
    parts.tables._headers = {"authorization": f"Bearer {OPERATOR}"}  # type: ignore[attr-defined]
    return parts


async def test_numbers_are_those_of_the_accounts_days(place: QueryPlace, tmp_path: Path) -> None:
    """One of 25 hours, and what stands on its edges."""
    catalog, parts = place.follower.catalog, parts_of(place, tmp_path)
    names = ("hits", "old", "made anew", "in the trash", "idle")
    stats = [*((1, metric_id(1, "counter", name)) for name in names), (1, metric_id(1, "value", "load"))]
    found = {
        one.name: one for one in await numbers_of(stats, DAY, Schedule.of(catalog.accounts[1], catalog), parts.tables)
    }
    hits, load = found["hits"], found["load"]

    assert (hits.of(0), hits.of(1), hits.of(7), hits.of(13)) == (22.0, 7.0, 100.0, 5.0)
    assert hits.mean() == pytest.approx((22 + 7 + 41) / 7)
    assert (load.of(0), load.of(1), load.of(2)) == (3.0, None, 7.0)
    assert load.mean() == pytest.approx((1 + 2 + 6 + 7) / 4)
    assert found["made anew"].of(1) == 3.0
    assert sum(found["idle"].counts) == 0
    assert found.keys() == {"hits", "load", "renamed", "made anew", "idle"}


async def test_of_a_stat_that_was_deleted_and_posted_to_again_it_has_what_reads_show(
    place: QueryPlace, tmp_path: Path
) -> None:
    """What stands behind the deletion in the log, whenever an edge's clock says that it was received."""
    metric, ends = metric_id(1, "counter", "back"), (100,) * STATS.partitions
    await place.insert("metric", a_metric("back"))
    await place.decide(StatDeleted(1, metric), at_ms=at("2026-10-24 12:00"), ends=ends)
    for number, (when, offset) in enumerate([("11:00", 99), ("13:00", 99), ("11:30", 100), ("13:30", 101)]):
        ts = at(f"2026-10-24 {when}")
        its = {"product": 1, "metric": metric, "ts": ts, "received_at": ts, "event_id": first_id_at(ts) + number}
        await place.insert("point", a_point(**its, raw_partition=3, version=version_at(offset, 0), number=10.0**number))
    catalog, parts = place.follower.catalog, parts_of(place, tmp_path)
    schedule = Schedule.of(catalog.accounts[1], catalog)
    (back,) = await numbers_of([(1, metric)], DAY, schedule, parts.tables)
    read = await Series(place.stats().tables).totals(place.stats().where(1, metric), (0, at("2026-10-26") // 1000))

    assert (back.of(0), back.of(1), back.counts[-2]) == (0.0, 1100.0, 2)
    assert (read.cell.total, read.cell.points) == (1100.0, 2)


async def test_a_sum_beyond_all_floats_is_told_as_one_and_no_mean_is(place: QueryPlace, tmp_path: Path) -> None:
    """Another stat of the same answer has its own number."""
    huge, other = metric_id(1, "counter", "huge"), metric_id(1, "counter", "hits")
    high, two_days = metric_id(1, "value", "high"), metric_id(1, "counter", "two days")
    await place.insert("metric", a_metric("high", kind="value"), a_metric("two days"))
    await place.insert("point", *(point(1, "value", "high", "2026-10-25 10:00", 1.7e308, nth) for nth in range(2)))
    days = [point(1, "counter", "two days", f"2026-10-{day} 10:00", 1.7e308) for day in (24, 25)]
    await place.insert("point", *days)
    await place.insert("metric", a_metric("huge"))
    await place.insert("point", *(point(1, "counter", "huge", "2026-10-25 10:00", 1.5e308, nth) for nth in range(3)))
    catalog, parts = place.follower.catalog, parts_of(place, tmp_path)
    schedule = Schedule.of(catalog.accounts[1], catalog)
    stats = [(1, metric) for metric in (huge, other, high, two_days)]
    found = {one.name: one for one in await numbers_of(stats, DAY, schedule, parts.tables)}

    assert (found["huge"].of(0), found["huge"].mean(), found["hits"].of(0)) == (inf, inf, 22.0)
    assert (found["high"].of(0), found["high"].mean()) == (1.7e308, 1.7e308)
    assert found["two days"].mean() == pytest.approx(1.7e308 / 7 * 2)
    assert shown.number(inf) == shown.mean(inf) == "> 1.8e308"


async def test_the_days_are_the_operators_alone_and_bounded(place: QueryPlace) -> None:
    ask = {"product": 1, "metrics": [], "begins": [0, 86_400]}
    operator = {"authorization": f"Bearer {OPERATOR}"}
    statuses = [
        (await place.http.post(DAYS, json={**ask, **more}, headers=headers)).status_code
        for more, headers in (
            ({}, {}),
            ({}, operator),
            ({"metrics": [1] * 501}, operator),
            ({"begins": [0]}, operator),
            ({"begins": [0, 1 << 40]}, operator),
        )
    ]

    assert statuses == [401, 200, 422, 422, 422]


async def report_of(place: QueryPlace, data: Path, account: str, day: date | None = DAY) -> EmailMessage | None:
    clock = FixedClock(int(NOON.timestamp() * 1000))
    (report,) = await dry_report(parts_of(place, data), clock).messages(account, day)
    message = None if report.message is None else message_from_bytes(report.message, policy=default)
    assert message is None or isinstance(message, EmailMessage)
    return message


async def test_a_report_has_each_stat_in_text_and_html_with_a_chart(place: QueryPlace, tmp_path: Path) -> None:
    message = await report_of(place, tmp_path, "shop")
    assert message is not None
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    images = [part for part in message.walk() if part.get_content_type() == "image/png"]

    assert (message["To"], message["Subject"]) == ("jo@example.com", "Daily report: shop, Sunday, 25 October 2026")
    assert any(line.split() == ["hits", "22", "7", "10"] for line in plain.get_content().splitlines())
    assert "not in it" not in plain.get_content()
    assert [image["Content-ID"] for image in images] == [f"<chart{nth}>" for nth in range(6)]
    assert all(f'src="cid:chart{nth}"' in html.get_content() for nth in range(6))
    assert ">outlet</td>" in html.get_content()


async def test_a_day_that_has_not_come_is_told(place: QueryPlace, tmp_path: Path) -> None:
    """Not as one that nothing came in."""
    with pytest.raises(TildeError, match="2030-01-01 has not come yet: it is 2026-10-26 where shop is"):
        await report_of(place, tmp_path, "shop", date(2030, 1, 1))


async def test_hostile_names_are_text(place: QueryPlace, tmp_path: Path) -> None:
    message = await report_of(place, tmp_path, "shop")
    assert message is not None
    html, plain = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert plain is not None

    assert "<script" not in html.get_content()
    assert "<script>alert(1)</script>" in unescape(html.get_content())
    assert "Bcc" not in message
    assert not any(line.startswith("Bcc") for line in plain.get_content().splitlines())


async def test_there_is_none_where_nothing_came_for_a_week(place: QueryPlace, tmp_path: Path) -> None:
    assert await report_of(place, tmp_path, "quiet") is None
    assert await report_of(place, tmp_path, "none") is None
    assert await report_of(place, tmp_path, "quiet", date(2026, 10, 16)) is not None
    assert await report_of(place, tmp_path, "quiet", date(2026, 10, 17)) is None


async def test_the_newest_day_is_that_whose_report_has_come(place: QueryPlace, tmp_path: Path) -> None:
    message = await report_of(place, tmp_path, "shop", None)
    assert message is not None

    assert message["Subject"].endswith("25 October 2026")


async def test_what_is_asked_for_is_written_for_the_address(place: QueryPlace, tmp_path: Path) -> None:
    """And for nobody where there is none, or the account is gone."""
    write = mail_writers(parts_of(place, tmp_path), FixedClock(0))["report"]
    letter = await write({"account": 1, "day": "2026-10-25"})
    await place.decide(an_account(5, "silent"), in_report(5, "counter", "hits"))

    assert letter is not None
    assert letter.to == "jo@example.com"
    assert await write({"account": 5, "day": "2026-10-25"}) is None
    assert await write({"account": 99, "day": "2026-10-25"}) is None
    assert letter.to != NOBODY
