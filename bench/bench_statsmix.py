"""How soon StatsMix's clients read what they have just written: a POST, then at once GET, PUT, GET and DELETE of it,
one after the other, each timed from the request to the whole answer.

    python -m bench.bench_statsmix [--times 300]

Embedded, and on a Kafka of its own, where Java can be found. The target is a p99 below 500 ms for each.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.report import Row, table
from testkit.kafka_broker import KafkaBroker
from testkit.roles import TildeOnKafka
from testkit.running import RunningTilde

KEY = "0123456789abcdef0123"
TIMES = 300
WARM_UP = 20
TARGET = "p99 500"
CALLS = ("POST", "GET, right after it", "PUT, right after that", "GET, right after the PUT", "DELETE, right after that")

Took = dict[str, list[float]]
"""Milliseconds of every call of a kind."""


def talk(client: httpx.Client, nth: int, took: Took) -> None:
    """One stat's life. Raises AssertionError where an answer is not what was written last."""
    made = _call(client, took[CALLS[0]], "POST", "track.json", f"name=orders {nth % 50}&value={nth}")
    one = f"stats/{made['id']}.json"
    assert _call(client, took[CALLS[1]], "GET", one) == made
    changed = _call(client, took[CALLS[2]], "PUT", one, f"value={nth + 1}")
    assert _call(client, took[CALLS[3]], "GET", one)["value"] == changed["value"] == nth + 1
    assert _call(client, took[CALLS[4]], "DELETE", one)["value"] == nth + 1


def _call(client: httpx.Client, took: list[float], method: str, path: str, form: str = "") -> dict[str, object]:
    headers = {"x-statsmix-token": KEY, "content-type": "application/x-www-form-urlencoded"}
    began_s = time.perf_counter()
    answer = client.request(method, f"/api/v2/{path}", content=form, headers=headers)
    took.append((time.perf_counter() - began_s) * 1000)
    assert answer.is_success, answer.text
    stat: dict[str, object] = answer.json()["stat"]
    return stat


def measured(client: httpx.Client, times: int, mode: str) -> list[Row]:
    """A row for each kind of call."""
    for nth in range(WARM_UP):
        talk(client, nth, {call: [] for call in CALLS})
    took: Took = {call: [] for call in CALLS}
    for nth in range(times):
        talk(client, nth, took)
    rows = []
    for call, ms in took.items():
        ms.sort()
        p50, p99 = ms[len(ms) // 2], ms[len(ms) * 99 // 100]
        rows.append(
            Row(f"{mode}: {call}", "ms, p50 and p99", f"{p50:.0f}, {p99:.0f}", "", "" if call == "POST" else TARGET)
        )
    return rows


def embedded(times: int) -> list[Row]:
    """With `tilde up`."""
    with tempfile.TemporaryDirectory() as folder, RunningTilde(Path(folder) / "data") as tilde:
        tilde.make_account("bench", api_key=KEY)
        return measured(tilde.client, times, "embedded")


def on_kafka(times: int) -> list[Row]:
    """With all roles, two workers of them, and the tables in one."""
    with tempfile.TemporaryDirectory() as folder, KafkaBroker() as broker, TildeOnKafka(Path(folder), broker) as tilde:
        answer = tilde.client.post("/tilde/v1/accounts", json={"name": "bench", "keys": {"api_key": KEY}})
        assert answer.is_success, answer.text
        return measured(tilde.client, times, "on Kafka")


def run(times: int = TIMES) -> list[Row]:
    """Both, where this machine can run a broker."""
    return embedded(times) + (on_kafka(times) if KafkaBroker.missing() is None else [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=TIMES)
    sys.stdout.write(table(run(parser.parse_args().times)) + "\n")
