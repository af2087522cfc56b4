"""Bounds the requests that wait on one connection behind the one that runs. A client may send the next one before it
has its answer, and we read it: otherwise we would not hear that the client has gone.
"""

from collections import deque

PIPELINED_MAX = 100  # requests that wait on one connection
LINE_BYTES_MAX = 256 << 10  # heads and bodies of those


class Line:
    """The requests of a connection that wait for their turn: how many bytes each has."""

    __slots__ = ("_bytes", "_sizes")

    def __init__(self) -> None:
        self._sizes: deque[int] = deque()  # the newest first
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def is_too_long(self) -> bool:
        """Whether the newest request is one too many, or too large."""
        return len(self._sizes) > PIPELINED_MAX or self._bytes > LINE_BYTES_MAX

    def join(self, size: int) -> None:
        """Adds a request at the end."""
        self._sizes.appendleft(size)
        self._bytes += size

    def lengthen(self, size: int) -> None:
        """Says that more of the newest request has come."""
        self._sizes[0] += size
        self._bytes += size

    def drop_the_newest(self) -> None:
        """Says that the newest request will not come whole."""
        self._bytes -= self._sizes.popleft()

    def call(self) -> None:
        """Says that the oldest request has its turn."""
        self._bytes -= self._sizes.pop()
