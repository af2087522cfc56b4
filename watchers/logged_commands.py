"""Appends commands to the log from this process, as every process on Kafka may."""

from collections.abc import Sequence

from tilde.eventlog import Append, LogError, LogWriter
from tilde.runtime.portions import portions_by_size
from tilde.schemas.topics import COMMANDS

APPEND_BYTES_MAX = 1 << 20  # of one record batch; a longer message goes alone


class LoggedCommands:
    """Commands over a LogWriter."""

    def __init__(self, writer: LogWriter) -> None:
        self._writer = writer

    async def send(self, batches: Sequence[bytes]) -> int:
        durable = 0
        for portion in portions_by_size(batches, len, APPEND_BYTES_MAX):
            try:
                await self._writer.append([Append(COMMANDS.name, 0, portion)])
            except LogError:
                if not durable:
                    raise
                break
            durable += len(portion)
        return durable
