"""The users' port."""

import socket

from tilde.errors import TildeError

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A bound, listening socket; it outlives a restart of the edge, so no connection is refused meanwhile."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as cause:
        raise TildeError(f"cannot listen on {host}:{port}: {cause.strerror} (another port: --port N)") from None
    listening.listen(BACKLOG)
    listening.set_inheritable(True)
    return listening
