"""Binds the sockets that Tilde listens on, before anything starts. What stands in the way is told with its cure."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tilde.errors import SettingsError, TildeError
from tilde.settings import Settings
from tilde.web.addresses import BACKLOG, Address, addresses, datagram_addresses

_FREE_FROM = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
_TABLES = {  # of /proc/net, and how a socket stands there that takes what comes: TCP_LISTEN, and TCP_CLOSE of no peer
    socket.SOCK_STREAM: (("tcp", "tcp6"), "0A"),
    socket.SOCK_DGRAM: (("udp", "udp6"), "07"),
}
DATAGRAM_BUFFER_BYTES = 4 << 20  # as far as the system allows it: so much waits while the edge starts again
_STATE_COLUMN, _INODE_COLUMN = 3, 9


def listen_to_users(settings: Settings) -> list[tuple[Address, socket.socket]]:
    """Every address of `addresses`, bound; all or none. Raises SettingsError, TildeError."""
    with ExitStack() as stack:
        bound = [
            (address, stack.enter_context(listen(address.host, address.port, address.setting)))
            for address in addresses(settings)
        ]
        stack.pop_all()
    return bound


def receive_datagrams(settings: Settings) -> dict[str, socket.socket]:
    """The bound sockets of `datagram_addresses`, by their settings; all or none. Raises SettingsError, TildeError."""
    with ExitStack() as stack:
        bound = {
            setting: stack.enter_context(receive(host, port, setting))
            for host, port, setting in datagram_addresses(settings)
        }
        stack.pop_all()
    return bound


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A bound, listening socket; it outlives a restart of the edge, so no connection is refused meanwhile. `setting` is
    the one that says which port. Raises SettingsError, TildeError.
    """
    family, where = _resolved(host, port, "TILDE_API_HOST" if setting.startswith("api_") else "TILDE_HOST")
    other = f"--{setting.removeprefix('api_').replace('_', '-')} N, or TILDE_{setting.upper()}=N"
    with _saying_why(host, port, socket.SOCK_STREAM, other), ExitStack() as stack:
        listening = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(BACKLOG)
        stack.pop_all()
    listening.set_inheritable(True)
    return listening


def receive(host: str, port: int, setting: str) -> socket.socket:
    """A bound socket for datagrams; what comes while the edge starts again waits in it. Raises SettingsError,
    TildeError.
    """
    family, where = _resolved(host, port, "TILDE_HOST", socket.SOCK_DGRAM)
    with _saying_why(host, port, socket.SOCK_DGRAM, f"TILDE_{setting.upper()}=N"), ExitStack() as stack:
        bound = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DATAGRAM_BUFFER_BYTES)
        bound.bind(where)  # without SO_REUSEADDR: two would share a UDP port in silence
        stack.pop_all()
    bound.set_inheritable(True)
    return bound


@contextmanager
def _saying_why(host: str, port: int, kind: socket.SocketKind, other: str) -> Iterator[None]:
    """Says in our words why a socket cannot be bound; `other` is how another port is asked for. Raises TildeError."""
    try:
        yield
    except OSError as cause:
        takes = "listen on" if kind is socket.SOCK_STREAM else "take datagrams at"
        why = _why(cause, host, port, kind, other)
        raise TildeError(f"cannot {takes} {_shown(host)}:{port}: {why}") from None


def _resolved(
    host: str, port: int, setting: str, kind: socket.SocketKind = socket.SOCK_STREAM
) -> tuple[int, tuple[object, ...]]:
    """The family and address of a host; IPv4 where a name has both. Raises SettingsError."""
    try:
        found = socket.getaddrinfo(host or None, port, type=kind, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError, ValueError) as cause:
        why = cause.strerror if isinstance(cause, OSError) else "it can be none"
        raise SettingsError(f"{setting} is {host!r}, which is no address and no name of one: {why}") from None
    family, _, _, _, where = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, where


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _why(cause: OSError, host: str, port: int, kind: socket.SocketKind, other: str) -> str:
    """What stands in the way, and what helps."""
    if cause.errno == errno.EADDRINUSE:
        return f"the port is in use{_by_whom(port, kind)} (another one: {other})"
    if cause.errno in (errno.EACCES, errno.EPERM) and port < _free_from():
        return (
            f"ports below {_free_from()} need a right. One of: sysctl -w net.ipv4.ip_unprivileged_port_start={port};"
            " under systemd AmbientCapabilities=CAP_NET_BIND_SERVICE; authbind; a redirect to a higher port"
            f" (docs/operations.md says how); another one: {other}"
        )
    if cause.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine (0.0.0.0 stands for all of them, 127.0.0.1 for itself alone)"
    return cause.strerror or str(cause)


def _free_from() -> int:
    """The first port that anybody may listen on."""
    try:
        return int(_FREE_FROM.read_text("utf-8"))
    except (OSError, ValueError):
        return 1024


def _by_whom(port: int, kind: socket.SocketKind) -> str:
    """Who has the port, as far as this user may know: ` by nginx (process 123)`."""
    inodes = {f"socket:[{inode}]" for inode in _inodes(port, kind)}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            if any(str(descriptor.readlink()) in inodes for descriptor in (process / "fd").iterdir()):
                return f" by {(process / 'comm').read_text('utf-8').strip()} (process {process.name})"
    return " by a process of another user" if inodes and os.geteuid() != 0 else ""


def _inodes(port: int, kind: socket.SocketKind) -> Iterator[str]:
    tables, state = _TABLES[kind]
    for table in tables:
        with suppress(OSError):
            for line in Path("/proc/net", table).read_text("utf-8").splitlines()[1:]:
                columns = line.split()
                if columns[_STATE_COLUMN] == state and int(columns[1].rpartition(":")[2], 16) == port:
                    yield columns[_INODE_COLUMN]
