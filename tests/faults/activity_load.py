"""Activity of people, over HTTP, as Kissmetrics' libraries send it: events and properties with a marker of their own, and
aliases. What must come of each is the arithmetic of `load.py`; what must come of all of them an oracle says.
"""

import http.client
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from testkit.people_oracle import PeopleOracle, Used
from testkit.roles import TildeOnKafka
from testkit.running import RunningTilde
from tests.faults.load import Ledger, MarkedLoad

TRACKING_KEY = "0123456789abcdef0123456789abcdef01234567"
PEOPLE = 40
IDENTITIES = 5  # of each: of his own, and as many as a visitor nobody knows yet
SECONDS = 30
BEGAN_S = 1_790_000_000
NAMES = ("signed up", "bought", "visited site")
PEOPLE_HASHES = (
    "SELECT count() AS n, groupBitXor(cityHash64(*)) AS h FROM people",
    "SELECT count() AS n, groupBitXor(cityHash64(*)) AS h FROM occurrences",
    """
    SELECT count() AS n, groupBitXor(cityHash64(* REPLACE (ifNull(number, 0) AS number, ifNull(text, 0) AS text))) AS h
    FROM property_values
    """,
    "SELECT count() AS n, groupBitXor(cityHash64(*)) AS h FROM events",
    "SELECT count() AS n, groupBitXor(cityHash64(*)) AS h FROM properties",
)
EVENTS = """
    SELECT product, event AS name, total, toUnixTimestamp(first_used_at) AS a, toUnixTimestamp(last_used_at) AS b,
        toUnixTimestamp64Milli(first_sent_at) AS c, toUnixTimestamp64Milli(last_sent_at) AS d
    FROM events
"""
PROPERTIES = EVENTS.replace("event AS name, total", "property AS name, 0 AS total").replace("events", "properties")


class ActivityLoad(MarkedLoad):
    """Some clients, until `stop`."""

    def __init__(self, connect: Callable[[], tuple[str, int]], key: str, clients: int, seed: int) -> None:
        super().__init__(connect, _Acts(key), clients, seed)


class _Acts:
    def __init__(self, key: str) -> None:
        self._key = key

    def many(self, chance: random.Random) -> int:
        return 1

    def send(self, connection: http.client.HTTPConnection, chance: random.Random, markers: list[int]) -> None:
        (marker,) = markers
        connection.request("GET", self._said(chance, marker))

    def is_taken(self, status: int, body: bytes) -> bool:
        return status == http.HTTPStatus.OK

    def _said(self, chance: random.Random, marker: int) -> str:
        """What somebody does, in one of few seconds, or who else he is: the marker stands in the time of an alias."""
        person = chance.randrange(PEOPLE)
        one, other = (f"{person}-{n}@example.com" for n in chance.sample(range(IDENTITIES), 2))
        who = {"_k": self._key, "_p": one, "_d": "1"}
        kind = chance.choice(["e", "e", "e", "e", "s", "a"])
        if kind == "a":
            return f"/a?{urlencode({**who, '_n': other, '_t': str(BEGAN_S + marker)})}"
        said = {"_t": str(BEGAN_S + chance.randrange(SECONDS)), "marker": str(marker), "plan": chance.choice("ab")}
        name = {"_n": chance.choice(NAMES)} if kind == "e" else {}
        return f"/{kind}?{urlencode({**who, **name, **said})}"


def require_people(tilde: RunningTilde | TildeOnKafka, ledger: Ledger, events: Iterable[Mapping[str, Any]]) -> None:
    """Every acknowledged event is in the log, once, and the tables are what an oracle says of the log."""
    history: list[Mapping[str, Any]] = [_as_sealed(event) for event in events]
    assert ledger.verdict(_marker(event) for event in history) == []
    oracle = PeopleOracle(history)
    rows = tilde.sql("SELECT product, identity, person, toUnixTimestamp64Milli(first_received_at) AS first FROM people")
    people = {(int(r["product"]), int(r["identity"])): (int(r["person"]), int(r["first"])) for r in rows}
    assert people == oracle.people()
    assert _names(tilde.sql(EVENTS)) == oracle.events()
    assert _names(tilde.sql(PROPERTIES)) == oracle.properties()
    counted = tilde.sql("SELECT product, event, count() AS n FROM occurrences GROUP BY product, event")
    assert {(int(r["product"]), r["event"]): int(r["n"]) for r in counted} == {
        key: used.total for key, used in oracle.events().items()
    }


def _as_sealed(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as it was decoded, as the oracle takes it."""
    other = event["other"]
    return {**event, "other": other[1] if isinstance(other, tuple) else other}


def _marker(event: Mapping[str, Any]) -> int:
    numbers = {each["name"]: each["number"] for each in event["properties"]}
    return int(numbers["marker"] if numbers else event["at"] - BEGAN_S)


def _names(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[int, str], Used]:
    return {
        (int(row["product"]), str(row["name"])): Used(*(int(row[column]) for column in ("total", "a", "b", "c", "d")))
        for row in rows
    }
