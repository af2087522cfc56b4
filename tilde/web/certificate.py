"""The certificate that https is served with, and the one that replaces it: taken up while connections go on.

Every handshake has the newest context. A live context would keep the old certificate beside a new one of another kind
(RSA, ECDSA), and its sessions.
"""

import asyncio
import hashlib
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cryptography import x509

from tilde.errors import SettingsError
from tilde.runtime.clock import Clock
from tilde.runtime.tasks import in_thread
from tilde.runtime.telling import Seldom, tell
from tilde.settings import Settings

LOOK_S = 15.0  # between looks at the files: a renewed certificate is in force within a minute, on a busy machine too
SOON_S = 7 * 86_400  # before its end it is told that nobody has renewed it
CHAIN, KEY = "TILDE_TLS_CERT", "TILDE_TLS_KEY"
_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
# OpenSSL's own list has ciphers that Python's leaves out, and that clients of 2012 need; whoever knows better ones gets
# them. TLS 1.0 and 1.1 sign with SHA-1, which every higher level of security forbids.
_CIPHERS, _BROKEN_CIPHERS = "DEFAULT", "DEFAULT:@SECLEVEL=0"
_BROKEN = {"1.0", "1.1"}


class CertificateError(SettingsError):
    """The two files of a certificate cannot be served with."""


class _Handshake(ssl.SSLObject):
    """The TLS of a connection. It tells the operator of a client that speaks http, which cannot be answered."""

    heard_http = Seldom(
        "edge", "somebody speaks http to a port of https, and gets no answer: his URL has to say https://"
    )

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLError as error:
            if error.reason == "HTTP_REQUEST":
                context: _PairContext = self.context  # type: ignore[assignment] # nobody else makes one
                self.heard_http.happened(context.clock.monotonic_s())
            raise


class _PairContext(ssl.SSLContext):
    """A pair's, whose handshakes know the time."""

    clock: Clock


class _NewestContext(ssl.SSLContext):
    """What a server is given once: hands every handshake to the newest context."""

    newest: ssl.SSLContext

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        return self.newest.wrap_bio(*args, **kwargs)


class Certificate:
    """A certificate chain and its key, as the files last held a pair. `context` is for servers; `until` is its end."""

    def __init__(self, chain: Path, key: Path, version_min: str, clock: Clock) -> None:
        """Raises CertificateError."""
        self._chain, self._key, self._version_min, self._clock = chain, key, version_min, clock
        self.context: ssl.SSLContext = _NewestContext(ssl.PROTOCOL_TLS_SERVER)
        self._seen = self._in_force = b""
        self._refused: str | None = None
        self._told: str | None = None
        self._load()

    @classmethod
    def of(cls, settings: Settings, clock: Clock) -> Self | None:
        """The one that the settings name; None without https. Raises CertificateError."""
        if settings.tls_cert is None or settings.tls_key is None:
            return None
        return cls(settings.tls_cert, settings.tls_key, settings.tls_version_min, clock)

    def _load(self) -> None:
        """Takes the pair that the files hold now."""
        self._seen = self._look()
        context = _context(self._chain, self._key, self._version_min, self._clock)
        self._from, self.until = _validity(self._chain)
        self.context.newest = context  # type: ignore[attr-defined] # a _NewestContext
        self._in_force = self._seen

    def _look(self) -> bytes:
        """What the files are, whatever links lead to them: certbot and Kubernetes turn links."""
        return hashlib.blake2b(_content(CHAIN, self._chain) + b"\0" + _content(KEY, self._key)).digest()

    def renew(self, *, is_asked: bool = False) -> None:
        """Takes up what the files hold, where that is another pair; else the old one stays in force and is served, and
        why is told once. With `is_asked` what came of it is told in any case.
        """
        in_force = self._in_force
        try:
            is_new = self._look() != self._seen or self._refused is not None
            if is_new or is_asked:
                self._load()
        except CertificateError as error:
            self._seen = b""
            if str(error) != self._refused or is_asked:
                tell("edge", f"{error}; {self._shown()} stays in force, and the files are looked at again")
            self._refused = str(error)
            return
        self._refused = None
        if is_new and self._in_force == in_force:
            tell("edge", f"the files hold the certificate again that was in force all the while: {self._shown()}")
        elif is_new:
            tell("edge", f"a renewed certificate is in force: {self._shown()}")
        elif is_asked:
            tell("edge", f"the certificate is the same as before: {self._shown()}")

    def _shown(self) -> str:
        return f"the one that ends on {self.until:%Y-%m-%d %H:%M} UTC"

    @property
    def trouble(self) -> str | None:
        """What is wrong with the certificate now; None where nothing is."""
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        if now >= self.until:
            return f"the certificate has ended on {self.until:%Y-%m-%d %H:%M} UTC: clients that look at it refuse https"
        if now < self._from:
            return f"the certificate begins on {self._from:%Y-%m-%d %H:%M} UTC: clients that look at it refuse https"
        if self._refused is not None:
            return f"{self._refused}; {self._shown()} is in force"
        if (self.until - now).total_seconds() < min(SOON_S, (self.until - self._from).total_seconds() / 3):
            return f"the certificate ends on {self.until:%Y-%m-%d %H:%M} UTC, and has not been renewed"
        return None

    def tell_trouble(self) -> None:
        """Tells the trouble when it is another one than before."""
        trouble = self.trouble
        if trouble is not None and trouble != self._told and self._refused is None:  # that one is told by who refused
            tell("edge", trouble)
        self._told = trouble

    async def watch(self, asked: asyncio.Event) -> None:
        """Looks again every LOOK_S, and whenever it is asked to. Until cancelled."""
        self.tell_trouble()
        while True:
            is_asked = False
            try:
                async with asyncio.timeout(LOOK_S):
                    is_asked = await asked.wait()
            except TimeoutError:
                pass
            asked.clear()
            await in_thread(self.renew, is_asked=is_asked)
            self.tell_trouble()


def _content(setting: str, path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for, and never be there a second time
            raise CertificateError(f"{setting} is '{path}', which is no ordinary file")
        return path.read_bytes()
    except OSError as cause:
        raise CertificateError(f"{setting} is '{path}', which cannot be read: {cause.strerror}") from None


def _context(chain: Path, key: Path, version_min: str, clock: Clock) -> ssl.SSLContext:
    """A context with this pair. Raises CertificateError."""
    if b"ENCRYPTED" in _content(KEY, key):
        raise CertificateError(
            f"TILDE_TLS_KEY is '{key}', which needs a password that nobody is there to give; without one:"
            " openssl pkey -in KEY -out PLAIN_KEY"
        )
    context = _PairContext(ssl.PROTOCOL_TLS_SERVER)
    context.clock = clock
    context.sslobject_class = _Handshake
    context.minimum_version = _VERSIONS[version_min]
    context.set_ciphers(_BROKEN_CIPHERS if version_min in _BROKEN else _CIPHERS)
    try:
        context.load_cert_chain(chain, key, password="")
    except ssl.SSLError as cause:
        if cause.reason == "KEY_VALUES_MISMATCH":
            raise CertificateError(f"TILDE_TLS_KEY, '{key}', is not the key of TILDE_TLS_CERT, '{chain}'") from None
        raise CertificateError(
            "TILDE_TLS_CERT and TILDE_TLS_KEY must be a certificate (PEM) and its key without a password:"
            f" {cause.reason or 'one of them is none'}"
        ) from None
    except OSError as cause:  # gone since it was looked at
        raise CertificateError(f"TILDE_TLS_CERT, TILDE_TLS_KEY: cannot be read: {cause.strerror}") from None
    return context


def _validity(chain: Path) -> tuple[datetime, datetime]:
    """When the certificate of the chain begins, and when it ends. Raises CertificateError."""
    try:
        certificate = x509.load_pem_x509_certificates(_content(CHAIN, chain))[0]
    except ValueError:  # OpenSSL has taken it, so it is served: this reader is the stricter one
        return datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc
