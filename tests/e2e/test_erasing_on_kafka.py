"""Visitors are erased on several edges, on a Kafka: whatever dies on the way, in the end no message of any topic and no
byte of any edge has anything of who was erased, and what others said is there.
"""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from testkit.hits import every_byte
from testkit.kafka_broker import KafkaBroker, free_ports
from testkit.kafka_messages import every_message
from testkit.roles import Role, TildeOnKafka
from testkit.waiting import PATIENCE_S, until
from testkit.white_label import asked
from tilde.data_folder import keyholders_path
from tilde.keys.keyholder_tables import Secret
from tilde.keys.keyholders import ErasedError, Keyholder
from tilde.keys.keyring import Keyring
from tilde.schemas.codec import decode
from tilde.schemas.topics import HITS
from tilde.web.http_clients import open_client

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.timeout(300)]

READS, WRITES = "BEGIN", "BEGIN IMMEDIATE"
HOLDER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute(sys.argv[2])
db.execute("SELECT * FROM visitor").fetchall()
print("held", flush=True)
sys.stdin.read()
"""
KEYRING = Keyring(bytes.fromhex("5a" * 32))  # as the roles have it
ANN, BOB = "7228480604", "7112223334"
SERIALS = {ANN: "8f14e45fceea167a", BOB: "0123456789abcdef"}
PAGE = "/a-page-of-the-site"


@pytest.fixture(scope="module")
def broker():
    with KafkaBroker() as running:
        yield running


@pytest.fixture(scope="module")
def tilde(broker, tmp_path_factory):
    with TildeOnKafka(tmp_path_factory.mktemp("erasing"), broker, workers=1) as running:
        yield running


@dataclass
class Edge:
    """One of two, and what is in its folder."""

    tilde: TildeOnKafka
    name: str
    client: httpx.Client
    data: Path
    settings: dict[str, str]

    @property
    def role(self) -> Role:
        """Its process, which is started again when it dies."""
        return self.tilde.roles[self.name]

    def start(self) -> None:
        self.tilde.start_role(self.name, **self.settings)

    def end(self) -> None:
        self.tilde.roles.pop(self.name).end()

    def kill(self) -> None:
        """With SIGKILL; returns when it begins again."""
        pid = self.role.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        until(lambda: self.role.pid not in {None, pid}, PATIENCE_S, self.role.output)

    def wait(self) -> None:
        """Returns when it takes hits."""
        until(self._answers, PATIENCE_S, self.role.output)

    def _answers(self) -> bool:
        try:
            return self.client.get("/ready").is_success
        except httpx.TransportError:
            return False

    def hit(self, site: int, who: str, **said: str) -> None:
        """Of somebody's browser."""
        query = {"site_id": str(site), "jsuid": who, "href": PAGE, **said}
        headers = {"referer": "http://erased.test/", "user-agent": f"Shop/3.2.1 (device {SERIALS[who]})"}
        assert self.client.get("/in.php", params=query, headers=headers).is_success

    def erase(self, site: int, **whom: Any) -> httpx.Response:
        """Asked of this one."""
        return self.client.post("/tilde/v1/visitors/erase", json={"site": site, **whom})

    @property
    def _file(self) -> Path:
        return keyholders_path(self.data / "edge")

    @contextmanager
    def held(self, how: str) -> Iterator[None]:
        """Somebody has the file of secrets open, and READS it or WRITES it: in a process of his own, since who closes a
        file in this one, as `every_byte` does, ends all locks that it has there.
        """
        command = [sys.executable, "-c", HOLDER, str(self._file), how]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            yield
            holder.communicate()

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._file)) as db:
            return db.execute(statement).fetchall()

    def secrets(self, site: int) -> list[Secret]:
        """Those of the visitors of a site."""
        return [Secret(*row) for row in self._rows(f"SELECT * FROM visitor WHERE site = {site}")]

    def untold(self) -> list[int]:
        """The numbers of visitors whom others are to be told of."""
        return [number for (number,) in self._rows("SELECT number FROM untold")]

    def has(self, secret: Secret) -> bool:
        """Whether its bytes are anywhere in the folder."""
        return secret.secret in every_byte(self.data)


@pytest.fixture
def edges(tilde):
    """Two that run."""
    (port,) = free_ports(1)
    settings = {"TILDE_PORT": str(port)}
    with open_client(f"http://127.0.0.1:{port}", timeout=30, headers=dict(tilde.client.headers)) as client:
        data = tilde.start_role("edge-2", **settings)
        one, other = (
            Edge(tilde, "edge", tilde.client, data.parent / "edge", {}),
            Edge(tilde, "edge-2", client, data, settings),
        )
        other.wait()
        yield one, other
        other.end()


def make_site(tilde: TildeOnKafka, name: str) -> int:
    """Of a new white label."""
    label = partial(asked, tilde.client, tilde.create_account(name)["white_label_key"])
    user, *_ = label("user", username=name)
    site, *_ = label("site", user_id=user, domain="erased.test")
    return int(site)


class Visits(NamedTuple):
    """Of Ann and Bob at both edges; one of which was told their addresses for mail. The secrets, of each at each."""

    site: int
    ann: tuple[Secret, Secret]
    bob: tuple[Secret, Secret]

    @classmethod
    def made(cls, edges: tuple[Edge, Edge], site: int) -> "Visits":
        one, other = edges
        for who in (ANN, BOB):
            one.hit(site, who, **{"custom[mail]": f"{who}@example.com"})
            other.hit(site, who)
        found = [{secret.number: secret for secret in edge.secrets(site)} for edge in edges]
        ann, bob = (tuple(each[KEYRING.keyed_hash(site, "id", who)] for each in found) for who in (ANN, BOB))
        return cls(site, ann, bob)  # type: ignore[arg-type]


class Everything(NamedTuple):
    """All messages of all topics, all bytes of both edges; and the hits of one site among them."""

    messages: bytes
    files: bytes
    hits: list[dict[str, Any]]

    @classmethod
    def of(cls, broker: KafkaBroker, edges: tuple[Edge, Edge], site: int) -> "Everything":
        kept = every_message(broker.bootstrap)
        batches = [decode(each.value, HITS.subject) for each in kept if each.topic == HITS.name]
        return cls(
            b"\0".join(part for _, key, value in kept for part in (key, value)),
            b"\0".join(every_byte(edge.data) for edge in edges),
            [event for batch in batches for event in batch["events"] if event["site"] == site],
        )

    def has(self, wanted: Iterable[bytes]) -> list[bool]:
        """Whether each is anywhere."""
        return [each in self.messages or each in self.files for each in wanted]

    def read(self, secrets: Iterable[Secret]) -> str:
        """All that can be read with these, the master secret, and whatever key an event names."""
        sealed = [text for hit in self.hits for text in (hit["who"], hit["said"]) if text is not None]
        return "\n".join(_opened(secret, each) for secret in secrets for each in sealed)


def _opened(secret: Secret, sealed: bytes) -> str:
    try:
        return str(Keyholder(secret, KEYRING).open(sealed))
    except ErasedError:
        return ""


@contextmanager
def stopped(role: Role) -> Iterator[None]:
    """It stands still meanwhile."""
    pid = role.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)


def plain(who: str) -> list[str]:
    """What identifies somebody."""
    return [who, SERIALS[who], f"{who}@example.com"]


def assert_found_before(everything: Everything, visits: Visits) -> None:
    """Who searches finds the secrets, and what they open: else nothing would be found in the end whatever is there."""
    assert everything.has(secret.secret for secret in (*visits.ann, *visits.bob)) == [True] * 4
    assert PAGE.encode() in everything.messages
    for who, secrets in ((ANN, visits.ann), (BOB, visits.bob)):
        read = everything.read(secrets)
        assert [text in read for text in plain(who)] == [True] * 3
    assert everything.has(text.encode() for text in plain(ANN) + plain(BOB)) == [False] * 6


def assert_ann_is_gone(everything: Everything, visits: Visits, edges: tuple[Edge, Edge]) -> None:
    """And Bob is there, and all that was counted."""
    assert everything.has(secret.secret for secret in (*visits.ann, *visits.bob)) == [False, False, True, True]
    read = everything.read(secret for edge in edges for secret in edge.secrets(visits.site))
    assert [text in read for text in plain(ANN) + plain(BOB)] == [False] * 3 + [True] * 3
    assert everything.has(text.encode() for text in plain(ANN)) == [False] * 3
    assert len(everything.hits) == 4


def test_who_is_erased_by_what_one_edge_knows_is_gone_from_all_whatever_dies(tilde, broker, edges):
    """One edge dies when it has to tell the other, the other when nothing but bytes is left. They are held there by
    somebody who has their files open; with that step left out the search finds what is left.
    """
    one, other = edges
    visits = Visits.made(edges, make_site(tilde, "dying"))
    site, ann, mail = visits.site, visits.ann[0].number, {"mail": f"{ANN}@example.com"}
    assert_found_before(Everything.of(broker, edges, site), visits)

    with other.held(READS), one.held(READS):
        with ExitStack() as until_it_is_killed:
            with one.held(WRITES):
                answer = one.erase(site, custom=mail)
                until_it_is_killed.enter_context(stopped(tilde.roles["streams-0"]))
            assert (answer.status_code, "locked" in answer.text) == (503, True), answer.text
            until(lambda: one.untold() == [ann], PATIENCE_S, lambda: "its key is not taken away")
            assert [ann in {secret.number for secret in edge.secrets(site)} for edge in edges] == [False, True]
            one.kill()
        one.wait()
        until(
            lambda: ann not in {secret.number for secret in other.secrets(site)}, PATIENCE_S, lambda: "nobody told it"
        )
        other.kill()
        other.wait()
        assert [edge.has(secret) for edge, secret in zip(edges, visits.ann, strict=True)] == [True, True]
        assert "another process reads it" in one.erase(site, custom=mail).text
    until(lambda: not (one.has(visits.ann[0]) or other.has(visits.ann[1])), PATIENCE_S, lambda: "bytes are left")

    assert one.erase(site, custom=mail).json() == {"site": site, "erased": 1}
    assert_ann_is_gone(Everything.of(broker, edges, site), visits, edges)
    other.hit(site, ANN)
    assert one.erase(site, custom=mail).json() == {"site": site, "erased": 0}
    other.kill()
    other.wait()
    assert ann in {secret.number for secret in other.secrets(site)}, "she is somebody new, and stays"


def test_an_edge_that_was_away_erases_when_it_begins(tilde, broker, edges):
    """It is found until then, and by nobody afterwards."""
    one, other = edges
    visits = Visits.made(edges, make_site(tilde, "away"))
    other.end()
    assert one.erase(visits.site, id=ANN).json() == {"site": visits.site, "erased": 1}
    before = Everything.of(broker, edges, visits.site)
    other.start()
    other.wait()
    until(lambda: not other.has(visits.ann[1]), PATIENCE_S, other.role.output)

    assert before.has(secret.secret for secret in visits.ann) == [False, True]
    assert_ann_is_gone(Everything.of(broker, edges, visits.site), visits, edges)
