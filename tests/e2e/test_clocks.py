"""Real processes whose clocks are wrong: order stays that of the answers, on one machine and between two edges."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from testkit.kafka_broker import KafkaBroker, free_ports
from testkit.roles import TILDE, Role, TildeOnKafka
from testkit.running import RunningTilde
from testkit.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

HOUR_MS = 3_600_000
SITE = """
import os, time
_true_ns = time.time_ns
def _shown_ns():
    with open(os.environ["TEST_CLOCK"]) as file:
        return _true_ns() + int(file.read() or 0) * 1_000_000
time.time_ns = _shown_ns
"""


class Shift:
    """A clock that stands so many milliseconds beside the true one, in every process that is given `environment`."""

    def __init__(self, folder: Path, ms: int = 0) -> None:
        folder.mkdir(parents=True)
        (folder / "sitecustomize.py").write_text(SITE)
        self._file = folder / "shift"
        self.to(ms)
        self.environment = {"TEST_CLOCK": str(self._file), "PYTHONPATH": str(folder)}

    def to(self, ms: int) -> None:
        """From now on."""
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(str(ms))
        unfinished.rename(self._file)


@pytest.fixture(scope="module")
def shift(tmp_path_factory):
    return Shift(tmp_path_factory.mktemp("shift") / "clock")


@pytest.fixture(scope="module")
def running(tmp_path_factory, shift):
    with RunningTilde(tmp_path_factory.mktemp("clocks"), shift.environment) as running:
        yield running


@pytest.fixture
def tilde(running, shift, request):
    """By a clock that is right when a test begins, with an account of its own."""
    shift.to(0)
    running.account = running.make_account(request.node.name)
    return running


def post(client, account, stat, number):
    return client.post("/ez", data={"ezkey": account["ezkey"], "stat": stat, "count": number})


def stats(client, account):
    """What each stat in sight has counted, whenever that was."""
    bearer = {"authorization": f"Bearer {account['token']}"}
    return {
        stat["name"]: client.get(f"/tilde/v1/stats/{stat['id']}/totals?from=0&to=4000000000", headers=bearer).json()[
            "total"
        ]
        for stat in client.get(f"/x/{account['token']}/statlist").json()
    }


def delete(client, account, name):
    (stat,) = [one for one in client.get(f"/x/{account['token']}/statlist").json() if one["name"] == name]
    assert client.delete(f"/x/{account['token']}/stats/{stat['id']}").json() == {"msg": "stat deleted."}


def test_a_deletion_is_ordered_by_the_log_whatever_the_clock_does(tilde, shift):
    shift.to(2 * HOUR_MS)
    assert post(tilde.client, tilde.account, "s~a,b", 1).is_success
    tilde.wait_counted()
    shift.to(0)
    delete(tilde.client, tilde.account, "s a")
    assert stats(tilde.client, tilde.account) == {"s b": 1}

    shift.to(HOUR_MS)
    delete(tilde.client, tilde.account, "s b")
    shift.to(-HOUR_MS)
    assert post(tilde.client, tilde.account, "s~b,a", 2).is_success
    assert post(tilde.client, tilde.account, "s a", 4).is_success
    tilde.wait_counted()
    assert stats(tilde.client, tilde.account) == {"s b": 2, "s a": 6}

    assert "is the one that is read now" in tilde.run("replay")
    assert stats(tilde.client, tilde.account) == {"s b": 2, "s a": 6}


def test_a_clock_that_shows_2070_for_a_while_does_no_harm_afterwards(tilde, shift):
    shift.to(44 * 8766 * HOUR_MS)
    assert post(tilde.client, tilde.account, "before", 1).status_code == 503
    health = tilde.client.get("/health")
    assert health.status_code == 503
    assert "clock is plainly wrong" in health.json()["edge"]

    shift.to(0)
    assert post(tilde.client, tilde.account, "after", 2).is_success
    tilde.wait_counted()
    assert stats(tilde.client, tilde.account) == {"after": 2}
    assert tilde.client.get("/health").is_success


def test_of_all_who_ask_for_keys_that_read_alike_one_gets_them(tilde):
    accounts = f"{tilde.url}/tilde/v1/accounts"
    with ThreadPoolExecutor(8) as threads, httpx.Client(headers=tilde.operator(), timeout=30) as client:
        for attempt in range(10):
            at_once = threading.Barrier(8)

            def ask(number, attempt=attempt, at_once=at_once):
                key = f"o{attempt}@shop.example"
                keys = {"email": key.upper()} if number % 2 else {"keys": {"ezkey": key}}
                at_once.wait()
                return client.post(accounts, json={"name": f"{attempt} {number}", **keys}).status_code

            assert sorted(threads.map(ask, range(8))) == [200] + [409] * 7


@pytest.mark.kafka
def test_a_deletion_is_ordered_by_the_log_between_edges_whose_clocks_differ(tmp_path):
    ahead, behind = Shift(tmp_path / "ahead", 5_000), Shift(tmp_path / "behind", -5_000)
    with KafkaBroker() as broker, TildeOnKafka(tmp_path, broker, workers=1) as tilde:
        account = tilde.create_account("shop")
        first = tilde.client
        edges = [first, *(another_edge(tmp_path, tilde, shift, name) for name, shift in (("a", ahead), ("b", behind)))]
        try:
            total = 0
            for deleting in edges:
                number = 1.0
                for client in edges:
                    assert post(client, account, "s~x", 100).is_success
                until(
                    lambda: stats(first, account).get("s x", 0) == total + 300,
                    PATIENCE_S,
                    lambda: str(stats(first, account)),
                )
                delete(deleting, account, "s x")
                total = 0.0
                for client in edges[::-1]:
                    assert post(client, account, "s x", number).is_success
                    total += number
                    number *= 2
                until(lambda: stats(first, account) == {"s x": 7}, PATIENCE_S, lambda: str(stats(first, account)))
        finally:
            for name in ("edge-a", "edge-b"):
                tilde.roles[name].end()
            for client in edges[1:]:
                client.close()


def another_edge(folder, tilde, shift, name):
    """A client of one more edge, by a clock of its own."""
    (port,) = free_ports(1)
    data = folder / f"edge-{name}"
    data.mkdir()
    environment = os.environ | tilde.environment | shift.environment | {"TILDE_PORT": str(port)}
    tilde.roles[f"edge-{name}"] = Role(f"edge-{name}", [*TILDE, "edge", "--data", str(data)], environment, data / "out")
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)

    def is_ready():
        try:
            return client.get("/health").is_success
        except httpx.TransportError:
            return False

    until(is_ready, PATIENCE_S, tilde.roles[f"edge-{name}"].output)
    return client
