"""Descriptors run out: it is told once, open connections go on, new ones wait and are answered later; the edge neither
spins nor loses its port.
"""

import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from testkit.certificates import write_certificate
from testkit.kafka_broker import free_ports
from testkit.running import RunningTilde
from testkit.waiting import PATIENCE_S, until

pytestmark = pytest.mark.e2e
LIMIT = 160
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def tilde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTilde]:
    """Started by somebody whose soft limit is low, as shells and service managers have it."""
    folder = tmp_path_factory.mktemp("few")
    chain, key = write_certificate(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        running = RunningTilde(
            folder / "data",
            {"TILDE_TLS_CERT": str(chain), "TILDE_TLS_KEY": str(key), "TILDE_TLS_PORT": str(free_ports(1)[0])},
        )
        running.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        running.account = running.make_account("shop")
        yield running
    finally:
        running.client.close()
        running.stop()


def edge_of(tilde: RunningTilde) -> int:
    pid = tilde.child("edge")
    assert pid is not None
    return pid


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_every_process_takes_as_many_as_it_may(tilde: RunningTilde) -> None:
    """The supervisor and its two."""
    for pid in (tilde.pid, edge_of(tilde), tilde.child("pipeline")):
        assert pid is not None
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)

        assert soft == hard


def test_when_they_run_out_open_connections_go_on_and_new_ones_wait(tilde: RunningTilde) -> None:
    """Until others end; then all of them are answered."""
    edge = edge_of(tilde)
    before = resource.prlimit(edge, resource.RLIMIT_NOFILE)
    resource.prlimit(edge, resource.RLIMIT_NOFILE, (LIMIT, before[1]))  # a hard limit could not be raised again
    form = {"ezkey": tilde.account["ezkey"], "stat": "few", "count": "1"}
    posted = 0
    try:
        with ExitStack() as stack:
            client = stack.enter_context(httpx.Client(base_url=tilde.url, timeout=PATIENCE_S))
            client.get("/")
            others = [
                stack.enter_context(socket.create_connection((tilde.host, tilde.port), PATIENCE_S))
                for _ in range(2 * LIMIT)
            ]
            for other in others:
                other.sendall(GET)
            until(lambda: "descriptors are in use" in tilde.output(), PATIENCE_S, tilde.output)
            began_s, used_s = time.monotonic(), cpu_s(edge)
            for _ in range(20):
                assert client.post("/ez", data=form).json()["msg"] == "ok"
                posted += 1
            health = client.get("/health")
            assert (health.status_code, health.json()["status"]) == (503, "not accepting")
            assert "new connections wait until others end" in health.json()["edge"]
            time.sleep(max(0.0, 2 - (time.monotonic() - began_s)))
            assert len(list(Path(f"/proc/{edge}/fd").iterdir())) < LIMIT * 3 // 4
            assert cpu_s(edge) - used_s < 0.5 * (time.monotonic() - began_s), "it spins"
            answered = 0
            for other in others:
                assert other.recv(1000).startswith(b"HTTP/1.1 200 OK")
                answered += 1
                other.close()
            assert answered == len(others)
        until(lambda: "there are descriptors again" in tilde.output(), PATIENCE_S, tilde.output)
    finally:
        resource.prlimit(edge, resource.RLIMIT_NOFILE, before)

    assert tilde.output().count("descriptors are in use") == 1
    assert edge_of(tilde) == edge
    assert tilde.client.get("/health").json()["status"] == "ok"
    tilde.wait_counted()
    assert len(tilde.points("few", "counter")) == posted


def test_a_limit_that_is_lower_than_what_is_open_is_got_over(tilde: RunningTilde) -> None:
    """Then not even one more can be had: newcomers wait, and the port is there again with the descriptors."""
    edge = edge_of(tilde)
    tilde.client.get("/")
    before = resource.prlimit(edge, resource.RLIMIT_NOFILE)
    resource.prlimit(edge, resource.RLIMIT_NOFILE, (10, before[1]))
    try:
        with socket.create_connection((tilde.host, tilde.port), PATIENCE_S) as other:
            other.sendall(GET)
            other.settimeout(0.7)
            with suppress(TimeoutError, ConnectionResetError):  # it waits, or was closed in the first tenth of a second
                assert other.recv(1000) == b"", "it was answered"
        assert tilde.client.get("/").text == "tilde\n"
    finally:
        resource.prlimit(edge, resource.RLIMIT_NOFILE, before)

    until(lambda: httpx.get(f"{tilde.url}/").is_success, PATIENCE_S, tilde.output)
    assert edge_of(tilde) == edge
