"""The destination of all mail: a letter that was asked for is written now, and carried."""

from collections.abc import Mapping

import orjson

from tilde.eventlog import LogError
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import Clock
from tilde.store import StoreError
from watchers.contract import NotNowError, RefusedForGoodError
from watchers.mail.contract import NAME, Carrier, Write
from watchers.mail.letter import Letterhead, message_of


class MailDestination:
    """Has each letter written by the writer of its kind, and carried. A letter that by then is for nobody counts as
    delivered.
    """

    name = NAME

    def __init__(
        self, writers: Mapping[str, Write], carrier: Carrier, letterhead: Letterhead, keyring: Keyring, clock: Clock
    ) -> None:
        self._writers = writers
        self._carrier = carrier
        self._letterhead = letterhead
        self._keyring = keyring
        self._clock = clock

    async def deliver(self, id_: str, body: bytes) -> None:
        content = orjson.loads(body)
        kind = content.pop("kind", None)
        write = self._writers.get(kind)
        if write is None:
            raise RefusedForGoodError(f"this release writes no letters {kind}")
        try:
            letter = await write(content)
        except (LogError, StoreError) as error:
            raise NotNowError(str(error)) from error
        if letter is not None:
            # The same id in another installation, or in this one once its watchers began anew, is another letter.
            unique = f"{id_}.{self._keyring.letter_mark(id_)}"
            message = message_of(letter, unique, self._letterhead, self._clock.now_ms())
            await self._carrier.carry(id_, letter.to, message.as_bytes())
