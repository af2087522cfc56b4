"""The identity of an effect: which watcher, what it looked at, and where that stood. So a look that is repeated gives
its effects the same identities, on any machine.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tilde.domain.catalog.entries import Action, Command
from tilde.domain.log.identity import CLOCK_END_MS
from tilde.domain.log.versions import EVENTS_MAX
from tilde.schemas.codec import MESSAGE_BYTES_MAX, oldest_encoder
from tilde.schemas.records import command_record
from tilde.schemas.topics import COMMANDS

CLOCK = "clock"
EPOCH = 0  # a message stands at its offset for ever, and an occasion comes once: there is no other life to tell apart
# As in the first batch of an edge. Most messages cause no command, so a batch of commands cannot say which offset the
# one before it has, and the decider must not look for it.
NO_BEFORE = -1
_encode = oldest_encoder(COMMANDS.subject)


def partition_source(topic: str, partition: int) -> str:
    """The name of a partition as a watcher's source: `stats-3`."""
    return f"{topic}-{partition}"


class Cause(NamedTuple):
    """What an effect follows from: a watcher, its source, and the place there. Of a message the source is its partition
    (`stats-3`) and `at` its offset; of an occasion they are `clock` and its time.
    """

    watcher: str
    source: str
    at: int

    def letter(self, nth: int) -> str:
        """The id of the nth effect, a letter; it may be a file's name."""
        return f"{self.watcher}.{self.source}.{self.at}.{nth}"

    def sealed(self, actions: Sequence[Action], now_ms: int) -> bytes:
        """The commands of this look as a sealed batch of `commands`. Watcher and source stand in it as its edge, and
        `at` as its edge offset: the decider answers what an edge has sent once, in rising order.
        """
        if len(actions) > EVENTS_MAX:
            raise ValueError(f"a look asks for {len(actions)} commands; a batch has {EVENTS_MAX} at most")
        # Nobody waits for the answer, so none is too late.
        events = [command_record(Command(now_ms, CLOCK_END_MS, action)) for action in actions]
        header = {"edge": f"{self.watcher}/{self.source}", "epoch": EPOCH, "offset": self.at, "before": NO_BEFORE}
        batch = _encode({**header, "catalog": 0, "events": events})
        if len(batch) > MESSAGE_BYTES_MAX:
            raise ValueError(f"the commands of a look take {len(batch)} bytes; a message has {MESSAGE_BYTES_MAX}")
        return batch
