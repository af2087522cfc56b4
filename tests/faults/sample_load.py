"""Writes of samples over HTTP, each client's one after the other, and what must come of them: every sample reads as its
last acknowledged write says, or as one that nobody answered since.

A client has samples of its own, with refs and without. It makes them, makes those of a ref again, changes, moves and
deletes them, each time with all that a sample has; so whatever came of a write without an answer, the next one that
is answered says what there is.
"""

import http.client
import itertools
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from testkit.samples_up import PATH
from tilde.domain.samples.sample import sample_id
from tilde.domain.stats.metrics import metric_id

TIMEOUT_S = 30
PAUSE_S, PAUSE_AFTER_CUT_S = 0.005, 0.02
NAMES = ("sampled", "sampled too")
REFS = 10
PLAIN_MAX = 10


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
        self.acknowledged = 0
        self.unanswered = 0

    def verdict(self, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """What is wrong with the samples that there are; nothing, if every promise was kept."""
        there = {row["id"]: row for row in rows}
        wrong = []
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
    rows = sql(SAMPLES)
    assert together.verdict(rows) == []
    assert any(row["ref"] for row in rows)
    assert any(not row["ref"] for row in rows)
    assert numbers_in(sql(POINTS)) == numbers_in(rows)


def numbers_in(rows: Iterable[Mapping[str, Any]]) -> Counter[tuple[int, int, float]]:
    """How often each number stands at which time of which stat."""
    return Counter((row["metric"], row["t_ms"], row["number"]) for row in rows)


class SampleLoad:
    """Some clients in threads, until `stop`."""

    def __init__(self, connect: Callable[[], tuple[str, int]], product: int, clients: int, seed: int) -> None:
        self._connect = connect
        self._product = product
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self.written = [Written() for _ in range(clients)]
        self._threads = [
            threading.Thread(target=self._run, args=(n, random.Random(seed + n)), daemon=True) for n in range(clients)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> list[Written]:
        """Ends all clients; returns what became of their writes."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(TIMEOUT_S + 5)
            assert not thread.is_alive(), "a client hangs: a request was never answered"
        return self.written

    def _run(self, number: int, chance: random.Random) -> None:
        client = _Client(self._product, f"c{number}", chance, self.written[number], self._numbers)
        connection: http.client.HTTPConnection | None = None
        while not self._stopping.is_set():
            if connection is None:
                connection = http.client.HTTPConnection(*self._connect(), timeout=TIMEOUT_S)
            write = client.next()
            try:
                connection.request("POST", f"{PATH}?write={quote(json.dumps(write.says))}")
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = None
                client.unanswered(write)
                self._stopping.wait(PAUSE_AFTER_CUT_S)
                continue
            if answer.status == 200:
                client.acknowledged(write, json.loads(body))
                self._stopping.wait(PAUSE_S)
            else:
                assert answer.status == 503, body
                self._stopping.wait(PAUSE_AFTER_CUT_S)
        if connection is not None:
            connection.close()


class _Write(NamedTuple):
    says: dict[str, Any]
    id: int | None
    becomes: State | None


class _Client:
    """What one client knows of its samples."""

    def __init__(
        self, product: int, name: str, chance: random.Random, written: Written, numbers: "itertools.count[int]"
    ) -> None:
        self._product, self._name, self._chance, self._numbers = product, name, chance, numbers
        self._written = written
        self._plain: dict[int, tuple[str, dict[str, Any]]] = {}  # by id: the stat, and how it was read once

    def next(self) -> _Write:
        """Another write."""
        kind = self._chance.choice(["make", "upsert", "upsert", "change", "change", "delete", "delete a ref's"])
        state = State(float(next(self._numbers)), 1_000 * self._chance.randrange(1, 9), self._chance.choice(["", "m"]))
        says = {"product": self._product, **state._asdict()}
        stat = self._chance.choice(NAMES)
        of = {"name": stat, "metric": metric_id(self._product, "counter", stat)}
        ref = f"{self._name} {self._chance.randrange(REFS)}"
        if kind == "upsert":
            return self._of_ref(says | of, ref, state)
        if kind == "delete a ref's":
            return self._of_ref(says | of | {"makes": False, "deletes": True}, ref, None)
        if (kind == "make" and len(self._plain) < PLAIN_MAX) or not self._plain:
            return _Write(says | of, None, state)
        id_, (stat, read) = self._chance.choice(list(self._plain.items()))
        of = {"name": stat, "metric": metric_id(self._product, "counter", stat)}
        deletes = kind == "delete"
        about = {"id": id_, "makes": False, "deletes": deletes, "before": read}
        return _Write(says | of | about, id_, None if deletes else state)

    def _of_ref(self, says: dict[str, Any], ref: str, becomes: State | None) -> _Write:
        id_ = sample_id(says["metric"], ref)
        self._written.refs[id_] = ref
        self._written.may_be.setdefault(id_, {None})
        return _Write(says | ({"id": id_} if becomes is None else {"ref": ref}), id_, becomes)

    def acknowledged(self, write: _Write, answer: Mapping[str, int]) -> None:
        id_ = answer["id"]
        self._written.acknowledged += 1
        self._written.may_be[id_] = {write.becomes}
        if write.id is None:
            says = write.says
            read = {"ref": None, "number": says["number"], "t_ms": says["t_ms"], "meta": says["meta"] or None}
            self._plain[id_] = says["name"], read | {"created_ms": answer["received_at"]}
        if write.becomes is None:
            self._plain.pop(id_, None)

    def unanswered(self, write: _Write) -> None:
        self._written.unanswered += 1
        if write.id is not None:
            self._written.may_be[write.id].add(write.becomes)
            if write.becomes is None:  # nobody knows whether what comes next finds it
                self._plain.pop(write.id, None)
        elif write.becomes is not None:
            self._written.maybe_made.add(write.becomes)
