"""Large JSON is read beside the event loop: others are answered meanwhile.

A parser in C lets nobody else run before it has done, so what has more parts than a batch can have is not parsed at
all: four MiB of `{}` took a quarter of a second, a batch of that size takes 10 ms.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from producers.web.json_bodies import NoJsonError, parse_json

LARGE_BYTES = 64 << 10  # below it, a millisecond
OPENINGS_MAX = 100_000  # of objects, lists and strings (two quotes each); a thousand items have some 25,000
COMMAS_MAX = 300_000  # a thousand items that spread to a hundred stats each have 105,000


class JsonReader:
    """Reads one large body at a time, in a thread of its own; small ones at once."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="large-json")

    async def parse(self, body: bytes) -> Any:
        """As parse_json. Raises NoJsonError."""
        if len(body) <= LARGE_BYTES:
            return parse_json(body)
        return await asyncio.get_running_loop().run_in_executor(self._thread, _parse, body)


def _parse(body: bytes) -> Any:
    if len(body) - len(body.translate(None, b'{["')) > OPENINGS_MAX or body.count(b",") > COMMAS_MAX:
        raise NoJsonError
    return parse_json(body)
