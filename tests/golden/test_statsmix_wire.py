"""What StatsMix's clients put on the wire, replayed at a Tilde: each has success by its own rule, every number counts
once, and StatHat's reads show them.

None of them can be installed: PyPI never had one, npm's `statsmix` is gone (404), Debian has none, and the others were
gems, CPAN's, jars and files to download. So these requests are all that there is of them; what the gem sends over UDP
stands in tests/integration/test_statsmix_udp.py.
"""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from testkit.waiting import PATIENCE_S, until
from tests.golden.replay import Golden, Reply, exchange, read
from tilde.domain.stats.metrics import metric_id

pytestmark = pytest.mark.e2e

FOLDER = Path(__file__).parent / "statsmix"
METRIC = "golden statsmix"


def _perl(reply: Reply) -> bool:
    """2xx, and JSON that has a stat."""
    return 200 <= reply.status < 300 and isinstance(json.loads(reply.body)["stat"], dict)


def _php(reply: Reply) -> bool:
    """It parses, has no error, and an id."""
    root = ET.fromstring(reply.body)
    return root.find("error") is None and root.tag == "stat" and bool(root.findtext("id"))


def _ruby(reply: Reply) -> bool:
    """No 4xx."""
    return not 400 <= reply.status < 500 and not re.search("<error>(.*)</error>", reply.body)


def _php_metric(reply: Reply) -> bool:
    """As of a stat; PHP writes with the id of the metric that it made."""
    root = ET.fromstring(reply.body)
    return root.find("error") is None and root.tag == "metric" and bool(root.findtext("id"))


def _perl_metric(reply: Reply) -> bool:
    return 200 <= reply.status < 300 and isinstance(json.loads(reply.body)["metric"], dict)


def _ruby_user(reply: Reply) -> bool:
    """It looks for the key as XML has it, in JSON too, and fails where there is none."""
    return _ruby(reply) and bool(re.search("<api_key>[0-9a-zA-Z]+</api_key>", reply.body))


def _exactly_200(reply: Reply) -> bool:
    return reply.status == 200


def _below_400(reply: Reply) -> bool:
    return 0 < reply.status < 400


def _no_error(reply: Reply) -> bool:
    """A body, without the word."""
    return bool(reply.body) and "error" not in reply.body


def _v1(reply: Reply) -> bool:
    """The document of v1."""
    return reply.status == 200 and '<stat>\n<created-at type="datetime">' in reply.body


CREATES: dict[str, tuple[Callable[[Reply], bool], str, float]] = {
    "ruby-gem-track": (_ruby, "My First Metric", 1.0),
    "php-track": (_php, "php metric", 5.1),
    "php-track-json": (_perl, "php metric", 2),
    "java-track": (_no_error, "java metric", 12.5),
    "perl-track": (_perl, "perl metric", 3),
    "node-voxpelli-track": (_exactly_200, "vox metric", 4),
    "node-hsh-track": (_exactly_200, "hsh metric", 1),
    "csharp-track": (_no_error, "csharp metric", 5),
    "csharp-track-track": (_no_error, "csharp metric", 1),
    "scala-track": (_below_400, "scala.metric", 8),
    "raw-without-content-type": (_exactly_200, "raw metric", 9),
    "curl-v1-create": (_v1, METRIC, 6),
    "curl-v1-create-key-in-form": (_v1, METRIC, 6),
    "node-voxpelli-stats": (_exactly_200, METRIC, 4),
    "python-v1-create": (_exactly_200, METRIC, 6),
}
CHANGES: dict[str, Callable[[Reply], bool]] = {"perl-update": _perl, "curl-v1-update": _v1, "java-update": _no_error}
DELETIONS: dict[str, Callable[[Reply], bool]] = {
    "perl-delete": _perl,
    "curl-v1-delete": _v1,
    "ruby-gem-delete": _ruby,
    "java-delete": _no_error,
}
MAKES: dict[str, Callable[[Reply], bool]] = {
    "php-metric": _php_metric,
    "perl-metric": _perl_metric,
    "ruby-gem-user": _ruby_user,
}


@pytest.fixture(scope="module")
def account(tilde_up: Any) -> dict[str, Any]:
    """An account of these tests' own, with one metric."""
    tilde_up.start_unless_it_runs()
    made: dict[str, Any] = tilde_up.make_account("golden statsmix")
    answer = tilde_up.client.post("/api/v2/track.json", data={"api_key": made["api_key"], "name": METRIC, "value": "0"})
    assert answer.json()["stat"]["metric_id"] == metric_id(made["product"]["id"], "counter", METRIC)
    return made


def send(tilde: Any, account: dict[str, Any], name: str, stat: str = "0") -> Reply:
    """The recorded request of a name, with what is this account's in its places."""
    product = account["product"]["id"]
    keys = {
        "API_KEY": account["api_key"],
        "PROFILE": str(product),
        "METRIC": str(metric_id(product, "counter", METRIC)),
        "STAT": stat,
    }
    request = Golden(name, (FOLDER / f"{name}.http").read_bytes(), client=name).filled(keys)
    (reply,) = exchange(tilde.host, tilde.port, request)
    if b"image/gif" in reply:
        head, _, _ = reply.partition(b"\r\n\r\n")
        return Reply(int(head.split(b" ")[1]), "GIF")
    return read(reply)


def new_stat(tilde: Any, account: dict[str, Any], metric: str, value: str) -> str:
    form = {"api_key": account["api_key"], "name": metric, "value": value}
    answer = tilde.client.post("/api/v2/track.json", data=form)
    return str(answer.json()["stat"]["id"])


def total(tilde: Any, account: dict[str, Any], name: str) -> float:
    """What StatHat's reads and our own know of a stat: all that was counted."""
    bearer = {"authorization": f"Bearer {account['token']}"}
    found = tilde.client.get(f"/x/{account['token']}/stat", params={"name": name})
    if not found.is_success:
        return 0.0
    query = {"from": 0, "to": 2**32}
    answer = tilde.client.get(f"/tilde/v1/stats/{found.json()['id']}/totals", params=query, headers=bearer)
    return float(answer.json()["total"])


def wait_total(tilde: Any, account: dict[str, Any], name: str, expected: float) -> None:
    """Returns once the stat has this total."""
    until(
        lambda: total(tilde, account, name) == pytest.approx(expected),
        PATIENCE_S,
        lambda: f"{name} has {total(tilde, account, name)} and not {expected}",
    )


def test_every_recorded_request_is_sent() -> None:
    named = {*CREATES, *CHANGES, *DELETIONS, *MAKES, "browser-pixel"}

    assert {path.stem for path in FOLDER.glob("*.http")} == named


def test_each_client_has_success_by_its_own_rule_and_counts_once(tilde_up: Any, account: dict[str, Any]) -> None:
    expected: dict[str, float] = {}
    refused = []
    for name, (succeeds, metric, value) in CREATES.items():
        reply = send(tilde_up, account, name)
        refused += [] if succeeds(reply) else [(name, reply)]
        expected[metric] = expected.get(metric, 0) + value
    pixel = send(tilde_up, account, "browser-pixel")
    expected[METRIC] += 2

    assert refused == []
    assert (pixel.status, pixel.body) == (200, "GIF")
    for name, number in expected.items():
        wait_total(tilde_up, account, name, number)


@pytest.mark.parametrize("name", CHANGES)
def test_a_stat_is_changed_right_after_it_was_made(tilde_up: Any, account: dict[str, Any], name: str) -> None:
    """And answered as it is then."""
    stat = new_stat(tilde_up, account, METRIC, "1")
    reply = send(tilde_up, account, name, stat)

    assert CHANGES[name](reply)
    assert re.search('"value":7|>7</value>', reply.body)
    tilde_up.client.delete(f"/api/v2/stats/{stat}", params={"api_key": account["api_key"]})


@pytest.mark.parametrize("name", DELETIONS)
def test_a_stat_is_deleted_right_after_it_was_made(tilde_up: Any, account: dict[str, Any], name: str) -> None:
    """And counts no more."""
    metric = f"golden {name}"
    new_stat(tilde_up, account, metric, "1")
    stat = new_stat(tilde_up, account, metric, "1000")
    reply = send(tilde_up, account, name, stat)
    again = send(tilde_up, account, name, stat)

    assert DELETIONS[name](reply)
    assert again.status == 404
    wait_total(tilde_up, account, metric, 1)


@pytest.mark.parametrize("name", MAKES)
def test_what_a_client_makes_beside_stats_is_made_once(tilde_up: Any, account: dict[str, Any], name: str) -> None:
    """Clients set themselves up at each start: a user is answered again, and who makes a metric again is told."""
    first, again = send(tilde_up, account, name), send(tilde_up, account, name)

    assert MAKES[name](first)
    assert again == first or again.status == 422


def test_a_stat_of_somebody_else_is_forbidden_in_v1_and_not_there_in_v2(tilde_up: Any, account: dict[str, Any]) -> None:
    """A metric too. What is nobody's is not there in either."""
    other = tilde_up.make_account("golden statsmix other")
    stat = new_stat(tilde_up, account, METRIC, "0")
    metric = metric_id(account["product"]["id"], "counter", METRIC)
    key = {"api_key": other["api_key"]}
    statuses = [
        tilde_up.client.delete(f"/api/v1/stats/{stat}", params=key).status_code,
        tilde_up.client.delete(f"/api/v2/stats/{stat}", params=key).status_code,
        tilde_up.client.post("/api/v1/stats", data={**key, "metric_id": str(metric)}).status_code,
        tilde_up.client.post("/api/v2/stats", data={**key, "metric_id": str(metric)}).status_code,
        tilde_up.client.delete("/api/v1/stats/5", params=key).status_code,
    ]

    assert statuses == [403, 404, 403, 404, 404]


def test_a_ref_is_one_stat_however_often_it_is_written(tilde_up: Any, account: dict[str, Any]) -> None:
    """Each answer is how it is then: its value, what was kept, since when."""
    form = {"api_key": account["api_key"], "name": "golden refs", "ref_id": "order 7"}
    first = tilde_up.client.post("/api/v2/track.json", data={**form, "value": "3", "meta": '{"a":1}'}).json()["stat"]
    second = tilde_up.client.post("/api/v2/track.json", data={**form, "value": "4.25"}).json()["stat"]

    assert second["id"] == first["id"]
    assert (second["value"], second["meta"], second["created_at"]) == (4.25, '{"a":1}', first["created_at"])
    wait_total(tilde_up, account, "golden refs", 4.25)


def test_a_stat_of_stathats_takes_a_stat_of_statsmix(tilde_up: Any, account: dict[str, Any]) -> None:
    """What one dialect writes the others know: its metric id is the other's stat."""
    tilde_up.client.post("/ez", data={"ezkey": account["ezkey"], "stat": "both", "count": "5"})
    metric = metric_id(account["product"]["id"], "counter", "both")
    answer = tilde_up.client.post(
        "/api/v2/stats.json", data={"api_key": account["api_key"], "metric_id": str(metric), "value": "6"}
    )

    assert answer.json()["stat"]["metric_id"] == metric
    wait_total(tilde_up, account, "both", 11)
