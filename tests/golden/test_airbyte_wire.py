"""What Airbyte's connector for Kissmetrics asks of the third Query API, as its manifest has it: products, and of each
its reports, events and properties; pages of 50, from offset 0 on, until one has fewer.
"""

import base64
import gzip
import json
from typing import Any

import pytest

from tests.golden.replay import exchange

pytestmark = pytest.mark.e2e

PAGE = 50
HEAD = (
    "GET /v3/{path}?offset={offset}&limit=50 HTTP/1.1\r\nHost: query.kissmetrics.io\r\n"
    "User-Agent: python-requests/2.32.3\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\n"
    "Connection: keep-alive\r\nAuthorization: Basic {basic}\r\n\r\n"
)
EVENTS = [f"event {nth:02}" for nth in range(PAGE + 10)]
PROPERTIES = [f"property {nth:03}" for nth in range(2 * PAGE)]


@pytest.fixture(scope="module")
def account(tilde_up: Any) -> dict[str, Any]:
    """One with sixty events and a hundred properties, which are exactly two pages."""
    tilde_up.start_unless_it_runs()
    made: dict[str, Any] = tilde_up.make_account("golden airbyte")
    key = made["product"]["tracking_key"]
    said = "&".join(f"{name.replace(' ', '+')}=1" for name in PROPERTIES)
    requests = [
        f"GET /e?_k={key}&_p=bob&_n={name.replace(' ', '+')}&_t=1262304000&_d=1 HTTP/1.1\r\nHost: t\r\n\r\n"
        for name in EVENTS
    ]
    requests.append(f"GET /s?_k={key}&_p=bob&{said} HTTP/1.1\r\nHost: t\r\n\r\n")
    exchange(tilde_up.host, tilde_up.port, *(request.encode() for request in requests))
    return made


def stream(tilde: Any, account: dict[str, Any], path: str) -> tuple[list[dict[str, Any]], list[int]]:
    """All records, and how many each page had. User and password are an address and the token."""
    basic = base64.b64encode(f"ann@example.com:{account['token']}".encode()).decode()
    records, pages = list[dict[str, Any]](), list[int]()
    while not pages or pages[-1] == PAGE:
        head = HEAD.format(path=path, offset=len(records), basic=basic)
        (raw,) = exchange(tilde.host, tilde.port, head.encode())
        status, _, body = raw.partition(b"\r\n\r\n")
        assert status.startswith(b"HTTP/1.1 200 ")
        page = json.loads(gzip.decompress(body) if b"content-encoding: gzip" in status.lower() else body)["data"]
        records += page
        pages.append(len(page))
    return records, pages


def test_airbytes_connector_reads_all_streams(tilde_up: Any, account: dict[str, Any]) -> None:
    """In its order; primary keys are numbers, each once, and what its schemas name is there."""
    (product,), of_products = stream(tilde_up, account, "products")
    below = f"products/{product['id']}"
    reports, _ = stream(tilde_up, account, f"{below}/reports")
    events, of_events = stream(tilde_up, account, f"{below}/events")
    properties, of_properties = stream(tilde_up, account, f"{below}/properties")

    assert (of_products, reports, of_events, of_properties) == ([1], [], [50, 10], [50, 50, 0])
    assert product.keys() >= {"account_id", "id", "km_key", "name", "timezone"}
    assert [event["name"] for event in events] == EVENTS
    assert {each["name"] for each in properties} == set(PROPERTIES)
    for records in (events, properties):
        assert len({record["id"] for record in records if type(record["id"]) is int}) == len(records)
    for event in events:
        assert event.keys() >= {"id", "index", "name", "product_id", "property_indices", "visible"}
        assert (type(event["index"]), type(event["visible"])) == (int, bool)
        assert (type(event["property_indices"]), event["product_id"]) == (list, product["id"])
