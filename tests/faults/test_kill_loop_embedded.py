"""`tilde up` under SIGKILL, SIGSTOP and restarts, with clients that never stop: every answer is kept, exactly once, every
sample is what its last acknowledged write says, the traffic of web sites is a recount of their hits, and people and what
they did are what an oracle says of the log.

TILDE_FAULTS says how many faults (20), TILDE_SEED which ones (1).
"""

import os
import random
import signal
import threading
from collections import Counter

import pytest

from testkit.hits import hits_in
from testkit.raw_events import events_in
from testkit.running import RunningTilde
from testkit.tracked import make_site
from testkit.waiting import until
from tests.faults.activity_load import PEOPLE_HASHES, TRACKING_KEY, ActivityLoad, require_people
from tests.faults.hit_load import HITS_HASH, TRAFFIC_HASH, HitLoad, require_hits
from tests.faults.load import STATS, Ledger, Load
from tests.faults.sample_load import FAULTS_BETWEEN, SAMPLES_HASH, SampleLoad, State, Written, require_samples
from tilde.data_folder import edge_folder
from tilde.schemas.topics import ACTIVITY

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(0)]

FAULTS = int(os.environ.get("TILDE_FAULTS", "20"))
SEED = int(os.environ.get("TILDE_SEED", "1"))
CLIENTS = 4
SAMPLE_CLIENTS = 2
HIT_CLIENTS = 2
ACTIVITY_CLIENTS = 2
HASHES = (SAMPLES_HASH, HITS_HASH, TRAFFIC_HASH, *PEOPLE_HASHES)
EDGE_BACK_S = 30
CHANGED_S = 120
POSTS_BETWEEN = 100  # acknowledged between two faults, so that every fault has something to destroy


class Harm:
    """One fault after the other at a running Tilde."""

    def __init__(self, tilde: RunningTilde, seed: int) -> None:
        self._tilde = tilde
        self._random = random.Random(seed)
        self.done: Counter[str] = Counter()

    def do(self) -> None:
        """One fault, of a kind drawn at random."""
        kind = self._random.choice(["kill edge", "kill edge", "kill pipeline", "kill pipeline", "freeze", "kill all"])
        self.done[kind] += 1
        if kind == "kill all":
            self._tilde.kill(signal.SIGKILL)
            self._tilde.start()
        elif kind == "freeze":
            role = self._random.choice(["edge", "pipeline"])
            pid = self._pid(role)
            os.kill(pid, signal.SIGSTOP)
            threading.Event().wait(self._random.uniform(0.2, 2.0))
            os.kill(pid, signal.SIGCONT)
        else:
            os.kill(self._pid(kind.removeprefix("kill ")), signal.SIGKILL)

    def _pid(self, role: str) -> int:
        until(
            lambda: self._tilde.child(role) is not None,
            EDGE_BACK_S,
            lambda: f"no {role}: {self._tilde.output()[-2000:]}",
        )
        pid = self._tilde.child(role)
        assert pid is not None
        return pid


def counted(tilde: RunningTilde, stat: str) -> list[int]:
    """The markers that a stat counted, by the table."""
    return [round(number) for _, number in tilde.points(stat, "counter")]


def test_every_acknowledged_post_is_counted_once_whatever_is_killed(tmp_path):
    (tmp_path / "data").mkdir()
    sites = [make_site(tmp_path / "data", domain) for domain in ("awesome.com", "other.com")]
    with RunningTilde(tmp_path / "data") as tilde:
        tilde.account = tilde.make_account("killed", tracking_key=TRACKING_KEY)
        people = ActivityLoad(lambda: (tilde.host, tilde.port), TRACKING_KEY, ACTIVITY_CLIENTS, SEED)
        hits = HitLoad(lambda: (tilde.host, tilde.port), sites, HIT_CLIENTS, SEED)
        load = Load(lambda: (tilde.host, tilde.port), tilde.account["ezkey"], CLIENTS, SEED)
        samples = SampleLoad(lambda: (tilde.host, tilde.port), tilde.account, SAMPLE_CLIENTS, SEED)
        harm = Harm(tilde, SEED)
        load.start()
        samples.start()
        hits.start()
        people.start()
        for fault in range(FAULTS):
            enough = len(load.ledger.acknowledged) + POSTS_BETWEEN
            until(lambda n=enough: len(load.ledger.acknowledged) >= n, 60, lambda: tilde.output()[-2000:])
            if fault % FAULTS_BETWEEN == 0:
                samples.wait_changes(CHANGED_S, lambda: tilde.output()[-2000:])
            harm.do()
        samples.wait_kinds(CHANGED_S, lambda: tilde.output()[-2000:])
        ledger, written, taken, acts = load.stop(), samples.stop(), hits.stop(), people.stop()
        tilde.wait_counted()
        print(f"{dict(harm.done)}: {len(ledger.acknowledged)} acknowledged, {len(ledger.unanswered)} unanswered;")
        print(f"samples: {[(dict(each.acknowledged), each.unanswered, len(each.may_be)) for each in written]}")

        print(f"hits: {len(taken.acknowledged)} acknowledged, {len(taken.unanswered)} unanswered, {taken.refused}")
        print(f"acts: {len(acts.acknowledged)} acknowledged, {len(acts.unanswered)} unanswered, {acts.refused}")
        assert len(ledger.acknowledged) > FAULTS * POSTS_BETWEEN
        for stat in STATS:
            assert ledger.verdict(counted(tilde, stat)) == []
        require_samples(tilde.sql, written)
        assert taken.acknowledged
        require_hits(tilde, taken, hits_in(edge_folder(tilde.data)))
        assert acts.acknowledged
        require_people(tilde, acts, events_in(edge_folder(tilde.data), ACTIVITY))
        live = [tilde.sql(of) for of in HASHES]
        tilde.run("doctor")
        tilde.run("replay")
        assert [tilde.sql(of) for of in HASHES] == live


def test_the_ledger_sees_what_is_lost_doubled_or_invented():
    """The control: the same arithmetic over counts that are off by one."""
    ledger = Ledger(acknowledged={1, 2}, unanswered={3})

    assert ledger.verdict([1, 2]) == []
    assert ledger.verdict([1, 2, 3]) == []
    assert ledger.verdict([1]) == ["2 was acknowledged and is missing"]
    assert ledger.verdict([1, 2, 2]) == ["2 was counted 2 times"]
    assert ledger.verdict([1, 2, 3, 3]) == ["3 was counted 2 times"]
    assert ledger.verdict([1, 2, 4]) == ["4 was counted and never sent"]


def test_the_verdict_of_samples_sees_what_is_lost_doubled_or_invented():
    """The control: the same arithmetic over samples that are not as they were written."""
    written, one, two = Written(), State(1.0, 1_000, ""), State(2.0, 1_000, "m")
    written.may_be, written.refs, written.maybe_made = {5: {one}, 6: {two, None}}, {6: "r"}, {State(3.0, 1_000, "")}
    five, six = {"id": 5, "ref": "", **one._asdict()}, {"id": 6, "ref": "r", **two._asdict()}
    seven, eight = ({"id": id_, "ref": "", "number": 3.0, "t_ms": 1_000, "meta": ""} for id_ in (7, 8))

    assert written.verdict([five, six, seven]) == written.verdict([five]) == []
    assert len(written.verdict([])) == 1
    assert len(written.verdict([five | {"number": 2.0}])) == 1
    assert len(written.verdict([five, six | {"ref": "s"}])) == 1
    assert len(written.verdict([five, seven, eight])) == 1
    assert len(written.verdict([five, seven | {"number": 4.0}])) == 1
