"""The distributed mode under SIGKILL, SIGSTOP and broker restarts, from HTTP to the tables: every answer is kept once,
every sample is what its last acknowledged write says, the traffic of web sites is a recount of their hits, and people and
what they did are what an oracle says of the log.

TILDE_FAULTS says how many faults (9 here; the drivers alone have 12 of their own), TILDE_SEED which ones (1).
"""

import asyncio
import os
import random
import signal
import threading
from collections import Counter
from functools import partial

import pytest

from testkit.kafka_broker import KafkaBroker
from testkit.raw_events import events_on
from testkit.roles import SHIPPED, TildeOnKafka
from testkit.waiting import PATIENCE_S, until
from testkit.white_label import asked
from tests.faults.activity_load import PEOPLE_HASHES, TRACKING_KEY, ActivityLoad, require_people
from tests.faults.hit_load import HITS_HASH, TRAFFIC_HASH, HitLoad, require_hits
from tests.faults.load import STATS, Load
from tests.faults.sample_load import FAULTS_BETWEEN, SAMPLES_HASH, SampleLoad, require_samples
from tilde.eventlog.kafka import KafkaLog
from tilde.schemas.topics import ACTIVITY, HITS

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(0)]

FAULTS = int(os.environ.get("TILDE_FAULTS", "9"))
SEED = int(os.environ.get("TILDE_SEED", "1"))
CLIENTS = 3
SAMPLE_CLIENTS = 2
HIT_CLIENTS = 2
ACTIVITY_CLIENTS = 2
HASHES = (SAMPLES_HASH, HITS_HASH, TRAFFIC_HASH, *PEOPLE_HASHES)
POSTS_BETWEEN = 100
COUNTED_S = 300  # of four loads on a machine that may be busy; a program that hangs is late by any time
STANDSTILL_S = (1.0, 8.0)
KINDS = ["kill edge", "kill streams", "kill store", "freeze streams", "restart broker", "pause broker"]


class Harm:
    """One fault after the other, every kind in turn, in an order drawn from the seed."""

    def __init__(self, tilde: TildeOnKafka, broker: KafkaBroker, seed: int) -> None:
        self._tilde = tilde
        self._broker = broker
        self._random = random.Random(seed)
        self._kinds: list[str] = []
        self.done: Counter[str] = Counter()

    def do(self) -> None:
        """One fault."""
        if not self._kinds:
            self._kinds = self._random.sample(KINDS, len(KINDS))
        kind = self._kinds.pop()
        self.done[kind] += 1
        if kind == "restart broker":
            self._broker.kill()
            self._broker.restart()
        elif kind == "pause broker":
            self._broker.pause()
            threading.Event().wait(self._random.uniform(0.5, 3.0))
            self._broker.resume()
        else:
            verb, _, role = kind.partition(" ")
            pid = self._pid(self._random.choice([name for name in self._tilde.roles if name.startswith(role)]))
            if verb == "kill":
                os.kill(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGSTOP)
                threading.Event().wait(self._random.uniform(*STANDSTILL_S))
                os.kill(pid, signal.SIGCONT)

    def _pid(self, name: str) -> int:
        role = self._tilde.roles[name]
        until(lambda: role.pid is not None, PATIENCE_S, role.output)
        assert role.pid is not None
        return role.pid


async def raw_ends(broker: KafkaBroker) -> list[int]:
    """Where the partitions end, in the order of SHIPPED."""
    log = KafkaLog(broker.bootstrap)
    try:
        places = [(topic.name, partition) for topic in SHIPPED for partition in range(topic.partitions)]
        return [await log.end_offset(*place) for place in places]
    finally:
        await log.close()


def make_sites(tilde: TildeOnKafka) -> list[int]:
    """Two web sites of a white label of their own."""
    label = partial(asked, tilde.client, tilde.create_account("tracked")["white_label_key"])
    (user,) = label("user", username="jo")
    return [int(label("site", user_id=user, domain=domain)[0]) for domain in ("awesome.com", "other.com")]


def wait_counted(tilde: TildeOnKafka, broker: KafkaBroker) -> None:
    """Returns once all that the edge has shipped, and goes on to ship, is in the tables."""

    def is_shipped() -> bool:
        cursor = tilde.edge_cursor()
        return cursor is not None and cursor == tilde.edge_last_seq()

    def has_passed(ends: list[int]) -> bool:
        passed = tilde.passed()
        return len(passed) == len(ends) and all(done >= end for done, end in zip(passed, ends, strict=True))

    until(is_shipped, COUNTED_S, tilde.roles["edge"].output)
    before, ends = [], asyncio.run(raw_ends(broker))
    while ends != before:  # the brokers are asked for hundreds of partitions: not at each look
        until(partial(has_passed, ends), COUNTED_S, lambda: "\n".join(role.output() for role in tilde.roles.values()))
        before, ends = ends, asyncio.run(raw_ends(broker))


def test_every_acknowledged_post_is_counted_once_on_kafka(tmp_path):
    with KafkaBroker() as broker, TildeOnKafka(tmp_path, broker) as tilde:
        account = tilde.create_account("killed", tracking_key=TRACKING_KEY)
        load = Load(lambda: (tilde.host, tilde.port), account["ezkey"], CLIENTS, SEED)
        samples = SampleLoad(lambda: (tilde.host, tilde.port), account, SAMPLE_CLIENTS, SEED)
        hits = HitLoad(lambda: (tilde.host, tilde.port), make_sites(tilde), HIT_CLIENTS, SEED)
        people = ActivityLoad(lambda: (tilde.host, tilde.port), TRACKING_KEY, ACTIVITY_CLIENTS, SEED)
        harm = Harm(tilde, broker, SEED)
        load.start()
        samples.start()
        hits.start()
        people.start()
        for fault in range(FAULTS):
            enough = len(load.ledger.acknowledged) + POSTS_BETWEEN
            until(lambda n=enough: len(load.ledger.acknowledged) >= n, 90, tilde.roles["edge"].output)
            if fault % FAULTS_BETWEEN == 0:
                samples.wait_changes(COUNTED_S, tilde.roles["edge"].output)
            harm.do()
        samples.wait_kinds(COUNTED_S, tilde.roles["edge"].output)
        ledger, written, taken, acts = load.stop(), samples.stop(), hits.stop(), people.stop()
        wait_counted(tilde, broker)
        print(f"{dict(harm.done)}: {len(ledger.acknowledged)} acknowledged, {len(ledger.unanswered)} unanswered;")
        print(f"samples: {[(dict(each.acknowledged), each.unanswered, len(each.may_be)) for each in written]}")
        print(f"hits: {len(taken.acknowledged)} acknowledged, {len(taken.unanswered)} unanswered, {taken.refused}")
        print(f"acts: {len(acts.acknowledged)} acknowledged, {len(acts.unanswered)} unanswered, {acts.refused}")

        assert len(ledger.acknowledged) > FAULTS * POSTS_BETWEEN
        for stat in STATS:
            rows = tilde.sql(
                f"SELECT number FROM points WHERE metric = (SELECT any(metric) FROM metrics WHERE name = '{stat}')"
            )
            assert ledger.verdict(round(row["number"]) for row in rows) == []
        require_samples(tilde.sql, written)
        assert taken.acknowledged
        require_hits(tilde, taken, asyncio.run(events_on(broker, HITS)))
        assert acts.acknowledged
        require_people(tilde, acts, asyncio.run(events_on(broker, ACTIVITY)))
        live = [tilde.sql(of) for of in HASHES]
        tilde.tilde("replay", "--url", tilde.url, "--data", str(tmp_path / "replay"))
        assert [tilde.sql(of) for of in HASHES] == live
