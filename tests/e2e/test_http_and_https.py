"""http and https at once, out of one `tilde up`: the same edge, a certificate that is renewed, and SIGHUP that ends
nothing.
"""

import json
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from testkit.certificates import served_name, write_certificate
from testkit.kafka_broker import free_ports
from testkit.running import RunningTilde
from testkit.waiting import PATIENCE_S, until

pytestmark = pytest.mark.e2e
GET = b"GET / HTTP/1.1\r\nHost: stats.example\r\n\r\n"


class Both(RunningTilde):
    """Serves both; `tls` is the folder with the certificate, by a link as certbot has it."""

    def __init__(self, folder: Path) -> None:
        self.tls = folder / "live"
        write_certificate(folder / "1", "one.example", is_rsa=True)
        self.tls.symlink_to(folder / "1")
        self.tls_port = free_ports(1)[0]
        settings = {"PORT": self.tls_port, "CERT": self.tls / "c.pem", "KEY": self.tls / "k.pem"}
        super().__init__(folder / "data", {f"TILDE_TLS_{name}": str(value) for name, value in settings.items()})
        self.https = httpx.Client(base_url=f"https://127.0.0.1:{self.tls_port}", verify=False, timeout=30)

    def connect(self) -> ssl.SSLSocket:
        """A connection to https that stays open."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.tls_port), PATIENCE_S))

    def processes(self) -> list[int | None]:
        """All three."""
        return [self.pid, self.child("edge"), self.child("pipeline")]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with Both(tmp_path_factory.mktemp("both")) as tilde:
        tilde.account = tilde.make_account("shop")
        yield tilde
        tilde.https.close()


def test_a_post_counts_by_whichever_way_it_came(both: Both) -> None:
    """One edge, one log, one sealer behind both."""
    form = {"ezkey": both.account["ezkey"], "stat": "both", "count": "1"}

    for client in (both.client, both.https):
        assert client.post("/ez", data=form).json() == {"status": 200, "msg": "ok"}
    both.wait_counted()
    assert [number for _, number in both.points("both", "counter")] == [1.0, 1.0]


def test_health_the_greeting_and_the_folder_say_both(both: Both) -> None:
    """And nobody is told to stay with https: old clients cannot."""
    urls = [both.url, f"https://127.0.0.1:{both.tls_port}"]
    until(lambda: "ready in" in both.output(), PATIENCE_S, both.output)

    assert f"Tilde listens on {urls[0]} and {urls[1]}, data in" in both.output()
    assert (both.data / "url").read_text().split() == urls
    for client in (both.client, both.https):
        answer = client.get("/health")
        assert (answer.json()["addresses"], answer.json()["certificate"]) == (urls, "ok")
        assert "strict-transport-security" not in answer.headers
    assert "tilde_edge_certificate_ends_seconds 1." in both.client.get("/metrics").text


def test_commands_on_the_folder_find_it_by_either(both: Both) -> None:
    """By http where it is served, else by https, whatever name the certificate is for."""
    names = {account["name"] for account in json.loads(both.run("account", "list", "--json"))}
    assert "shop" in names

    both.data.joinpath("url").write_text(f"https://127.0.0.1:{both.tls_port}\n")
    assert {account["name"] for account in json.loads(both.run("account", "list", "--json"))} == names


def test_what_is_no_tls_is_ended_and_nothing_is_told_but_http(both: Both) -> None:
    """http to the wrong port, told once; a scanner's bytes, a client that says nothing, one that leaves in the
    handshake, and one that shuts down its side while it is answered.
    """
    before = both.output()
    for sent in (GET, GET, b"\x16\x03\x01\x00\x05nonsense", b"", b"SSH-2.0-x\r\n", b"\x00" * 2000):
        with socket.create_connection(("127.0.0.1", both.tls_port), PATIENCE_S) as client:
            client.sendall(sent)
            if sent:
                client.shutdown(socket.SHUT_WR)
                with suppress(ConnectionResetError):
                    assert b"200 OK" not in client.recv(1000)
    for _ in range(3):
        with both.connect() as client:
            client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            client.shutdown(socket.SHUT_WR)
    for _ in range(3):
        with both.connect() as client, suppress(OSError):
            client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            client.unwrap()  # TLS's own way to say that no more comes
    with both.connect() as client:
        client.sendall(b"POST /ez HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    assert both.https.get("/").text == "tilde\n"
    (told,) = both.output().removeprefix(before).splitlines()
    assert told.startswith("tilde edge: somebody speaks http to a port of https")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssls_own_client_is_answered(both: Both, version: str) -> None:
    """Another implementation of the other side than Python's."""
    command = ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{both.tls_port}", version]
    done = subprocess.run(
        command,
        input=GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        capture_output=True,
        check=False,
        timeout=20,
    )

    assert done.stdout.endswith(b"tilde\n")


def test_sighup_takes_up_a_renewed_certificate_and_ends_nothing(both: Both) -> None:
    """Connections that are open live on; an RSA certificate is gone for good when an ECDSA one has replaced it."""
    processes = both.processes()
    open_one = both.connect()
    write_certificate(both.tls.parent / "2", "two.example")
    _link(both.tls.parent / "2").replace(both.tls)

    os.kill(both.pid, signal.SIGHUP)
    until(lambda: served_name(both.tls_port) == "two.example", PATIENCE_S, both.output)
    open_one.sendall(GET)
    assert open_one.recv(1000).startswith(b"HTTP/1.1 200 OK")
    open_one.close()
    for _ in range(2):
        for process in processes:
            assert process is not None
            os.kill(process, signal.SIGHUP)
    until(lambda: "the certificate is the same as before" in both.output(), PATIENCE_S, both.output)
    assert both.processes() == processes
    assert both.client.get("/").text == "tilde\n"
    assert "starting it again" not in both.output()


def test_a_renewed_certificate_is_taken_up_by_itself_within_a_minute(both: Both) -> None:
    """Half of it is told and not served; nobody has to be asked."""
    whole = write_certificate(both.tls.parent / "3", "three.example")
    name = served_name(both.tls_port)
    chain = (both.tls / "c.pem").resolve()
    chain.write_bytes(whole[0].read_bytes())
    until(lambda: "is not the key of TILDE_TLS_CERT" in both.output(), 2 * PATIENCE_S, both.output)
    assert served_name(both.tls_port) == name
    assert "is not the key of" in both.client.get("/health").json()["certificate"]

    chain.with_name("k.pem").write_bytes(whole[1].read_bytes())
    until(lambda: served_name(both.tls_port) == "three.example", 2 * PATIENCE_S, both.output)
    assert both.client.get("/health").json()["certificate"] == "ok"


def _link(to: Path) -> Path:
    link = to.with_name("turned")
    link.symlink_to(to)
    return link
