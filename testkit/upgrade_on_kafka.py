"""A Kafka that a former release made, taken on by today's roles: python -m testkit.upgrade_on_kafka REVISION

    the former release counts, a stat is deleted and posted to again
    -> its workers are killed under load, then its edge, with posts that nobody has folded or shipped
    -> today's `migrate` and roles begin on the same topics and folders, and posts go on
    -> every post that was answered ok is counted, none twice, and a replay by today's release gives the same tables

The former release is taken from this repository's history, and runs with today's libraries. It needs a broker.
"""

import argparse
import itertools
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections import Counter
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import httpx

from testkit.kafka_broker import KafkaBroker
from testkit.roles import TildeOnKafka
from testkit.waiting import until
from tilde.domain.stats.metrics import Kind, metric_id, short_id
from tilde.web.http_clients import open_client

LIST = 20
COUNTED_S = 120.0
LOADED_S = 4.0
STATS = ("upgraded a", "upgraded b")
_METRIC = "product, metric, kind, name, first_seen_at"
TABLES = {
    "points": "SELECT count() AS n, groupBitXor(cityHash64(*)) AS h FROM points",
    "metrics": f"SELECT count() AS n, groupBitXor(cityHash64({_METRIC})) AS h FROM metrics",
}


class Load:
    """Posts lists of numbers, each of them once, while it is open. A list that is not answered may be counted."""

    def __init__(self, url: str, ezkey: str, stat: str, first: int) -> None:
        self._url = url
        self._ezkey = ezkey
        self._stat = stat
        self._numbers = itertools.count(first)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.acknowledged: set[int] = set()
        self.sent: set[int] = set()

    def _run(self) -> None:
        with open_client(self._url, timeout=10) as client:
            while not self._ending.wait(0.005):
                numbers = list(itertools.islice(self._numbers, LIST))
                self.sent.update(numbers)
                data = [{"stat": self._stat, "count": number} for number in numbers]
                try:
                    answer = client.post("/ez", json={"ezkey": self._ezkey, "data": data})
                except httpx.TransportError:
                    continue
                if answer.is_success and answer.json()["status"] == 200:  # noqa: PLR2004
                    self.acknowledged.update(numbers)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()


def release(revision: str, folder: Path) -> Path:
    """The files of a former release."""
    archive = subprocess.run(["git", "archive", revision], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def command_of(folder: Path) -> list[str]:
    """How its command line is started: by its own files, though ours are installed."""
    module = "run.cli.main" if (folder / "run").is_dir() else "tilde.cli.main"
    start = f"import sys; sys.path.insert(0, {str(folder)!r}); from {module} import run; run()"
    return [sys.executable, "-P", "-c", start]


def kill(tilde: TildeOnKafka, name: str) -> None:
    """Ends a role without a word, for good."""
    role = tilde.roles.pop(name)
    if (pid := role.pid) is not None:
        os.kill(pid, signal.SIGKILL)
    role.end()


def counted(tilde: TildeOnKafka, product: int) -> Counter[tuple[str, int]]:
    """How often each number stands in the tables, by stat."""
    columns = "name, toUInt64(number) AS number, count() AS n"
    rows = tilde.sql(f"SELECT {columns} FROM stats WHERE product = {product} GROUP BY ALL")
    return Counter({(row["name"], int(row["number"])): int(row["n"]) for row in rows})


def hashes(tilde: TildeOnKafka) -> dict[str, dict[str, Any]]:
    """Of all rows of each table, with identity, versions and what they say."""
    return {name: tilde.sql(statement)[0] for name, statement in TABLES.items()}


def verdict(found: Counter[tuple[str, int]], loads: list[Load]) -> list[str]:
    """What is wrong; nothing where every promise was kept."""
    acknowledged = set().union(*(load.acknowledged for load in loads))
    sent = set().union(*(load.sent for load in loads))
    missing = [(stat, number) for stat in STATS for number in acknowledged if not found[stat, number]]
    wrong = [f"{number} of {stat!r} was answered ok and is not counted" for stat, number in missing]
    wrong += [f"{key} is counted {n} times" for key, n in found.items() if n > 1]
    return wrong + [f"{key} was never sent" for key in found if key[0] in STATS and key[1] not in sent]


def wait_counted(tilde: TildeOnKafka, product: int, acknowledged: set[int]) -> None:
    """Returns once all of these are in the tables, for both stats."""

    def are_counted() -> bool:
        found = counted(tilde, product)
        return all(found[stat, number] for stat in STATS for number in acknowledged)

    until(are_counted, COUNTED_S, lambda: "\n".join(role.output() for role in tilde.roles.values()))


def main() -> None:
    """Ends with status 1 where anything is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("revision")
    revision = parser.parse_args().revision
    with tempfile.TemporaryDirectory() as scratch, KafkaBroker() as broker:
        folder = Path(scratch) / "data"
        former = TildeOnKafka(folder, broker, command=command_of(release(revision, Path(scratch) / "release")))
        with former:
            account = former.create_account("upgraded")
            product, ezkey = account["product"]["id"], account["ezkey"]
            with Load(former.url, ezkey, "upgraded~a,b", 1) as first:
                threading.Event().wait(LOADED_S)
            wait_counted(former, product, first.acknowledged)
            gone = delete(former, account)
            with Load(former.url, ezkey, "upgraded~a,b", 1_000_000) as second:
                threading.Event().wait(LOADED_S / 2)
                for name in ("streams-0", "streams-1", "store"):
                    kill(former, name)
                threading.Event().wait(LOADED_S / 2)
                kill(former, "edge")
        print(f"{revision}: {len(first.acknowledged)} and {len(second.acknowledged)} answered ok, {gone}")
        with TildeOnKafka(folder, broker) as today:
            with Load(today.url, ezkey, "upgraded~a,b", 2_000_000) as third:
                threading.Event().wait(LOADED_S)
            loads = [first, second, third]
            wait_counted(today, product, third.acknowledged)
            wrong = verdict(counted(today, product), loads)
            before = hashes(today)
            print(today.tilde("replay", "--url", today.url, "--data", str(folder / "replay")).splitlines()[-1])
            after = hashes(today)
            wrong += verdict(counted(today, product), loads)
            wrong += [] if before == after else [f"tables differ: {before}, {after}"]
            print(f"{len(third.acknowledged)} more answered ok; {before}")
    print("\n".join(wrong[:20]) or "all is counted on, nothing twice, and a replay gives the same tables")
    sys.exit(bool(wrong))


def _is_counted(tilde: TildeOnKafka, product: int, number: int) -> bool:
    return counted(tilde, product)["deleted", number] == 1


def delete(tilde: TildeOnKafka, account: dict[str, Any]) -> str:
    """Counts a stat, deletes it, and counts it again: what the catalog says has to be taken on as well."""
    product, path = account["product"]["id"], f"/tilde/v1/accounts/{account['name']}/stats"
    stat = short_id(metric_id(product, Kind.COUNTER, "deleted"))
    for number in (1, 2):
        assert tilde.client.post("/ez", data={"ezkey": account["ezkey"], "stat": "deleted", "count": number}).is_success
        until(partial(_is_counted, tilde, product, number), COUNTED_S, lambda: "not counted")
        if number == 1:
            assert tilde.client.delete(f"{path}/{stat}").json()["deleted"]
    return str({key: n for key, n in counted(tilde, product).items() if key[0] == "deleted"})


if __name__ == "__main__":
    main()
