"""The certificate of the edge: which pairs are served, when a renewed one is taken up, and what is told of it."""

import asyncio
import os
import ssl
from pathlib import Path

import pytest

from testkit.certificates import write_certificate
from testkit.fixed_clock import FixedClock
from testkit.waiting import until_it_holds
from tilde.runtime.clock import SystemClock
from tilde.runtime.telling import Seldom
from tilde.web import certificate as module
from tilde.web.certificate import Certificate, CertificateError

DAY_MS = 86_400_000


def opened(folder: Path, version_min: str = "1.2") -> Certificate:
    return Certificate(folder / "c.pem", folder / "k.pem", version_min, SystemClock())


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda chain, key: chain.unlink(), "c.pem', which cannot be read: No such file"),
        (lambda chain, key: (key.unlink(), key.mkdir()), "k.pem', which is no ordinary file"),
        (lambda chain, key: (chain.unlink(), os.mkfifo(chain)), "c.pem', which is no ordinary file"),
        (lambda chain, key: chain.write_text(""), "must be a certificate (PEM) and its key without a password"),
        (lambda chain, key: key.write_bytes(key.read_bytes()[:60]), "must be a certificate (PEM) and its key"),
        (lambda chain, key: chain.write_bytes(chain.read_bytes()[:200]), "must be a certificate (PEM) and its"),
        (lambda chain, key: chain.write_bytes(b"\x30\x82\xff\x00"), "must be a certificate (PEM) and its key"),
        (
            lambda chain, key: write_certificate(key.parent, password=b"p"),
            "which needs a password that nobody is there",
        ),
        (lambda chain, key: key.write_bytes(write_certificate(key.parent / "x")[1].read_bytes()), "is not the key of"),
    ],
)
def test_a_pair_that_cannot_be_served_is_told_in_one_line(tmp_path: Path, spoil, told: str) -> None:
    """Which file, and what is wrong with it."""
    spoil(*write_certificate(tmp_path))

    with pytest.raises(CertificateError) as error:
        opened(tmp_path)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_one_that_has_ended_is_served_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """http goes on, and so do clients that do not look."""
    write_certificate(tmp_path, from_days=-90, days=-1)

    certificate = opened(tmp_path)
    certificate.tell_trouble()
    certificate.tell_trouble()

    assert "the certificate has ended on" in (certificate.trouble or "")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tilde edge: the certificate has ended on")


def test_one_that_ends_soon_or_has_not_begun_is_told(tmp_path: Path) -> None:
    """While there is time to see to it."""
    write_certificate(tmp_path, days=90)
    clock = FixedClock(SystemClock().now_ms() + 60_000)
    certificate = Certificate(tmp_path / "c.pem", tmp_path / "k.pem", "1.2", clock)
    assert certificate.trouble is None

    clock.advance(80 * DAY_MS)
    assert certificate.trouble is None
    clock.advance(4 * DAY_MS)
    assert "and has not been renewed" in (certificate.trouble or "")
    clock.advance(-90 * DAY_MS)
    assert "the certificate begins on" in (certificate.trouble or "")


def test_a_pair_that_is_half_written_is_told_once_and_taken_up_when_it_is_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until then the old one stays in force: certbot writes one file after the other."""
    chain, key = write_certificate(tmp_path)
    certificate = opened(tmp_path)
    before = certificate.until
    new_chain, new_key = write_certificate(tmp_path / "new", days=180)
    chain.write_bytes(new_chain.read_bytes())

    certificate.renew()
    certificate.renew()
    (line,) = capsys.readouterr().err.splitlines()
    assert "is not the key of" in line
    assert "stays in force, and the files are looked at again" in line
    assert certificate.until == before
    assert "is not the key of" in (certificate.trouble or "")

    key.write_bytes(new_key.read_bytes())
    certificate.renew()
    certificate.renew()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tilde edge: a renewed certificate is in force: the one that ends on ")
    assert certificate.until > before
    assert certificate.trouble is None


def test_files_that_are_put_back_as_they_were_are_no_trouble(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor are they when they were away for a moment. Nobody is told of a renewed one."""
    chain, _ = write_certificate(tmp_path)
    certificate = opened(tmp_path)
    content = chain.read_bytes()
    chain.unlink()
    certificate.renew()
    assert certificate.trouble is not None

    capsys.readouterr()
    chain.write_bytes(content)
    certificate.renew()
    assert certificate.trouble is None
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tilde edge: the files hold the certificate again that was in force all the while: ")


def test_links_are_followed(tmp_path: Path) -> None:
    """certbot turns one a file, Kubernetes one for the folder; times and sizes may be the same."""
    for name, days in (("1", 90), ("2", 180)):
        write_certificate(tmp_path / name, days=days)
    (tmp_path / "live").symlink_to(tmp_path / "1")
    certificate = opened(tmp_path / "live")
    before = certificate.until

    (tmp_path / "turned").symlink_to(tmp_path / "2")
    (tmp_path / "turned").rename(tmp_path / "live")
    certificate.renew()

    assert certificate.until > before


async def test_it_is_looked_at_by_itself_and_when_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who asks hears what came of it, also where nothing did."""
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    write_certificate(tmp_path)
    certificate, asked = opened(tmp_path), asyncio.Event()
    before = certificate.until
    watching = asyncio.create_task(certificate.watch(asked))
    write_certificate(tmp_path, days=180)
    await until_it_holds(lambda: certificate.until != before)
    asked.set()
    await until_it_holds(lambda: "the certificate is the same as before" in capsys.readouterr().err)

    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching


@pytest.mark.parametrize(
    ("version_min", "spoken"),
    [
        ("1.0", {"TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"}),
        ("1.1", {"TLSv1_1", "TLSv1_2", "TLSv1_3"}),
        ("1.2", {"TLSv1_2", "TLSv1_3"}),
        ("1.3", {"TLSv1_3"}),
    ],
)
def test_the_oldest_version_of_tls_is_a_setting(tmp_path: Path, version_min: str, spoken: set[str]) -> None:
    """Older ones are refused in the handshake; each one that is allowed works."""
    write_certificate(tmp_path, is_rsa=True)
    serving = opened(tmp_path, version_min).context

    assert {version for version in ("TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3") if shakes(serving, version)} == spoken


@pytest.mark.parametrize("cipher", ["AES128-SHA", "AES256-SHA", "AES128-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"])
def test_clients_of_2012_find_a_cipher(tmp_path: Path, cipher: str) -> None:
    """Java 7 and OpenSSL 1.0.1 offer these; Python's own list has the last one only."""
    write_certificate(tmp_path, is_rsa=True)

    assert shakes(opened(tmp_path).context, "TLSv1_2", cipher)


def shakes(serving: ssl.SSLContext, version: str, ciphers: str = "ALL") -> bool:
    """Whether a client that speaks this version only comes to a handshake, all in memory."""
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname = False
    asking.verify_mode = ssl.CERT_NONE
    asking.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    asking.minimum_version = asking.maximum_version = ssl.TLSVersion[version]
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server, client = serving.wrap_bio(up, down, server_side=True), asking.wrap_bio(down, up)
    done = set()
    for _ in range(10):
        for side in (client, server):
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                return False
    return len(done) == 2


def test_a_client_that_speaks_http_to_https_is_told_to_the_operator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets no answer, and servers close such a connection without a word; of other handshakes nothing is said."""
    monkeypatch.setattr(module._Handshake, "heard_http", Seldom("edge", "http"))
    write_certificate(tmp_path)
    context = opened(tmp_path).context
    for said in (b"nonsense", b"GET / HTTP/1.1\r\nhost: stats.example\r\n\r\n"):
        assert capsys.readouterr().err == ""
        incoming = ssl.MemoryBIO()
        incoming.write(said)
        with pytest.raises(ssl.SSLError):
            context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True).do_handshake()

    assert capsys.readouterr().err == "tilde edge: http (told once an hour)\n"
