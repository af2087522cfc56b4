"""JSON is read beside the event loop where it is large, or has to be mended: others are answered meanwhile.

    a body --> as it should be -----------------------------------------------------------------> its value
                  | is not      --> is its sender known? -- yes --> mended: in a thread, or a --------^
                                                          |         process where it is very large
                                                          +--> refused: mending costs twenty times as much

A parser in C lets nobody else run before it has done, so what has more parts than a batch can have is not parsed at
all: four MiB of `{}` took a quarter of a second, a batch of that size takes 10 ms. Each of the three ways has a line of
its own, so nobody's batch waits for what takes longer.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from producers.web.json_bodies import NoJsonError, parse_patiently, parse_strictly
from producers.web.json_mending import Mender, NotMendedError
from tilde.runtime.tasks import in_thread
from tilde.runtime.telling import Seldom

LARGE_BYTES = 64 << 10  # below it, a millisecond
PATIENT_BYTES = 1 << 10  # mended at once: half a millisecond
APART_BYTES = 256 << 10  # mended in a process: beside the loop a call of the parser would hold it up for 15 ms
OPENINGS_MAX = 100_000  # of objects, lists and strings (two quotes each); a thousand items have some 25,000
COMMAS_MAX = 300_000  # a thousand items that spread to a hundred stats each have 105,000

SenderCheck = Callable[[bytes], Awaitable[object]]
"""Raises whatever a body is refused with whose sender is not known; it looks at the bytes."""


class JsonReader:
    """Reads one large body at a time in a thread, mends one in another, and a very large one in a process; all other
    bodies at once.
    """

    not_mended = Seldom(
        "edge", "a large JSON body was refused with 503: the process that mends it could not start, or died"
    )

    def __init__(self) -> None:
        self._parsing = ThreadPoolExecutor(1, thread_name_prefix="large-json")
        self._mending = ThreadPoolExecutor(1, thread_name_prefix="bad-json")
        self._apart = ThreadPoolExecutor(1, thread_name_prefix="large-bad-json")
        self._mender = Mender()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Has it read while the block runs. At its end nobody waits for an answer any more: what is in line is given
        up, the process that mends is ended, and the threads have gone.
        """
        try:
            yield
        finally:
            lines = (self._parsing, self._mending, self._apart)
            for line in lines:
                line.shutdown(wait=False, cancel_futures=True)
            self._mender.close()
            for line in lines:
                await in_thread(line.shutdown)

    async def parse(self, body: bytes, require_known: SenderCheck) -> Any:
        """The JSON value of a body; one that is not as it should be is mended, as parse_patiently says. Of a sender
        whom `require_known` does not know nothing large is parsed, a KiB at most is mended. Raises NoJsonError,
        NotMendedError, and what `require_known` raises.
        """
        is_large = len(body) > LARGE_BYTES
        if is_large:
            await require_known(body)
            await _in(self._parsing, _require_few_parts, body)
        try:
            return await _in(self._parsing, parse_strictly, body) if is_large else parse_strictly(body)
        except NoJsonError:
            pass
        if len(body) <= PATIENT_BYTES:
            return parse_patiently(body)
        if not is_large:
            await require_known(body)
        if len(body) <= APART_BYTES:
            return await _in(self._mending, parse_patiently, body)
        try:
            return await _in(self._apart, self._mender.mended, body)
        except NotMendedError:
            self.not_mended.happened(asyncio.get_running_loop().time())
            raise


async def _in(thread: ThreadPoolExecutor, parse: Callable[[bytes], Any], body: bytes) -> Any:
    return await asyncio.get_running_loop().run_in_executor(thread, parse, body)


def _require_few_parts(body: bytes) -> None:
    if len(body) - len(body.translate(None, b'{["')) > OPENINGS_MAX or body.count(b",") > COMMAS_MAX:
        raise NoJsonError
