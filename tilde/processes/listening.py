"""The users' port, and the certificate it is served with."""

import errno
import socket
import ssl

from tilde.errors import SettingsError, TildeError
from tilde.settings import Settings

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A bound, listening socket; it outlives a restart of the edge, so no connection is refused meanwhile."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as cause:
        hint = " (another port: --port N, or TILDE_PORT=N)" if cause.errno in (errno.EADDRINUSE, errno.EACCES) else ""
        raise TildeError(f"cannot listen on {host}:{port}: {cause.strerror}{hint}") from None
    listening.listen(BACKLOG)
    listening.set_inheritable(True)
    return listening


def own_url(settings: Settings) -> str:
    """Where processes of this machine find the users' port. Its certificate is for the name that users call it by, so
    who asks here does not verify it.
    """
    scheme = "https" if settings.tls_cert else "http"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"


def require_certificate(settings: Settings) -> None:
    """Returns where https is not wanted, or can be served. Raises SettingsError that says what is wrong."""
    if settings.tls_cert is None or settings.tls_key is None:
        return
    for name, path in (("TILDE_TLS_CERT", settings.tls_cert), ("TILDE_TLS_KEY", settings.tls_key)):
        try:
            path.open("rb").close()
        except OSError as cause:
            raise SettingsError(f"{name} is '{path}', which cannot be read: {cause.strerror}") from None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key, password="")
    except ssl.SSLError as cause:
        raise SettingsError(
            "TILDE_TLS_CERT and TILDE_TLS_KEY must be a certificate (PEM) and its key without a password:"
            f" {cause.reason or 'it is not one'}"
        ) from None
