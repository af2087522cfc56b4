"""People whose keys are at two edges, asked of a query API on Kafka: every kind of query tells what one Tilde in a folder
tells.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from testkit.kafka_broker import KafkaBroker, free_ports
from testkit.kafka_messages import every_message
from testkit.kept_queries import KEPT_ROWS, LISTED, Kept, all_lists
from testkit.query_client import QueryClient
from testkit.query_kinds import A_HAT, ANN, BOB, CID, DID, KINDS, all_rows, event, put_all, what
from testkit.roles import TildeOnKafka
from testkit.running import RunningTilde
from testkit.waiting import PATIENCE_S, until
from tilde.own_paths import activity_path
from tilde.schemas.topics import PROPERTY_VALUES
from tilde.web.http_clients import open_client

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.timeout(600)]

FILTERS = (
    event("bought"),
    what("equals", "red socks"),
    what("begins_with", "deep"),
    what("ends_with", "s"),
    {"type": "then", "operands": [event("visited"), event("bought")]},
)
OF_BOB = (BOB, A_HAT, "pale red")
AWAY = "an edge that may have the keys does not answer; try again soon"


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


def on_kafka(tilde: TildeOnKafka, second: httpx.Client, name: str) -> QueryClient:
    """An account whose activity comes to one edge and to the other."""
    asked = QueryClient(tilde.client, tilde.create_account(name), {})
    track(asked, tilde.client, second)
    return asked


def in_a_folder(shared: RunningTilde) -> QueryClient:
    """The shared account, with the same."""
    asked = QueryClient(shared.client, shared.account, shared.operator())
    track(asked, shared.client)
    return asked


def track(asked: QueryClient, *edges: httpx.Client) -> None:
    for nth, query in enumerate(DID):
        assert edges[nth % len(edges)].get(f"/{query}&_k={asked.key}").status_code == 200
    until(lambda: set(asked.everybody().values()) == {ANN, BOB, CID}, PATIENCE_S, lambda: "not there")
    asked.know()


def bobs(acts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What he did, of an answer in which persons have names for their numbers."""
    return [act for act in acts if act["person_id"] == f"number of {BOB}"]


def test_on_kafka_every_kind_of_query_tells_what_it_tells_in_a_folder(
    tilde: TildeOnKafka, second: httpx.Client, shared: RunningTilde
) -> None:
    """Before somebody is erased, and afterwards. Then he is a number to all of them, also in answers from before."""
    both = of_kafka, of_folder = on_kafka(tilde, second, "alike"), in_a_folder(shared)
    kept = [Kept.by(asked) for asked in both]
    paths = [put_all(asked) for asked in both]
    rows, rows_of_folder = map(all_rows, both, paths)

    assert [name for name, each in KINDS.items() if each.row not in rows[name]] == []
    assert rows == rows_of_folder
    runs, runs_of_folder = map(Kept.answers, kept, both)
    assert [name for name, row in KEPT_ROWS.items() if row not in runs[name]] == []
    assert runs == runs_of_folder
    files = [asked.export(each["people_search"]) for asked, each in zip(both, paths, strict=True)]
    lines, lines_of_folder = map(QueryClient.file, both, files)
    assert lines == lines_of_folder
    assert [f"number of {BOB}", BOB, A_HAT] in lines
    lists = all_lists(of_kafka)
    assert [noun for noun, row in LISTED.items() if row not in lists[noun]] == []
    assert lists == all_lists(of_folder)
    searches = [[asked.put("people_search", {"filter": filter_}) for filter_ in FILTERS] for asked in both]
    found, found_in_folder = (list(map(asked.rows, each)) for asked, each in zip(both, searches, strict=True))
    assert [[row["identity"] for row in each] for each in found] == [[ANN, BOB], [CID], [ANN], [ANN, CID], [ANN]]
    assert found == found_in_folder
    assert of_kafka.person("anonymous-1") == of_folder.person("anonymous-1")
    assert of_kafka.person("anonymous-1")["identities"] == [ANN, "anonymous-1"]
    exported, exported_of_folder = (asked.get(activity_path(asked.product)).text for asked in both)
    assert exported == exported_of_folder
    assert exported.endswith('{"_lines":9,"_left_out":0,"_texts_left_out":0}\n')

    of_bob = [asked.put("activity", {"person": BOB}) for asked in both]
    erase = ("person", "erase", BOB, "--json")
    told = json.loads(tilde.tilde(*erase, "--product", str(of_kafka.product), "--url", tilde.url))
    assert told["identities"] == 1
    shared.run(*erase, "--product", str(of_folder.product))
    for asked, put in zip(both, of_bob, strict=True):
        until(lambda asked=asked, put=put: asked.get(put).status_code == 404, PATIENCE_S, lambda: "it names Bob")
        until(lambda asked=asked: BOB not in asked.everybody().values(), PATIENCE_S, lambda: "Bob is known to an edge")
        asked.texts.clear()

    exported, exported_of_folder = (asked.get(activity_path(asked.product)).text for asked in both)
    assert exported == exported_of_folder
    assert exported.endswith('{"_lines":7,"_left_out":2,"_texts_left_out":0}\n')
    after, after_of_folder = (all_rows(asked, put_all(asked)) for asked in both)
    assert after == after_of_folder
    assert [bool(bobs(each["activity"])) for each in (rows, after)] == [True, False]
    assert [name for name, each in KINDS.items() if (after[name] == rows[name]) is not each.is_keyless] == []
    runs, runs_of_folder = map(Kept.answers, kept, both)
    assert runs == runs_of_folder
    for asked, each, file in zip(both, paths, files, strict=True):
        earlier = all_rows(asked, each)
        assert [name for name, kind in KINDS.items() if (earlier[name] == rows[name]) is not kind.is_keyless] == []
        assert {row["identity"] for row in bobs(earlier["activity"])} == {None}
        assert [f"number of {BOB}", "", ""] in asked.file(file)
        assert all_lists(asked) == lists
        assert [text for text in OF_BOB if text in "\n".join(asked.texts)] == []
        assert ANN in "\n".join(asked.texts)


def test_while_an_edge_is_down_nobody_is_taken_for_erased(tilde: TildeOnKafka, second: httpx.Client) -> None:
    """What needs keys says that it cannot be told, a page and a file, too; all else goes on. Then all is as it was."""
    asked = on_kafka(tilde, second, "down")
    paths = put_all(asked)
    rows = all_rows(asked, paths)
    file = asked.export(paths["people_search"])
    lines = asked.file(file)
    role = tilde.roles["edge-2"]
    role.end()

    again = put_all(asked)
    of_file = asked.get(file)
    pages = {name: asked.get(path) for name, path in paths.items()}
    ended = {name: asked.ended(path) for name, path in again.items()}
    tilde.start_role("edge-2", TILDE_PORT=role.environment["TILDE_PORT"])

    for answers_ in (pages, ended):
        of_words = {name: answer.text for name, answer in answers_.items() if "data" not in answer.json()}
        assert [text for text in of_words.values() if AWAY not in text] == []
        assert set(of_words) == {name for name, each in KINDS.items() if not each.is_keyless}
    failed = [*(answer for answer in pages.values() if "data" not in answer.json()), of_file]
    assert {(answer.status_code, answer.headers.get("retry-after")) for answer in failed} == {(503, "2")}
    assert AWAY in of_file.text
    until(lambda: answers(second), PATIENCE_S, tilde.roles["edge-2"].output)
    assert all_rows(asked, paths) == rows
    assert all_rows(asked, put_all(asked)) == rows
    assert asked.file(file) == lines


def test_a_replay_on_kafka_brings_back_nothing_of_who_was_erased(
    tilde: TildeOnKafka, second: httpx.Client, tmp_path: Path
) -> None:
    """His rows come back as numbers and hashes; others' come back whole."""
    asked = on_kafka(tilde, second, "replayed")
    tilde.tilde("person", "erase", BOB, "--json", "--product", str(asked.product), "--url", tilde.url)
    until(lambda: BOB not in asked.everybody().values(), PATIENCE_S, lambda: "Bob is known to an edge")
    erased = all_rows(asked, put_all(asked))

    tilde.tilde("replay", "--url", tilde.url, "--data", str(tmp_path / "replay"))
    asked.texts.clear()
    assert all_rows(asked, put_all(asked)) == erased
    messages = every_message(tilde.environment["TILDE_LOG"].removeprefix("kafka://"))
    answers = "\n".join(asked.texts)
    assert f"{PROPERTY_VALUES.name}.g2" in {message.topic for message in messages}
    assert [text for text in OF_BOB if text in answers] == []
    assert ANN in answers
    kept = b"\0".join(part for _, *parts in messages for part in parts)
    assert [text for text in (*OF_BOB, ANN, "deep blue shoes") if text.encode() in kept] == []
