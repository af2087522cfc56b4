"""People whose keys are at two edges, asked of a query API on Kafka: it tells what one Tilde in a folder tells."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from testkit.kafka_broker import KafkaBroker, free_ports
from testkit.roles import TildeOnKafka
from testkit.running import RunningTilde
from testkit.waiting import PATIENCE_S, until
from tilde.web.http_clients import open_client

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.timeout(300)]

DID = (
    "e?_p=anonymous-1&_n=Visited&_t=1790000000&_d=1",
    "a?_p=anonymous-1&_n=ann@people.example",
    "e?_p=ann@people.example&_n=Bought&_t=1790000100&_d=1&what=deep+blue+shoes&price=19.5",
    "e?_p=bob@people.example&_n=Bought&_t=1790000200&_d=1&what=a+blue+hat&price=5",
    "s?_p=cid@people.example&_t=1790000300&_d=1&what=red+socks",
    "e?_p=cid@people.example&_n=Visited&_t=1790000400&_d=1",
)


def what(mode: str, text: str = "") -> dict[str, Any]:
    return {"type": "property", "property": "what", "comparison_mode": mode, "comparison_string": text}


CONTAINS = what("contains", "blue")
FILTERS = (
    {"type": "event", "event": "bought"},
    what("equals", "red socks"),
    CONTAINS,
    what("begins_with", "deep"),
    what("ends_with", "s"),
    {"type": "then", "operands": [{"type": "event", "event": "visited"}, {"type": "event", "event": "bought"}]},
)
TELL = [{"type": "last_value_in_range", "subject": "what"}, {"type": "total_times_in_range", "event": "bought"}]


class Asked:
    """A Tilde, asked by the holder of an account's token."""

    def __init__(self, client: httpx.Client, account: dict[str, Any]) -> None:
        self._client = client
        self._token = {"authorization": f"Bearer {account['token']}"}
        self.product, self.key = account["product"]["id"], account["product"]["tracking_key"]

    def put(self, filter_: dict[str, Any]) -> str:
        """Begins a search; returns its path."""
        params = {"filter": filter_, "calculations": TELL}
        body = {"product_id": self.product, "query_type": "people_search", "query_params": params}
        put = self._client.post("/v3/queries", json=body, headers=self._token)
        assert put.status_code == 200, put.text
        return f"/v3/queries/{put.json()['id']}"

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path, headers=self._token)

    def ended(self, path: str) -> httpx.Response:
        """What is told of it once it runs no more."""
        until(lambda: self._is_over(path), PATIENCE_S, lambda: self.get(path).text)
        return self.get(path)

    def _is_over(self, path: str) -> bool:
        answer = self.get(path)
        return not answer.is_success or answer.json()["completed"] or "error" in answer.json()

    def who(self, filter_: dict[str, Any]) -> list[tuple[Any, Any]]:
        """Those who are found, with what is told of each; persons have other numbers in every Tilde."""
        rows = self.ended(self.put(filter_)).json()["data"]
        return sorted(((row["identity"], row["columns"]) for row in rows), key=str)

    def person(self, identity: str) -> dict[str, Any]:
        path = f"/tilde/v1/products/{self.product}/person?identity={identity}"
        said: dict[str, Any] = self.get(path).json()
        identities = sorted(str(one["identity"]) for one in said["identities"])
        return {"who": said["who"], "identities": identities, "acts": said["acts"]}


@pytest.fixture(scope="module")
def tilde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TildeOnKafka]:
    """With a second edge, `edge-2`, on a port of its own; the query API is told of both."""
    with KafkaBroker() as broker, ExitStack() as stack:
        tilde = TildeOnKafka(tmp_path_factory.mktemp("people"), broker, workers=1)
        (port,) = free_ports(1)
        second = f"http://{tilde.host}:{port}"
        tilde.environment["TILDE_EDGES"] = f"{tilde.url}, {second}"
        stack.enter_context(tilde)
        tilde.start_role("edge-2", TILDE_PORT=str(port))
        yield tilde


@pytest.fixture
def second(tilde: TildeOnKafka) -> Iterator[httpx.Client]:
    with open_client(tilde.environment["TILDE_EDGES"].partition(", ")[2], timeout=30) as client:
        until(lambda: answers(client), PATIENCE_S, tilde.roles["edge-2"].output)
        yield client


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/").is_success
    except httpx.TransportError:
        return False


def both(tilde: TildeOnKafka, second: httpx.Client, shared: RunningTilde, name: str) -> tuple[Asked, Asked]:
    """An account on Kafka, whose activity comes to one edge and to the other, and one in a folder; with the same."""
    of_kafka = Asked(tilde.client, tilde.create_account(name))
    of_folder = Asked(shared.client, shared.account)
    for nth, query in enumerate(DID):
        client = (tilde.client, second)[nth % 2]
        assert client.get(f"/{query}&_k={of_kafka.key}").status_code == 200
        assert shared.client.get(f"/{query}&_k={of_folder.key}").status_code == 200
    for one in (of_kafka, of_folder):
        until(lambda one=one: len(one.who({"type": "and", "operands": []})) == 3, PATIENCE_S, lambda: "not there")
    return of_kafka, of_folder


def test_people_on_kafka_are_told_as_those_of_a_folder(
    tilde: TildeOnKafka, second: httpx.Client, shared: RunningTilde
) -> None:
    """By searches for a part of a text, too; and who was erased is a number, on both."""
    of_kafka, of_folder = both(tilde, second, shared, "alike")
    found = [of_kafka.who(filter_) for filter_ in FILTERS]

    assert [who for who, _ in found[2]] == ["ann@people.example", "bob@people.example"]
    assert found == [of_folder.who(filter_) for filter_ in FILTERS]
    assert of_kafka.person("anonymous-1") == of_folder.person("anonymous-1")
    assert of_kafka.person("anonymous-1")["identities"] == ["ann@people.example", "anonymous-1"]

    erase = ("person", "erase", "bob@people.example", "--json")
    told = json.loads(tilde.tilde(*erase, "--product", str(of_kafka.product), "--url", tilde.url))
    assert told["identities"] == 1
    shared.run(*erase, "--product", str(of_folder.product))
    until(lambda: of_kafka.who(CONTAINS) == of_folder.who(CONTAINS), PATIENCE_S, lambda: "Bob is known to an edge")

    assert [who for who, _ in of_kafka.who(CONTAINS)] == ["ann@people.example"]
    assert of_kafka.who(FILTERS[0]) == [("ann@people.example", ["deep blue shoes", 1]), (None, [None, 1])]


def test_while_an_edge_is_down_nobody_is_taken_for_erased(
    tilde: TildeOnKafka, second: httpx.Client, shared: RunningTilde
) -> None:
    """A search for a part says that it found too little, and a page that it cannot be told. Then all is as it was."""
    of_kafka, of_folder = both(tilde, second, shared, "down")
    put = of_kafka.put(FILTERS[0])
    assert len(of_kafka.ended(put).json()["data"]) == 2
    role = tilde.roles["edge-2"]
    role.end()

    failed = of_kafka.ended(of_kafka.put(CONTAINS)).json()
    page = of_kafka.get(put)

    away = "an edge that may have the keys does not answer; try again soon"
    assert (failed["error"], failed.get("data")) == (away, None)
    assert (page.status_code, away in page.text, page.headers["retry-after"]) == (503, True, "2")
    tilde.start_role("edge-2", TILDE_PORT=role.environment["TILDE_PORT"])
    until(lambda: answers(second), PATIENCE_S, tilde.roles["edge-2"].output)
    assert of_kafka.who(CONTAINS) == of_folder.who(CONTAINS)
    assert len(of_kafka.get(put).json()["data"]) == 2
