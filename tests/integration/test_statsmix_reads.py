"""StatsMix's reads: stats, metrics, profiles, in v1's document, in XML and in JSON, over a real store."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
import pytest_asyncio

from streams.contract import NO_CATALOG, Message, no_outputs
from streams.processors.samples import SamplesProcessor
from streams.state import State
from testkit.edges import KEYRING
from testkit.query_place import HITS, QueryPlace, a_hit
from testkit.rows import NOON_MS, a_metric
from testkit.samples import METRIC, a_write, an_event
from tilde.domain.catalog.accounts import KeyStored
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.products import ProductChanged, ProductCreated
from tilde.domain.catalog.stat_settings import StatChanged
from tilde.domain.catalog.stats import StatDeleted
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.samples.sample import sample_id
from tilde.domain.samples.writes import SampleWrite
from tilde.domain.stats.metrics import metric_id

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]
KEY, OTHER_KEY = "0123456789abcdef0123", "a-key-of-somebody-else"
NOBODY: Any = {"x-statsmix-token": "nobody's"}
HEADERS = {"x-statsmix-token": KEY, "host": "stats.example"}
PARTITION = partition_of_metric(METRIC, 16)


class Place:
    """Account `main` with products 1 and 3, and `other` with 2, each with a key of StatsMix's; writes, and questions."""

    def __init__(self, query: QueryPlace) -> None:
        self.query = query
        self._processor, self._state, self._offset = SamplesProcessor(NO_CATALOG), State(), 0

    async def open(self) -> None:
        for account, key in ((1, KEY), (2, OTHER_KEY)):
            await self.query.decide(KeyStored(account, KEYRING.store(KeyKind.API_KEY, key)))
        await self.query.decide(ProductCreated(1, 3, "second", "uuid-3", "", "America/Denver", ()))

    async def write(self, *writes: SampleWrite) -> None:
        for write in writes:
            outputs = no_outputs()
            content: dict[str, Any] = {"events": [an_event(write)]}
            self._processor.fold(Message(PARTITION, self._offset, content, 0), outputs, self._state)
            self._offset += 1
            for topic, subject in (("samples", "sample"), ("points", "point"), ("metrics", "metric")):
                if outputs[topic]:
                    await self.query.insert(subject, *outputs[topic])

    async def ask(self, path: str, body: bytes = b"", **headers: str) -> httpx.Response:
        """With the key in its header, unless headers are given."""
        return await self.query.http.request("GET", path, content=body, headers=headers or HEADERS)

    async def json(self, path: str) -> Any:
        answer = await self.ask(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def error(self, path: str) -> tuple[int, str]:
        """Its status, and what the answer says in XML."""
        answer = await self.ask(path)
        found = re.fullmatch(r"<\?xml .*\?>\n<errors><error>(.+)</error></errors>\n", answer.text)
        assert found, answer.text
        return answer.status_code, found[1]


@pytest_asyncio.fixture(loop_scope="module")
async def place(place: QueryPlace) -> AsyncIterator[Place]:
    made = Place(place)
    await made.open()
    yield made


async def test_a_zone_that_this_machine_does_not_know_is_utc(place: Place) -> None:
    """In v1's document, and in the days of a metric that is shared. It was one when it was set."""
    await place.query.decide(ProductChanged(1, "main", "", "No/Such"))
    await place.write(a_write(5, number=1.0, t_ms=1_267_686_000_000, received_at=1_267_676_000_000))
    await place.query.insert("metric", a_metric("hits"))
    await place.query.insert("point", a_hit(60, 2.5, metric=HITS))
    await place.query.decide(StatChanged(1, HITS, is_public=True, in_email=False, url=""))
    url = (await place.json(f"/api/v2/metrics/{HITS}.json"))["metric"]["url"].removeprefix("http://stats.example")

    shown = (await place.ask("/api/v1/stats/5")).text
    assert '<generated-at type="datetime">2010-03-04T07:00:00+00:00</generated-at>' in shown
    days = (await place.ask(f"{url}.json", host="stats.example")).json()["metric"]["days"]["day"]
    assert days[-1] == {"date": "2026-10-26", "value": 2.5}


async def test_a_stat_is_shown_by_its_id_and_by_its_ref(place: Place) -> None:
    id_ = sample_id(METRIC, "order 7")
    await place.write(a_write(5, "order 7", number=2.5, t_ms=1_341_750_833_000, meta='{"a":1}'))

    shown = await place.json(f"/api/v2/stats/{id_}.json")
    assert shown == {
        "stat": {
            "id": id_,
            "ref_id": "order 7",
            "profile_id": 1,
            "metric_id": METRIC,
            "value": 2.5,
            "meta": '{"a":1}',
            "generated_at": "2012-07-08T12:33:53Z",
            "created_at": "2026-01-01T12:00:00Z",
            "updated_at": "2026-01-01T12:00:00Z",
        }
    }
    assert await place.json(f"/api/v2/stats/order%207.json?metric_id={METRIC}") == shown
    assert await place.json(f"/api/v2/stats/{id_}?format=json&profile_id=1") == shown
    root = ET.fromstring((await place.ask(f"/api/v2/stats/{id_}")).content)
    assert [(child.tag, child.text) for child in root][:2] == [("id", str(id_)), ("ref_id", "order 7")]


async def test_a_ref_in_a_path_is_read_as_one_in_a_parameter(place: Place) -> None:
    """Without what nobody sees around it, and in the encoding of whoever wrote it; none is nobody's."""
    await place.write(a_write(5, "C"), a_write(6, "\u00e9"), a_write(7))

    for ref, path in (("C", "%20C%20.json"), ("C", "C.json%20"), ("\u00e9", "%E9.json"), ("\u00e9", "%C3%A9.json")):
        assert (await place.json(f"/api/v2/stats/{path}?metric_id={METRIC}"))["stat"]["ref_id"] == ref
    for nothing in ("%20", ".xml", "%EF%BB%BF.xml"):
        assert (await place.error(f"/api/v2/stats/{nothing}?metric_id={METRIC}"))[0] == 404


async def test_v1_has_the_document_of_statsmixs_own_page(place: Place) -> None:
    """In the zone of the account's first product."""
    await place.query.decide(ProductChanged(1, "main", "", "America/Denver"))
    await place.write(a_write(5, number=1.0, t_ms=1_267_686_000_000, received_at=1_267_676_000_000))

    for path in ("/api/v1/stats/5.xml", "/api/v1/stats/5"):
        assert (await place.ask(path)).text == (
            '<?xml version="1.0" encoding="UTF-8"?>\n<stat>\n'
            '<created-at type="datetime">2010-03-03T21:13:20-07:00</created-at>\n'
            '<generated-at type="datetime">2010-03-04T00:00:00-07:00</generated-at>\n'
            '<id type="integer">5</id>\n'
            f'<metric-id type="integer">{METRIC}</metric-id>\n'
            '<profile-id type="integer">1</profile-id>\n'
            '<service-id type="integer" nil="true"></service-id>\n'
            '<service-type-id type="integer" nil="true"></service-type-id>\n'
            '<stat-type-id type="integer" nil="true"></stat-type-id>\n'
            '<updated-at type="datetime">2010-03-03T21:13:20-07:00</updated-at>\n'
            '<value type="integer">1</value>\n</stat>\n'
        )


async def test_a_metrics_stats_are_listed_the_newest_first(place: Place) -> None:
    """50 of them unless `limit` says otherwise; a day that ends a range is in it, and so is a second."""
    days = [1_341_705_600_000 + 86_400_000 * day for day in range(60)]
    await place.write(*(a_write(n + 10, t_ms=t_ms) for n, t_ms in enumerate(days)))
    base = f"/api/v2/stats.json?metric_id={METRIC}"

    async def ids(more: str) -> list[int]:
        return [stat["id"] for stat in (await place.json(base + more))["stats"]["stat"]]

    assert await ids("") == list(range(69, 19, -1))
    assert await ids("&limit=2") == [69, 68]
    for all_ in ("5000", "99999999999999999999", "1" * 5_000, "0" * 20 + "60", "0" * 20 + "1" * 20):
        assert await ids(f"&limit={all_}") == list(range(69, 9, -1))
    for none in ("0", "0" * 20, "-1", "1.5", "x"):
        assert await place.error(f"/api/v2/stats?metric_id={METRIC}&limit={none}") == (
            422,
            "limit is a whole number from 1 on",
        )
    assert await ids("&start_date=2012-07-09&end_date=2012-07-11") == [13, 12, 11]
    assert await ids("&end_date=2012-07-09 00:00:00") == [11, 10]
    assert await ids("&end_date=2012-07-08 23:59:59") == [10]
    assert await ids("&start_date=2013-01-01") == []
    root = ET.fromstring((await place.ask(base.replace(".json", "") + "&limit=1")).content)
    assert (root.tag, [child.tag for child in root]) == ("stats", ["stat"])


async def test_what_was_deleted_and_what_is_somebody_elses_is_not_there(place: Place) -> None:
    """v1 says of what is somebody else's that it is forbidden."""
    gone = sample_id(METRIC, "gone")
    await place.write(a_write(5), a_write(6, "gone"), a_write(7, id=gone, makes=False, deletes=True))
    theirs: Any = {"x-statsmix-token": OTHER_KEY}

    assert await place.error(f"/api/v2/stats/{gone}") == (404, "no such stat in your account")
    assert await place.error(f"/api/v1/stats/{gone}") == (404, "no such stat in your account")
    assert await place.error("/api/v1/stats/7777") == (404, "no such stat in your account")
    assert (await place.ask("/api/v2/stats/5", **theirs)).status_code == 404
    assert (await place.ask("/api/v1/stats/5", **theirs)).status_code == 403
    assert (await place.ask(f"/api/v2/stats?metric_id={METRIC}", **theirs)).status_code == 404
    assert (await place.ask(f"/api/v2/metrics/{METRIC}", **theirs)).status_code == 404
    assert (await place.ask("/api/v2/profiles/1", **theirs)).status_code == 404
    assert (await place.ask("/api/v1/stats/5?profile_id=1", **theirs)).status_code == 403


async def test_metrics_are_all_stats_of_an_account_whoever_posted_to_them(place: Place) -> None:
    """Counters and values; of one profile, where it is named; what is in the trash is not among them."""
    await place.query.insert("point", a_hit(60))
    await place.query.insert(
        "metric",
        a_metric("hits"),
        a_metric("speed", "value", first_seen_at=NOON_MS + 1000),
        a_metric("third", product=3, first_seen_at=NOON_MS + 2000),
        a_metric("theirs", product=2),
        a_metric("gone"),
    )
    gone = metric_id(1, "counter", "gone")
    await place.query.decide(StatDeleted(1, gone), at_ms=NOON_MS + 5000)

    listed = (await place.json("/api/v2/metrics.json"))["metrics"]["metric"]
    assert [(metric["name"], metric["profile_id"]) for metric in listed] == [("hits", 1), ("speed", 1), ("third", 3)]
    assert listed[0] == {
        "id": HITS,
        "name": "hits",
        "profile_id": 1,
        "include_in_email": 0,
        "sharing": "none",
        "url": "",
        "created_at": "2026-10-26T12:00:00Z",
        "updated_at": "2026-10-26T12:00:00Z",
    }

    async def names(more: str) -> list[str]:
        found = (await place.json(f"/api/v2/metrics.json?{more}"))["metrics"]["metric"]
        return [metric["name"] for metric in found]

    assert await names("profile_id=3") == ["third"]
    assert await names("limit=1") == ["hits"]
    assert await names("limit=1&start_date=2026-10-26 12:00:01") == ["speed"]
    assert await names("end_date=2026-10-26 12:00:01") == ["hits", "speed"]
    assert await place.json(f"/api/v2/metrics/{HITS}.json") == {"metric": listed[0]}
    assert (await place.error(f"/api/v2/metrics/{gone}"))[0] == 404
    assert (await place.error(f"/api/v2/metrics/{HITS}?profile_id=3"))[0] == 404


async def test_a_metric_that_is_shared_has_a_url_where_its_asker_has_reached_us(place: Place) -> None:
    """And an own one, where its owner says one."""
    await place.query.insert("metric", a_metric("hits"))
    await place.query.decide(StatChanged(1, HITS, is_public=True, in_email=True, url=""), at_ms=NOON_MS + 9000)

    metric = (await place.json(f"/api/v2/metrics/{HITS}.json"))["metric"]
    assert (metric["sharing"], metric["include_in_email"]) == ("public", 1)
    assert re.fullmatch("http://stats.example/d/[0-9A-Za-z_-]{16,}", metric["url"])
    assert metric["updated_at"] == "2026-10-26T12:00:09Z"
    passed_on: Any = {**HEADERS, "x-forwarded-proto": "https", "x-forwarded-host": "other.example"}
    answer = await place.ask(f"/api/v2/metrics/{HITS}.json", **passed_on)
    assert answer.json()["metric"]["url"].startswith("https://other.example/d/")
    await place.query.decide(StatChanged(1, HITS, is_public=True, in_email=True, url="http://own.example/"))
    assert (await place.json(f"/api/v2/metrics/{HITS}.json"))["metric"]["url"] == "http://own.example/"


async def test_a_shared_metric_is_seen_by_everybody_until_sharing_is_taken_back(place: Place) -> None:
    """By its url alone: a page with a chart, and its last 30 days for programs, in the profile's time zone. Shared anew,
    it has another url.
    """
    name = "<b>R&D</b> \u202e\u20ac"  # it would turn round what is behind it
    metric = metric_id(1, "counter", name)
    await place.query.insert("metric", a_metric(name))
    await place.query.insert("point", *(a_hit(ago, 2.5, metric=metric) for ago in (60, 120, 86_400, 31 * 86_400)))
    path = f"/api/v2/metrics/{metric}.json"

    async def shared(is_public: bool) -> str:
        await place.query.decide(StatChanged(1, metric, is_public=is_public, in_email=False, url=""))
        return (await place.json(path))["metric"]["url"].removeprefix("http://stats.example")

    url = await shared(is_public=True)
    page = await place.ask(url, host="stats.example")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<h1>&lt;b&gt;R&amp;D&lt;/b&gt; \u20ac</h1>" in page.text
    assert page.text.count("<rect") == 30
    assert "<tr><td>2026-10-26</td><td>5</td></tr><tr><td>2026-10-25</td><td>2.5</td></tr>" in page.text

    told = (await place.ask(f"{url}.json", host="stats.example")).json()["metric"]
    assert (told["name"], len(told["days"]["day"])) == (name, 30)
    assert told["days"]["day"][-2:] == [{"date": "2026-10-25", "value": 2.5}, {"date": "2026-10-26", "value": 5}]
    assert (await place.ask(f"{url}?format=json", host="stats.example")).json()["metric"] == told
    root = ET.fromstring((await place.ask(f"{url}.xml", host="stats.example")).content)
    assert (root.findtext("name"), len(root.findall("days/day"))) == (name, 30)
    lines = (await place.ask(f"{url}.csv", host="stats.example")).text.splitlines()
    assert [lines[0], *lines[-2:]] == ["date,value", "2026-10-25,2.5", "2026-10-26,5"]

    await shared(is_public=False)
    for end in ("", ".json", ".xml", ".csv"):
        gone = await place.ask(f"{url}{end}", host="stats.example")
        assert (gone.status_code, "5" in gone.text.partition("errors")[2]) == (404, False)
    again = await shared(is_public=True)
    assert again != url
    assert [(await place.ask(one, host="stats.example")).status_code for one in (url, again)] == [404, 200]
    await place.query.decide(StatDeleted(1, metric), at_ms=NOON_MS + 80_000)
    assert (await place.ask(again, host="stats.example")).status_code == 404


@pytest.mark.parametrize("id_", ["x", "", ".json", "A" * 40, "%00", "..%2Fstats"])
async def test_what_is_no_public_id_is_not_there(place: Place, id_: str) -> None:
    assert (await place.ask(f"/d/{id_}", host="stats.example")).status_code == 404


async def test_profiles_are_the_products_of_an_account(place: Place) -> None:
    listed = (await place.json("/api/v2/profiles.json"))["profiles"]["profile"]

    assert [(one["id"], one["time_zone"]) for one in listed] == [(1, "UTC"), (3, "America/Denver")]
    for written in ("3", "003"):  # as the edge reads an id
        assert await place.json(f"/api/v2/profiles/{written}.json") == {"profile": listed[1]}
    assert listed[1]["name"] == "second"


MULTIPART = b'--x\r\nContent-Disposition: form-data; name="api_key"\r\n\r\n' + KEY.encode() + b"\r\n--x--\r\n"


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/api/v2/profiles?format=%E2%80%8Bjson", b"", {"x-statsmix-token": KEY}),
        ("/api/v2/profiles?format=JSON", b"", {"x-statsmix-token": f" {KEY} "}),
        (f"/api/v2/profiles.json?api_key={KEY}", b"", {"accept": "*/*"}),
        ("/api/v2/profiles", f"api_key={KEY}&format=json".encode(), {"accept": "*/*"}),
        ("/api/v2/profiles.json", MULTIPART, {"content-type": "multipart/form-data; boundary=x"}),
    ],
    ids=["unseen", "header", "query", "form", "multipart"],
)
async def test_the_key_stands_wherever_a_client_writes_it(
    place: Place, path: str, body: bytes, headers: dict[str, str]
) -> None:
    """The Ruby gem sends a GET with a form as its body."""
    answer = await place.ask(path, body, **headers)

    assert answer.status_code == 200
    assert answer.headers["status"] == "200"
    assert len(json.loads(answer.text)["profiles"]["profile"]) == 2


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v2/stats", 422),
        ("/api/v2/stats?metric_id=x", 404),
        (f"/api/v2/stats?metric_id={METRIC}&limit=0", 422),
        (f"/api/v2/stats?metric_id={METRIC}&limit=many", 422),
        (f"/api/v2/stats?metric_id={METRIC}&start_date=soon", 422),
        ("/api/v2/metrics?end_date=1969-01-01", 422),
        ("/api/v2/metrics?profile_id=9", 404),
        ("/api/v2/metrics/x", 404),
        ("/api/v2/stats/nothing", 404),
        (f"/api/v2/stats/nothing?metric_id={METRIC}", 404),
        ("/api/v2/profiles/9", 404),
        ("/api/v1/stats/1?profile_id=9", 403),
    ],
)
async def test_what_cannot_be_answered_is_refused_on_one_line(place: Place, path: str, status: int) -> None:
    assert (await place.error(path))[0] == status


async def test_who_has_no_key_is_told_so_in_the_form_that_he_wants(place: Place) -> None:
    nobody = await place.ask("/api/v2/stats.json", accept="*/*")
    unknown = await place.ask("/api/v2/stats.xml?format=json", **NOBODY)

    assert (nobody.status_code, list(nobody.json()["errors"])) == (401, ["error"])
    assert (unknown.status_code, unknown.headers["content-type"]) == (401, "application/xml; charset=utf-8")
    assert "<errors><error>api_key is not known</error></errors>" in unknown.text
