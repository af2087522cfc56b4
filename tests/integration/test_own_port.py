"""The users' port, as the command line and `tilde up` ask it from the same machine: plain, or with a certificate for a
name.
"""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tilde.cli.checks import trouble_with
from tilde.cli.operators import operator
from tilde.clock import SystemClock
from tilde.errors import TildeError
from tilde.operator_client import HttpOperator
from tilde.processes.folder_lock import DataFolder
from tilde.processes.listening import own_url
from tilde.processes.up import _greet
from tilde.settings import Settings

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


def write_certificate(folder: Path) -> None:
    """For a name that this machine does not have, as users call it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stats.example")])
    now = datetime.fromtimestamp(SystemClock().now_ms() // 1000, UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    (folder / "c.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "k.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))


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
    await _greet(own_url(settings), "token", DataFolder(tmp_path), 0.0, SystemClock())

    assert f"Tilde listens on {own_url(settings)}" in capsys.readouterr().out


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
    assert own_url(Settings(host=host, port=8000)) == url
