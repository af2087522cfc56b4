"""Makes the keys of new keyholders durable before the events that name them. Where their file cannot be written, posts
of new keyholders are answered 503, and all others are taken.
"""

import asyncio

from producers.edge.sealer import Sealer
from tilde.eventlog import LogError
from tilde.keys.keyholders import Keyholders
from tilde.runtime.retrying import Retrying
from tilde.runtime.telling import Outage
from tilde.schemas.topics import ACTIVITY, HITS

RETRY_S = 1.0
RETRY_S_MAX = 10.0


class Keeping:
    """Watches the file of keys for one edge. The first group that fails shows that it cannot be written; from then on
    only the file is tried, and no other group fails for it.
    """

    def __init__(self, sealer: Sealer, keyholders: Keyholders) -> None:
        self._keyholders = keyholders
        self._failed = asyncio.Event()
        self._outage = Outage("edge", "the file of visitors' and people's keys")
        self._retrying = Retrying(LogError, RETRY_S, RETRY_S_MAX)
        sealer.precede(keyholders.keep, self._give_up, (HITS, ACTIVITY))

    def _give_up(self, error: LogError) -> None:
        self._keyholders.give_up(str(error))
        self._outage.failed(self, error)
        self._failed.set()

    async def run(self) -> None:
        """Has who is new be taken again once the file can be written; until cancelled."""
        while True:
            await self._failed.wait()
            self._failed.clear()
            await self._retrying.run(self._keyholders.try_again)
            self._outage.worked(self)
