"""What StatHat's clients put on the wire, replayed at a Tilde: replies to the byte, every point once."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from testkit.waiting import PATIENCE_S, until
from tests.golden.replay import Golden, Kind, Point, Reply, exchange, load, post_and_leave, read
from tilde.runtime.clock import SystemClock

pytestmark = pytest.mark.e2e

GOLDENS = load()
KINDS: tuple[Kind, Kind] = ("counter", "value")
LEAVERS = 50


class Replayed(NamedTuple):
    """All requests sent and counted, between two seconds of the clock."""

    replies: dict[str, Reply]
    first_s: int
    last_s: int

    def is_seen(self, point: Point, t: int, number: float) -> bool:
        """Whether (t, number) of its stat is this point."""
        on_time = self.first_s <= t <= self.last_s if point.t is None else t == point.t
        return on_time and number == point.number


@pytest.fixture(scope="module")
def keys(tilde_up: Any) -> dict[str, str]:
    """What stands in the places of the placeholders."""
    account = tilde_up.account
    assert account["email"], "the account of tilde_up is made with --email: clients post with it too"

    def classic(kind: Kind) -> str:
        stat = [
            "stat",
            "create",
            f"golden classic {kind}",
            "--account",
            account["name"],
            f"--{kind}",
            "--json",
        ]
        return str(json.loads(tilde_up.run(*stat))["key"])

    return {
        "EZKEY": account["ezkey"],
        "EMAIL": account["email"],
        "UKEY": account["ukey"],
        "COUNTER_KEY": classic("counter"),
        "VALUE_KEY": classic("value"),
    }


@pytest.fixture(scope="module")
def replayed(tilde_up: Any, keys: dict[str, str]) -> Replayed:
    """Those that leave at once go first: they are taken in by the time the others were answered."""
    clock = SystemClock()
    first_s = clock.now_ms() // 1000
    for golden in GOLDENS:
        if not golden.reads:
            post_and_leave(tilde_up.host, tilde_up.port, golden.filled(keys))
    replies: dict[str, Reply] = {}
    for golden in GOLDENS:
        if golden.reads and golden.after is None:
            connected = [golden, *(other for other in GOLDENS if other.after == golden.name)]
            raw = exchange(tilde_up.host, tilde_up.port, *(one.filled(keys) for one in connected))
            replies |= {one.name: read(reply) for one, reply in zip(connected, raw, strict=True)}
    tilde_up.wait_counted()
    return Replayed(replies, first_s, clock.now_ms() // 1000)


@pytest.mark.parametrize("golden", [golden for golden in GOLDENS if golden.reads], ids=str)
def test_the_reply_is_stathats(golden: Golden, replayed: Replayed) -> None:
    """Clients compare the status and the body; some break on any other success than 200 with a body."""
    reply = replayed.replies[golden.name]

    assert golden.accepts(reply), f"{reply} instead of {golden.status} {golden.body}"


@pytest.mark.parametrize("golden", [golden for golden in GOLDENS if golden.points], ids=str)
def test_each_point_is_counted_once(golden: Golden, replayed: Replayed, tilde_up: Any) -> None:
    """Under the names that `~` expands to, with the number and the time that the client meant."""
    for point in golden.points:
        seen = tilde_up.points(point.stat, point.kind)

        assert sum(replayed.is_seen(point, *one) for one in seen) == 1, f"{point} in {seen}"


def test_nothing_else_is_counted(replayed: Replayed, tilde_up: Any) -> None:
    """What was refused, cut off or asked for with another method has left nothing behind."""
    points = [point for golden in GOLDENS for point in golden.points]
    stats = {point.stat for point in points}.union(*(golden.uncounted for golden in GOLDENS))
    expected = Counter((point.stat, point.kind) for point in points)

    counted = {(stat, kind): len(tilde_up.points(stat, kind)) for stat in stats for kind in KINDS}

    assert {key: count for key, count in counted.items() if count} == expected


def test_clients_that_leave_at_once_are_all_counted(keys: dict[str, str], tilde_up: Any) -> None:
    """PHP's asynchronous clients close as soon as they have written: every point counts, unanswered."""
    (recorded,) = (golden for golden in GOLDENS if golden.name == "dosomething-ez-count")
    for number in range(LEAVERS):
        mine = recorded.raw.replace(b"dosomething+count", b"golden+leavers")
        mine = mine.replace(b"count=3", b"count=%d" % number)
        post_and_leave(tilde_up.host, tilde_up.port, replace(recorded, raw=mine).filled(keys))

    def numbers() -> list[float]:
        return sorted(number for _, number in tilde_up.points("golden leavers a", "counter"))

    everyone = [float(number) for number in range(LEAVERS)]
    until(lambda: numbers() == everyone, PATIENCE_S, lambda: f"counted: {numbers()}")
