"""A replay gives the same tables: built twice from the log, and once with edges and partitions in another order."""

import json

import pytest

from testkit.running import RunningTilde

pytestmark = pytest.mark.e2e

POINTS_HASH = (
    "SELECT count() AS n, groupBitXor(cityHash64(product, metric, event_id, nth, ts, received_at, number)) AS h"
    " FROM points"
)
METRICS_HASH = (
    "SELECT count() AS n, groupBitXor(cityHash64(product, metric, kind, name, first_seen_at)) AS h FROM metrics"
)


def hashes(tilde):
    """Of everything but versions and offsets."""
    return [tilde.sql(statement)[0] for statement in (POINTS_HASH, METRICS_HASH)]


@pytest.fixture(scope="module")
def tilde(tmp_path_factory):
    with RunningTilde(tmp_path_factory.mktemp("replayed")) as running:
        running.account = running.make_account("replayed")
        for n in range(300):
            stats = f"replayed {n % 17}~a,b,c" if n % 3 else f"plain {n % 5}"
            body = {"ezkey": running.account["ezkey"], "stat": stats, ("count" if n % 2 else "value"): n / 4}
            assert running.client.post("/ez", data=body).json()["msg"] == "ok"
        running.run("stat", "create", "before its first post", "--account", "replayed", "--counter")
        running.wait_counted()
        yield running


def test_two_replays_give_the_same_tables(tilde):
    live = hashes(tilde)
    assert live[0]["n"] == 100 + 200 * 3

    for generation in (2, 3):
        printed = tilde.run("replay")
        assert f"generation {generation} is the one that is read now" in printed
        assert hashes(tilde) == live

    assert sorted(path.name for path in tilde.data.glob("outputs.*.log")) == ["outputs.g3.log"]


def test_posts_go_on_being_taken_and_read_while_it_replays(tilde):
    printed = tilde.run("replay")
    body = {"ezkey": tilde.account["ezkey"], "stat": "after", "count": 1}
    assert tilde.client.post("/ez", data=body).json()["msg"] == "ok"
    tilde.wait_counted()

    assert [number for _, number in tilde.points("after", "counter")] == [1]
    entries = [json.loads(line) for line in tilde.run("tail", "catalog", "--from-start", "--no-follow").splitlines()]
    (activated,) = entries[-1]["facts"]
    assert activated["type"] == "GenerationActivated"
    assert f"generation {activated['generation']} is the one that is read now" in printed
