"""Bodies of the Query APIs that are of another type than what is wanted, also where they are empty; and that nobody
is told what is wrong with one who may not ask, or asks about what is not his.
"""

import json
from typing import Any

import pytest
import pytest_asyncio

from testkit.edges import KEYRING
from testkit.people_shop import HOLDER, Shop
from testkit.query_place import SLASHED_TOKEN, TOKEN, product_uuid
from tilde.domain.catalog.definition_records import MetricCounts, MetricDefinition
from tilde.domain.catalog.kept_metrics import MetricKept
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.saved_reports import ReportSaved
from tilde.domain.catalog.token_records import Scope
from tilde.domain.catalog.tokens import TokenCreated
from tilde.domain.people.metric import MetricKind

pytestmark = [
    pytest.mark.store,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("tables", ["chdb"], indirect=True),
]

BUYERS, REPORT = (f"48434344-088b-4031-a8b0-22923a9f01b{n}" for n in range(2))
PRODUCT = product_uuid(1)
POSTED = [
    f"/query/metrics/{BUYERS}/over-time",
    f"/query/metrics/{BUYERS}/by-segment",
    f"/query/reports/{REPORT}/run",
    f"/v1/reports/{REPORT}/run",
    f"/v2/products/{PRODUCT}/reports/people_search",
    f"/v2/products/{PRODUCT}/reports/{REPORT}/run",
]
"""Where the path says what a query is about."""
PUT = ["/v3/queries", "/v3/queries/report", "/v3/queries/metric", "/v3/exports"]
"""Where the body says it."""
EVENT: dict[str, Any] = {"type": "event", "event": "purchased"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(standing_shop: Shop) -> Shop:
    """One that keeps a metric and a report; a token of its account reads what there is, and never who did what."""
    await standing_shop.place.decide(
        MetricKept(1, BUYERS, MetricCounts(MetricKind.PEOPLE, "purchased"), MetricDefinition("Buyers")),
        ReportSaved(1, REPORT, "Buyers", "people_search", KEYRING.seal(json.dumps({"filter": EVENT}))),
        TokenCreated(1, "", KEYRING.hash(KeyKind.TOKEN, "lists only"), (1,), (Scope.CORE,), ""),
    )
    return standing_shop


def of(params: Any, kind: str = "people_search") -> dict[str, Any]:
    """A query of the third API."""
    return {"product_id": 1, "query_type": kind, "query_params": params}


def filtered(**more: Any) -> dict[str, Any]:
    return of({"filter": {**EVENT, **more}})


COLUMN = {"type": "last_date_in_range", "subject": "purchased"}
METRIC = {"kind": "total", "property": "amount", "filter": {"property": "plan"}}
V3, SEARCH_V2, RUN_V2 = "/v3/queries", POSTED[4], POSTED[5]
OVER_TIME, BY_SEGMENT, RUN_V1 = POSTED[0], POSTED[1], POSTED[2]
EMPTY: list[Any] = [[], {}, False, 0]
WRONG = [*EMPTY, [1], {"a": 1}, True]
"""None of them is a text."""
NO_TEXTS = [
    ("frequency_occurrence", V3, lambda said: filtered(frequency_occurrence=said)),
    ("comparison_mode", V3, lambda said: filtered(property="plan", comparison_mode=said)),
    ("frequency_occurrence", SEARCH_V2, lambda said: {"query_params": {**EVENT, "frequencyOccurrence": said}}),
    ("date range", V3, lambda said: filtered(date_range={"type": said, "preset": said})),
    ("date range", OVER_TIME, lambda said: {"date_range": {"type": said, "start_date": 1}}),
    ("date range", RUN_V1, lambda said: {"report": {"date_range": {"preset": said}}}),
    ("date range", RUN_V2, lambda said: {"date_range": {"preset": said}}),
    ("order", V3, lambda said: {**filtered(), "order": said}),
    ("query_type", V3, lambda said: {**filtered(), "query_type": said}),
    ("query_type", "/v3/queries/report", lambda said: {"report_id": REPORT, "query_type": said}),
    ("query_type", "/v3/queries/metric", lambda said: {"metric_id": BUYERS, "query_type": said}),
    ("subject_type", V3, lambda said: of({"calculations": [{**COLUMN, "subject_type": said}]})),
    ("value", BY_SEGMENT, lambda said: {"property": "plan", "value": said}),
    ("step", OVER_TIME, lambda said: {"step": said}),
    ("value and high", V3, lambda said: of({"metric": {**METRIC, "filter": {"property": "plan", "value": said}}}, "metric")),
]  # fmt: skip
LABELS = [
    ("label", V3, lambda said: of({"calculations": [{**COLUMN, "label": said}]})),
    ("label", V3, lambda said: of({"steps": [{**EVENT, "label": said}, EVENT]}, "funnel")),
    ("metric_id", V3, lambda said: of({"metric_id": said}, "metric")),
    ("sort", V3, lambda said: {**filtered(), "sort": said}),
    ("property", BY_SEGMENT, lambda said: {"property": said}),
]
"""Texts, or numbers."""
LISTS = [
    ("calculations", V3, lambda said: of({"calculations": said})),
    ("calculations", SEARCH_V2, lambda said: {"query_params": {"calculations": said}}),
    ("operands", V3, lambda said: of({"conditions": said}, "people_count")),
    ("segments", V3, lambda said: of({"conditions": [EVENT], "segments": said}, "people_count")),
    ("steps", V3, lambda said: of({"steps": said}, "funnel")),
    ("events", V3, lambda said: of({"events": said}, "activity")),
]
OBJECTS = [
    ("objects", V3, of),
    ("objects", V3, lambda said: of(json.dumps(said))),
    ("objects", SEARCH_V2, lambda said: {"query_params": said}),
    ("objects", V3, lambda said: of({"filter": said})),
    ("object", RUN_V1, lambda said: {"report": said}),
]
SAID = [
    *((name, path, body, wrong) for name, path, body in NO_TEXTS for wrong in WRONG),
    *((name, path, body, wrong) for name, path, body in LABELS for wrong in ([], {}, [1], {"a": 1}, True, False)),
    *((name, path, body, wrong) for name, path, body in LISTS for wrong in ({}, 0, False, {"a": 1}, True, "x")),
    *((name, path, body, wrong) for name, path, body in OBJECTS for wrong in ([], [1], 0, False, True)),
]  # fmt: skip


SEARCHED = {"query_params": {"filter": EVENT}}
UNKNOWN = [
    ("startdate", RUN_V1, {"report": {"startdate": 0, "end_date": 1}}),
    ("startdate", f"/v1/reports/{REPORT}/run", {"startdate": 0}),
    ("foo", RUN_V1, {"report": {}, "foo": 1}),
    ("start_date", RUN_V1, {"report": {}, "startDate": 0}),
    ("startdate", RUN_V2, {"startdate": 0}),
    ("startdate", SEARCH_V2, {**SEARCHED, "startdate": 0}),
    ("daterange", V3, {**filtered(), "daterange": "today"}),
    ("filter", V3, {**of({}), "filter": EVENT}),
    ("startdate", "/v3/queries/report", {"report_id": REPORT, "startdate": 0}),
]


@pytest.mark.parametrize(("name", "path", "body"), UNKNOWN)
async def test_a_key_that_means_nothing_is_refused_with_its_name(shop: Shop, name: str, path: str, body: Any) -> None:
    """In each API, and also around a question: a date that is misspelt were a question about all time."""
    answer = await shop.place.http.post(path, headers=HOLDER, json=body)

    assert answer.status_code == 400, body
    assert f"{name} is no key here" in answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (RUN_V1, {"report": {"startDate": "0", "end_date": 1.0, "limit": 100_000}, "limit": 5}),
        (RUN_V1, {"report": {"type": "on", "date": "2026-10-25", "limit": 5}}),
        (RUN_V2, {"start_date": "2026-10-25", "product_id": PRODUCT, "limit": 5}),
        (SEARCH_V2, {**SEARCHED, "sort": "0", "order": "asc", "product_id": PRODUCT, "start_date": 0}),
        (V3, {**filtered(), "limit": 50, "offset": 0, "sort": "0", "order": "asc"}),
    ],
)
async def test_what_clients_say_besides_is_let_through(shop: Shop, path: str, body: Any) -> None:
    assert (await shop.place.http.post(path, headers=HOLDER, json=body)).status_code in {200, 202}


@pytest.mark.parametrize("path", [RUN_V1, RUN_V2, SEARCH_V2, V3])
async def test_a_byte_order_mark_is_passed_over(shop: Shop, path: str) -> None:
    """As signed batches have it; the token may stand behind it, too."""
    said = filtered() if path == V3 else {"query_params": {"filter": EVENT}} if path == SEARCH_V2 else {}
    marked = b"\xef\xbb\xbf" + json.dumps(said).encode()
    with_key = b"\xef\xbb\xbf" + json.dumps({"api_key": TOKEN}).encode()

    assert (await shop.place.http.post(path, headers=HOLDER, content=marked)).status_code in {200, 202}
    assert (await shop.place.http.post(RUN_V1, content=with_key)).status_code == 202


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (rb'{"label":"\ud83d"}', "half a surrogate pair"),
        (rb'{"\ude00":1}', "half a surrogate pair"),
        (rb'{"label":"\ud83d", "n":}', "no JSON"),
        (b'{"n":NaN}', "no JSON"),
        (b"\xff\xfe{\x00}\x00", "no JSON"),
        (b"[" * 100_000, "no JSON"),
    ],
)
async def test_half_a_surrogate_pair_is_told_as_what_it_is(shop: Shop, body: bytes, why: str) -> None:
    answer = await shop.place.http.post(V3, headers=HOLDER, content=body)

    assert answer.status_code == 400
    assert why in answer.json()["messages"][0]


async def test_the_second_api_takes_dates_beside_a_search(shop: Shop) -> None:
    """As the third one does."""
    asked = {**SEARCHED, "end_date": 1}
    status = (await shop.place.http.post(SEARCH_V2, headers=HOLDER, json=asked)).headers["location"]
    results = (await shop.found(status)).headers["location"]

    assert (await shop.get(results))["data"] == []


async def test_what_is_of_another_type_is_refused_also_where_it_is_empty(shop: Shop) -> None:
    """Each with the name of what is meant; an empty list is no more nothing than one of something is."""
    answers = [(name, wrong, await shop.place.http.post(path, headers=HOLDER, json=body(wrong)))
               for name, path, body, wrong in SAID]  # fmt: skip

    told = [(name, wrong, answer.status_code, name in answer.text) for name, wrong, answer in answers]
    assert [each for each in told if each[2:] != (400, True)] == []


async def test_what_is_not_said_is_as_by_default(shop: Shop) -> None:
    """Null, and what a form sends for a field that nobody filled in."""
    for nothing in (None, ""):
        for _, path, body in (NO_TEXTS[0], NO_TEXTS[1], LABELS[0], LISTS[0]):
            answer = await shop.place.http.post(path, headers=HOLDER, json=body(nothing))
            assert answer.status_code == 200, (body(nothing), answer.text)
    for nothing in ({}, None):
        assert (await shop.place.http.post(V3, headers=HOLDER, json=of(nothing))).status_code == 200


async def test_an_export_is_asked_for_with_an_object_and_a_name(shop: Shop) -> None:
    path = await shop.put(EVENT)
    await shop.complete(path)
    export: dict[str, Any] = {"export_type": "csv", "query_id": path.rpartition("/")[2]}
    for options in ([], [1], "x", 0, False, {"name": []}, {"name": {}}, {"name": 0}):
        refused = await shop.place.http.post("/v3/exports", headers=HOLDER, json={**export, "options": options})
        assert refused.status_code == 400, options
    for options in (None, {}, {"name": "a.csv"}):
        taken = await shop.place.http.post("/v3/exports", headers=HOLDER, json={**export, "options": options})
        assert taken.status_code == 200, options


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"date_range": 5}', b'{"property": []}'])
async def test_who_may_not_ask_hears_nothing_of_his_body(shop: Shop, body: bytes) -> None:
    """Nor who asks about what is not his, nor anybody's."""
    post, json_ = shop.place.http.post, {"content-type": "application/json"}
    others, lists = ({"authorization": f"Bearer {token}", **json_} for token in (SLASHED_TOKEN, "lists only"))
    for path in (*POSTED, *PUT):
        assert (await post(path, content=body, headers=json_)).status_code == 401, path
        assert (await post(path, content=body, headers=lists)).status_code == 403, path
    for path in POSTED:
        assert (await post(path, content=body, headers=others)).status_code == 404, path
        nobodys = path.replace("48434344", "58434344").replace(f"{PRODUCT}/reports/people", "x/reports/people")
        assert (await post(nobodys, content=body, headers={**HOLDER, **json_})).status_code == 404, nobodys
    for segment in ("", "?property=", "?value=x"):
        get = f"{BY_SEGMENT}{segment}"
        assert (await shop.place.http.get(get)).status_code == 401
        assert (await shop.place.http.get(get, headers=others)).status_code == 404


async def test_a_body_that_says_what_is_not_his_is_looked_at_no_further(shop: Shop) -> None:
    others = {"authorization": f"Bearer {SLASHED_TOKEN}"}
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/v3/queries", {"product_id": 1, "query_type": "horoscope", "query_params": []}),
        ("/v3/queries/report", {"report_id": REPORT, "query_type": "horoscope", "order": "x"}),
        ("/v3/queries/metric", {"metric_id": BUYERS, "query_type": "horoscope", "order": "x"}),
        ("/v3/exports", {"query_id": REPORT, "export_type": "parquet", "options": 5}),
    ]
    for path, body in bodies:
        assert (await shop.place.http.post(path, headers=others, json=body)).status_code == 404, path
