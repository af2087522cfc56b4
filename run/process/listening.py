"""Binds the sockets that Tilde listens on, before anything starts. What stands in the way is told with its cure."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from tilde.errors import SettingsError, TildeError
from tilde.settings import Settings
from tilde.web.addresses import Address, addresses
from tilde.web.serving import BACKLOG

_FREE_FROM = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
_LISTENS = "0A"  # TCP_LISTEN, in /proc/net/tcp
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


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A bound, listening socket; it outlives a restart of the edge, so no connection is refused meanwhile. `setting` is
    the one that says which port. Raises SettingsError, TildeError.
    """
    listening: socket.socket | None = None
    try:
        family, where = _resolved(host, port, "TILDE_API_HOST" if setting.startswith("api_") else "TILDE_HOST")
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(BACKLOG)
    except OSError as cause:
        if listening is not None:
            listening.close()
        raise TildeError(f"cannot listen on {_shown(host)}:{port}: {_why(cause, host, port, setting)}") from None
    listening.set_inheritable(True)
    return listening


def _resolved(host: str, port: int, setting: str) -> tuple[int, tuple[object, ...]]:
    """The family and address of a host; IPv4 where a name has both. Raises SettingsError."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError, ValueError) as cause:
        why = cause.strerror if isinstance(cause, OSError) else "it can be none"
        raise SettingsError(f"{setting} is {host!r}, which is no address and no name of one: {why}") from None
    family, _, _, _, where = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, where


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _why(cause: OSError, host: str, port: int, setting: str) -> str:
    """What stands in the way, and what helps."""
    other = f"another one: --{setting.removeprefix('api_').replace('_', '-')} N, or TILDE_{setting.upper()}=N"
    if cause.errno == errno.EADDRINUSE:
        return f"the port is in use{_by_whom(port)} ({other})"
    if cause.errno in (errno.EACCES, errno.EPERM) and port < _free_from():
        return (
            f"ports below {_free_from()} need a right. One of: sysctl -w net.ipv4.ip_unprivileged_port_start={port};"
            " under systemd AmbientCapabilities=CAP_NET_BIND_SERVICE; authbind; a redirect to a higher port"
            f" (docs/operations.md says how); {other}"
        )
    if cause.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine (0.0.0.0 stands for all of them, 127.0.0.1 for itself alone)"
    return cause.strerror or str(cause)


def _free_from() -> int:
    """The first port that anybody may listen on."""
    try:
        return int(_FREE_FROM.read_text())
    except (OSError, ValueError):
        return 1024


def _by_whom(port: int) -> str:
    """Who listens on the port, as far as this user may know: ` by nginx (process 123)`."""
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            if any(str(descriptor.readlink()) in inodes for descriptor in (process / "fd").iterdir()):
                return f" by {(process / 'comm').read_text().strip()} (process {process.name})"
    return " by a process of another user" if inodes and os.geteuid() != 0 else ""


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path("/proc/net", table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[_STATE_COLUMN] == _LISTENS and int(columns[1].rpartition(":")[2], 16) == port:
                    yield columns[_INODE_COLUMN]
