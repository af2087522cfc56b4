"""Writes of samples over HTTP, as StatsMix's clients write them, each client's one after the other, and what must come of
them: every sample reads as its last acknowledged write says, or as one that nobody answered since.

A client has samples of its own, with refs and without. It makes them, makes those of a ref again, changes, moves and
deletes them, each time with all that a sample has; so whatever came of a write without an answer, the next one that
is answered says what there is. A change or a deletion is refused where the sample cannot be read (503), or is not in the
tables yet (404): then nothing was written.
"""

import http.client
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from testkit.waiting import until
from tests.faults.http_clients import PAUSE_AFTER_CUT_S, HttpClients
from tilde.domain.samples.sample import sample_id
from tilde.domain.stats.metrics import metric_id

PAUSE_S = 0.01
NAMES = ("sampled", "sampled too")
REFS = 10
PLAIN_MAX = 10
KINDS = ["make", "upsert", "upsert", "change", "change", "change by ref", "delete", "delete by ref"]
CHANGING = ("change", "change by ref", "delete", "delete by ref")
CHANGES = 5
FAULTS_BETWEEN = 5  # so many until all parts have to run again
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOTHING_WRITTEN = {"POST": (503,), "PUT": (404, 503), "DELETE": (404, 503)}

SAMPLES = "SELECT id, metric, ref, number, toUnixTimestamp64Milli(ts) AS t_ms, meta FROM samples"
POINTS = (
    "SELECT metric, toUnixTimestamp64Milli(ts) AS t_ms, number FROM points"
    f" WHERE metric IN (SELECT metric FROM metrics WHERE name IN {NAMES})"
)
SAMPLES_HASH = (
    "SELECT count() AS n, groupBitXor(cityHash64(product, metric, id, ts, number, ref, meta, created_at, updated_at)) AS h"
    " FROM samples"
)


class State(NamedTuple):
    """What a sample is. Every write has a number of its own."""

    number: float
    t_ms: int
    meta: str


class Written:
    """Of every sample what it may be; by id."""

    def __init__(self) -> None:
        self.may_be: dict[int, set[State | None]] = {}
        self.refs: dict[int, str] = {}
        self.maybe_made: set[State] = set()  # without a ref, and so of nobody knows which id
        self.acknowledged: Counter[str] = Counter()
        self.unanswered = 0
        self.told_wrong: list[str] = []

    def verdict(self, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """What is wrong with the samples that there are; nothing, if every promise was kept."""
        there = {row["id"]: row for row in rows}
        wrong = list(self.told_wrong)
        for id_, states in self.may_be.items():
            row = there.get(id_)
            seen = None if row is None else state_of(row)
            if seen not in states:
                wrong.append(f"sample {id_} is {seen}, and may be {states}")
            if row is not None and row["ref"] != self.refs.get(id_, ""):
                wrong.append(f"sample {id_} has the ref {row['ref']!r}")
        strange = [state_of(row) for id_, row in there.items() if id_ not in self.may_be]
        wrong += [f"nobody has written {state}" for state in strange if state not in self.maybe_made]
        wrong += [f"{state} was made {times} times" for state, times in Counter(strange).items() if times > 1]
        return wrong


def state_of(row: Mapping[str, Any]) -> State:
    return State(row["number"], row["t_ms"], row["meta"])


def require_samples(sql: Callable[[str], list[dict[str, Any]]], written: Iterable[Written]) -> None:
    """The samples are what their writers may expect, and the points of their stats are their numbers."""
    together = Written()
    for each in written:
        together.may_be |= each.may_be
        together.refs |= each.refs
        together.maybe_made |= each.maybe_made
        together.told_wrong += each.told_wrong
        together.acknowledged += each.acknowledged
    rows = sql(SAMPLES)
    assert together.verdict(rows) == []
    assert together.acknowledged.keys() >= {*KINDS}
    assert any(row["ref"] for row in rows)
    assert any(not row["ref"] for row in rows)
    assert numbers_in(sql(POINTS)) == numbers_in(rows)


def numbers_in(rows: Iterable[Mapping[str, Any]]) -> Counter[tuple[int, int, float]]:
    """How often each number stands at which time of which stat."""
    return Counter((row["metric"], row["t_ms"], row["number"]) for row in rows)


class SampleLoad:
    """Some clients, until `stop`. `account` is as the operator was told of it when it was made."""

    def __init__(
        self, connect: Callable[[], tuple[str, int]], account: Mapping[str, Any], clients: int, seed: int
    ) -> None:
        self.written = [Written() for _ in range(clients)]
        numbers = itertools.count(1)

        def client(n: int, chance: random.Random) -> _Client:
            return _Client(account, f"c{n}", chance, self.written[n], numbers)

        self._clients = HttpClients(connect, client, clients, seed)

    def start(self) -> None:
        self._clients.start()

    def wait_changes(self, patience_s: float, why: Callable[[], str]) -> None:
        """Returns once some changes and deletions more are acknowledged: those have to be read first, which they are
        only where all parts run.
        """
        enough = self._changes() + CHANGES
        until(lambda: self._changes() >= enough, patience_s, why)

    def wait_kinds(self, patience_s: float, why: Callable[[], str]) -> None:
        """Returns once writes of every kind are acknowledged: few faults leave time for few changes, and chance has to
        take each kind.
        """
        until(lambda: all(any(each.acknowledged[kind] for each in self.written) for kind in KINDS), patience_s, why)

    def _changes(self) -> int:
        return sum(each.acknowledged[kind] for each in self.written for kind in CHANGING)

    def stop(self) -> list[Written]:
        """Ends all clients; returns what became of their writes."""
        self._clients.stop()
        return self.written


class _Write(NamedTuple):
    """`id` is None where it is the server's to give; `becomes` is None of a deletion."""

    kind: str
    method: str
    path: str
    form: dict[str, str]
    id: int | None
    becomes: State | None


class _Client:
    """What one client knows of its samples."""

    def __init__(
        self,
        account: Mapping[str, Any],
        name: str,
        chance: random.Random,
        written: Written,
        numbers: "itertools.count[int]",
    ) -> None:
        self._product, self._api_key = account["product"]["id"], account["api_key"]
        self._name, self._chance, self._numbers = name, chance, numbers
        self._written = written
        self._plain: list[int] = []
        self._last: _Write

    def ask(self, connection: http.client.HTTPConnection) -> float:
        self._last = write = self._next()
        connection.request(write.method, write.path, urlencode({**write.form, "api_key": self._api_key}), FORM)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 200:
            self._acknowledged(write, json.loads(body)["stat"])
        elif answer.status not in NOTHING_WRITTEN[write.method]:
            self._written.told_wrong.append(f"{write} was answered {answer.status}: {body!r}")
        return PAUSE_S if answer.status == 200 else PAUSE_AFTER_CUT_S

    def _next(self) -> _Write:
        """Another write."""
        kind = self._chance.choice(KINDS)
        state = State(float(next(self._numbers)), 1_000 * self._chance.randrange(1, 9), self._chance.choice("12"))
        stat = self._chance.choice(NAMES)
        if kind.endswith(("upsert", "by ref")):
            return self._of_ref(kind, stat, f"{self._name} {self._chance.randrange(REFS)}", state)
        if (kind == "make" and len(self._plain) < PLAIN_MAX) or not self._plain:
            return _Write("make", "POST", "/api/v2/track.json", {"name": stat, **_says(state)}, None, state)
        id_ = self._chance.choice(self._plain)
        path = f"/api/v2/stats/{id_}.json"
        if kind == "delete":
            return _Write(kind, "DELETE", path, {}, id_, None)
        return _Write("change", "PUT", path, _says(state), id_, state)

    def _of_ref(self, kind: str, stat: str, ref: str, state: State) -> _Write:
        metric = metric_id(self._product, "counter", stat)
        id_ = sample_id(metric, ref)
        self._written.refs[id_] = ref
        may_be = self._written.may_be.setdefault(id_, {None})
        path, of = f"/api/v2/stats/{quote(ref)}.json", {"metric_id": str(metric)}
        if kind == "delete by ref":
            return _Write(kind, "DELETE", path, of, id_, None)
        if (
            kind == "change by ref" and None not in may_be
        ):  # else what it reads may be gone already, and it changes nothing
            return _Write(kind, "PUT", path, of | _says(state), id_, state)
        form = {"name": stat, "ref_id": ref, **_says(state)}
        return _Write("upsert", "POST", "/api/v2/track.json", form, id_, state)

    def _acknowledged(self, write: _Write, stat: Mapping[str, Any]) -> None:
        id_ = stat["id"]
        self._written.acknowledged[write.kind] += 1
        self._written.may_be[id_] = {write.becomes}
        if write.id not in (None, id_):
            self._written.told_wrong.append(f"{write} was answered {stat}")
        if write.id is None:
            self._plain.append(id_)
        if write.becomes is None:
            self._forget(id_)
        elif _says(write.becomes) != {name: str(stat[name]) for name in _says(write.becomes)}:
            self._written.told_wrong.append(f"{write} was answered {stat}")

    def cut_off(self) -> None:
        write = self._last
        self._written.unanswered += 1
        if write.id is not None:
            self._written.may_be[write.id].add(write.becomes)
            if write.becomes is None:  # nobody knows whether what comes next finds it
                self._forget(write.id)
        elif write.becomes is not None:
            self._written.maybe_made.add(write.becomes)

    def _forget(self, id_: int) -> None:
        if id_ in self._plain:
            self._plain.remove(id_)


def _says(state: State) -> dict[str, str]:
    """All that a sample has, as it is sent and shown."""
    return {
        "value": f"{state.number:.0f}",
        "generated_at": f"1970-01-01T00:00:{state.t_ms // 1000:02}Z",
        "meta": state.meta,
    }
