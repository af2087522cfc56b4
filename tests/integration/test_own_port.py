"""The users' port, as the command line and `tilde up` ask it from the same machine: plain, or with a certificate for a
name.
"""

import os
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from run.cli.checks import trouble_with
from run.cli.operators import operator, urls_of
from run.process.folder_lock import DataFolder
from run.process.operator_client import HttpOperator
from run.process.untold_token import UntoldToken
from run.roles.up import _greet, _Greeted
from testkit.certificates import write_certificate
from testkit.edges import KEYRING
from tilde.errors import TildeError
from tilde.runtime.clock import SystemClock
from tilde.settings import Settings
from tilde.web.addresses import addresses

ACCOUNTS = b'[{"id": 1, "name": "main", "ezkey": "EZKEY"}]'


class Answers(BaseHTTPRequestHandler):
    """An edge that is well and has one account, to whoever asks."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(ACCOUNTS)))
        self.end_headers()
        self.wfile.write(ACCOUNTS)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        return


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Of an edge on Kafka that serves https, and runs."""
    write_certificate(tmp_path)
    (tmp_path / "operator_token").write_text("the operator's")
    monkeypatch.delenv("TILDE_OPERATOR_TOKEN", raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield Settings(
            data=tmp_path,
            port=server.server_port,
            log="kafka://127.0.0.1:1",
            tls_cert=tmp_path / "c.pem",
            tls_key=tmp_path / "k.pem",
        )
        server.shutdown()


def test_our_own_certificate_is_not_verified(settings: Settings) -> None:
    """By the command line and by the health check."""
    with operator(None, None, None, settings=settings) as op:
        assert op.call("GET", "/tilde/v1/accounts")[0]["name"] == "main"
    assert trouble_with("edge", settings) is None


async def test_tilde_up_greets_whatever_name_its_certificate_is_for(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would stop everything otherwise."""
    url = addresses(settings)[0].own_url
    folder = DataFolder(tmp_path)
    greeted = _Greeted([url, "https://[::1]:9"], "token", folder, UntoldToken(folder, KEYRING), None)
    await _greet(greeted, 0.0, SystemClock())

    assert f"Tilde listens on {url} and https://[::1]:9, data in {tmp_path}" in capsys.readouterr().out


def test_a_url_that_was_given_is_verified_always(settings: Settings) -> None:
    """The operator token goes to it, also where it looks like this machine's."""
    with pytest.raises(TildeError, match="CERTIFICATE_VERIFY_FAILED"):
        HttpOperator(f"https://127.0.0.1:{settings.port}", "token").accounts()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("fe80::1", "http://[fe80::1]:8000"),
        ("10.0.0.5", "http://10.0.0.5:8000"),
    ],
)
def test_the_url_of_the_own_port_is_one_that_can_be_asked(host: str, url: str) -> None:
    """Not the address that stands for all."""
    assert [address.own_url for address in addresses(Settings(host=host, port=8000))] == [url]


def test_http_stands_before_https(tmp_path: Path) -> None:
    """A certificate without a port of its own is served on the one port, as it was before there were two."""
    pair: Any = {"tls_cert": tmp_path / "c.pem", "tls_key": tmp_path / "k.pem"}

    both = Settings(host="0.0.0.0", port=80, tls_port=443, **pair)
    assert [address.url for address in addresses(both)] == ["http://0.0.0.0:80", "https://0.0.0.0:443"]
    assert [address.own_url for address in addresses(Settings(port=443, **pair))] == ["https://127.0.0.1:443"]


def test_an_edge_that_was_told_its_ports_by_options_is_found_all_the_same(settings: Settings, tmp_path: Path) -> None:
    """By what it wrote into its folder, as long as it holds it."""
    folder = DataFolder(tmp_path)
    folder.write_urls([f"https://127.0.0.1:{settings.port}"])
    elsewhere = settings.model_copy(update={"port": 1})
    assert urls_of(elsewhere) == ["https://127.0.0.1:1"]

    lock = folder.take()
    try:
        with operator(None, None, None, settings=elsewhere) as op:
            assert op.call("GET", "/tilde/v1/accounts")[0]["name"] == "main"
        assert trouble_with("edge", elsewhere) is None
    finally:
        os.close(lock)


def test_an_edge_is_well_when_it_answers_at_each_of_its_addresses(settings: Settings) -> None:
    """http that answers does not hide https that does not."""
    halved = settings.model_copy(update={"port": settings.port, "tls_port": 1})

    assert "https://127.0.0.1:1/ does not answer" in (trouble_with("edge", halved) or "")
