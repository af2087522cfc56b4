"""Cuts off a connection whose client takes nothing: for long it has acknowledged none of what it was sent."""

import asyncio
import fcntl
import sys
import termios

STANDS_S = 30.0  # an answer of which nothing is taken for so long: the network or the client is gone


class Standing:
    """Watches what one connection still has to write, from `watch` until `stop`."""

    def __init__(self, transport: asyncio.Transport, stands_s: float) -> None:
        self._transport = transport
        self._stands_s = stands_s
        self._timer: asyncio.TimerHandle | None = None
        self._unwritten_bytes = 0

    @property
    def is_watched(self) -> bool:
        """Whether the connection will be looked at again."""
        return self._timer is not None

    def watch(self) -> None:
        """Has the client take something every `stands_s` from now on, or the connection ends."""
        self.stop()
        self._unwritten_bytes = self._unwritten()
        self._timer = asyncio.get_running_loop().call_later(self._stands_s, self._look)

    def stop(self) -> None:
        """Looks at the connection no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Goes on watching where the client has taken something meanwhile; else it has had its time."""
        if self._unwritten() < self._unwritten_bytes:
            self.watch()
        else:
            self._transport.abort()

    def _unwritten(self) -> int:
        """Bytes that the client has not acknowledged: here and in the kernel, whose buffer alone may hold minutes."""
        here: int = self._transport.get_write_buffer_size()
        connected = self._transport.get_extra_info("socket")
        if connected is None or connected.fileno() < 0:  # the loop has closed it, and will say so
            return here
        return here + int.from_bytes(fcntl.ioctl(connected.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
