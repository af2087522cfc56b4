"""HTTP clients of ours go where they are told, whatever the environment says."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from run.process.operator_client import HttpOperator
from testkit.certificates import write_certificate
from tilde.errors import SettingsError, TildeError
from tilde.settings import load_settings
from tilde.store.connect import open_store_client
from tilde.store.port import StoreError
from tilde.web.http_clients import Way, open_client, open_transport

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]"
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


class Peer:
    """A server, or a proxy: answers whatever it is asked, and keeps the heads."""

    def __init__(self, listening: socket.socket) -> None:
        self.heads: list[bytes] = []
        self.port: int = listening.getsockname()[1]
        self._listening = listening
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (more := connection.recv(65536)):
                    head += more
                self.heads.append(head)
                connection.sendall(ANSWER)


@contextmanager
def a_peer() -> Iterator[Peer]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Peer(listening)
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """In the environment, as it is for the web."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with a_peer() as peer:
        for name in PROXY_VARIABLES:
            monkeypatch.setenv(name, f"http://user:secret@127.0.0.1:{peer.port}")
        yield peer


@pytest.fixture
def server() -> Iterator[Peer]:
    with a_peer() as peer:
        yield peer


@pytest.mark.parametrize("is_own", [True, False])
def test_the_operator_s_token_goes_to_no_proxy_of_the_environment(is_own: bool, proxy: Peer, server: Peer) -> None:
    """But to the Tilde that is asked, by itself."""
    assert HttpOperator(f"http://127.0.0.1:{server.port}", "secret", is_own=is_own).accounts() == []
    assert proxy.heads == []
    assert b"authorization: bearer secret" in server.heads[0].lower()


def test_a_proxy_of_the_settings_is_taken(monkeypatch: pytest.MonkeyPatch, server: Peer) -> None:
    """To another Tilde; this machine's own port is asked directly all the same."""
    with a_peer() as mine:
        monkeypatch.setenv("TILDE_HTTP_PROXY", f"http://127.0.0.1:{mine.port}")
        way = Way.of(load_settings())
        HttpOperator("http://stats.example.com", "secret", way=way).accounts()
        assert mine.heads[0].startswith(b"GET http://stats.example.com/tilde/v1/accounts HTTP/1.1")
        HttpOperator(f"http://127.0.0.1:{server.port}", "secret", is_own=True, way=way).accounts()
        assert len(mine.heads) == len(server.heads) == 1


def test_a_proxy_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its password: what is asked may be there all the same."""
    monkeypatch.setenv("TILDE_HTTP_PROXY", "http://user:secret@127.0.0.1:1")
    told = r"^http://stats.example.com, through the proxy http://127.0.0.1:1 \(TILDE_HTTP_PROXY\), does not answer: "

    with pytest.raises(TildeError, match=told):
        HttpOperator("http://stats.example.com", "secret", way=Way.of(load_settings())).accounts()


def test_a_clickhouse_server_is_asked_through_no_proxy(proxy: Peer, server: Peer) -> None:
    """Its password would go with it."""
    with suppress(StoreError):  # it is none, and says `[]` to everything
        open_store_client(f"clickhouse://tilde:secret@127.0.0.1:{server.port}", {}, read_only=True).close()

    assert proxy.heads == []
    assert server.heads


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NO_PROXY", "fe80::/10"),
        ("no_proxy", "fe80::/10,[::1],*,http://x"),
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("http_proxy", "nonsense://x"),
        ("SSL_CERT_FILE", "/none"),
        ("SSL_CERT_DIR", "/none"),
        ("NETRC", "/none"),
    ],
)
@pytest.mark.parametrize("is_own", [True, False])
def test_no_variable_stands_in_the_way(
    variable: str, value: str, is_own: bool, monkeypatch: pytest.MonkeyPatch, server: Peer
) -> None:
    """Of those that HTTP clients look at, however odd its value is."""
    monkeypatch.setenv(variable, value)
    open_client("https://stats.example.com").close()
    open_transport("https://stats.example.com")

    assert HttpOperator(f"http://127.0.0.1:{server.port}", "secret", is_own=is_own).accounts() == []


def test_authorities_of_one_s_own_are_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is none is told by its variable."""
    (tmp_path / "ca.pem").write_text("nonsense")
    for name in ("ca.pem", "none.pem"):
        monkeypatch.setenv("TILDE_CA_FILE", str(tmp_path / name))
        with pytest.raises(SettingsError, match=rf"TILDE_CA_FILE is '{tmp_path}/{name}', and cannot be read"):
            open_client("https://stats.example.com", way=Way.of(load_settings()))


def test_an_authority_of_the_settings_is_believed_beside_the_well_known_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more of them."""
    certificate, _ = write_certificate(tmp_path)
    verifying: list[ssl.SSLContext] = []
    monkeypatch.setattr(httpx, "Client", lambda **options: verifying.append(options["verify"]))
    open_client("https://stats.example.com")
    open_client("https://stats.example.com", way=Way(ca_file=certificate))
    known, one_more = (context.cert_store_stats()["x509"] for context in verifying)

    assert 1 < known == one_more - 1
    assert all(context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname for context in verifying)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://[", "--url is 'http://[', and has no host (an IPv6 address stands in brackets)"),
        ("http://h:99999", "--url is 'http://h:99999', and 99999 is no port: there are 1 to 65535"),
        ("http://127.0.0.1:99999999", "and 99999999 is no port: there are 1 to 65535"),
        ("http://h:0/tilde", "and 0 is no port"),
        ("http://h:", "and nothing is no port"),
        ("http://h:80a", "and 80a is no port"),
        ("http://[::1]:65536", "and 65536 is no port"),
        ("http://::1:80", "--url is 'http://::1:80', and has no host (an IPv6 address stands in brackets)"),
        ("http:///x", "--url is 'http:///x', and has no host"),
        ("http://", "--url is 'http://', and has no host"),
        ("http://:80", "--url is 'http://:80', and has no host"),
        ("localhost:8000", "--url is 'localhost:8000', and must begin with http:// or https://"),
        ("ftp://h", "--url is 'ftp://h', and must begin with http:// or https://"),
        ("", "--url is '', and must begin with http:// or https://"),
        ("http://a b", "--url is 'http://a b', and no URL has a blank or a control character in it"),
        ("http://h/?a=1", "--url is 'http://h/?a=1', and must end before the ? or the #"),
        ("http://user:secret@h:99999", "--url is 'http://h:99999', and 99999 is no port"),
        ("http://\x1b[31m", "--url is 'http://\\x1b[31m', and no URL has a blank or a control character in it"),
        ("http://" + "x" * 70 + ".example", "does not answer"),
        ("http://127.0.0.1:1/a@b", "http://127.0.0.1:1/a@b does not answer"),
        ("http://user:secret@127.0.0.1:1/a@b", "--url is 'http://127.0.0.1:1/a@b' with a user and a password in it"),
        ("user:secret@127.0.0.1", "--url is '127.0.0.1', and must begin with http"),
    ],
)
def test_a_url_that_leads_nowhere_is_told_without_its_password(url: str, told: str) -> None:
    """Not as a traceback."""
    with pytest.raises(TildeError) as error:
        HttpOperator(url, "token").accounts()

    assert told in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("token", ["secret\n", " secret", "secret\t"])
def test_white_space_around_a_token_is_not_the_token_s(token: str, server: Peer) -> None:
    """Files end with a line break; and a client library would tell what it refuses, the token in it."""
    HttpOperator(f"http://127.0.0.1:{server.port}", token).accounts()

    assert b"bearer secret\r\n" in server.heads[0].lower()
