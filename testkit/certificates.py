"""Certificates for tests: signed by themselves, for a name that this machine does not have."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from testkit.waiting import PATIENCE_S
from tilde.runtime.clock import SystemClock


def write_certificate(
    folder: Path,
    name: str = "stats.example",
    *,
    is_rsa: bool = False,
    from_days: float = 0,
    days: float = 90,
    password: bytes | None = None,
    address: str | None = None,
) -> tuple[Path, Path]:
    """Writes `c.pem` and `k.pem`; returns both. It begins and ends so many days from now; with an `address` it is for
    that, and whoever believes it may verify it there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(65537, 2048) if is_rsa else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.fromtimestamp(SystemClock().now_ms() // 1000, UTC)
    begins, ends = now + timedelta(days=from_days), now + timedelta(days=days)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    if address is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        builder = builder.add_extension(names, critical=False)
    certificate = builder.not_valid_before(begins).not_valid_after(ends).sign(key, hashes.SHA256())
    chain, private = folder / "c.pem", folder / "k.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    sealed = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed))
    return chain, private


def served_name(port: int) -> str:
    """The name in the certificate that is served on a port of this machine, by a new handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection,
        context.wrap_socket(connection) as over_tls,
    ):
        certificate = x509.load_der_x509_certificate(over_tls.getpeercert(binary_form=True) or b"")
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
