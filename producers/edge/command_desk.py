"""Where an edge carries an admin command to the log and waits until its own copy of the catalog has the answer."""

from producers.edge.sealer import Sealer
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import Action, Command, Entry
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import CommandId
from tilde.runtime.clock import Clock
from tilde.schemas.codec import event_encoder
from tilde.schemas.records import command_record
from tilde.schemas.topics import COMMANDS

DEADLINE_MS = 10_000  # a person waits no longer; the decider refuses what comes later
UNANSWERED = (
    "no answer in time: it may have been carried out all the same, so look before you ask again. Is the pipeline"
    " running (on Kafka: does a `tilde streams` run, and does Kafka answer)?"
)


class CommandRefusedError(Exception):
    """A command was refused, here or by the decider; nothing was changed. `refusal` is None for one that only a newer
    release knows: that is told by its name.
    """

    def __init__(self, refusal: Refusal | str) -> None:
        """By its name, as the decider's entries have it, where it is a text."""
        self.refusal = refusal if isinstance(refusal, Refusal) else Refusal.__members__.get(refusal)
        super().__init__(refusal if self.refusal is None else self.refusal.value)


class CommandDesk:
    """Asks the decider, through the log."""

    def __init__(self, sealer: Sealer, follower: CatalogFollower, clock: Clock) -> None:
        self._sealer = sealer
        self._follower = follower
        self._clock = clock
        self._encode = event_encoder(COMMANDS.subject)

    async def ask(self, action: Action) -> Entry:
        """The entry that answers; this edge has folded it, so the next request sees its effect. The command's id is
        its place in the log.

        Raises CommandRefusedError, LogError where nothing was written, TimeoutError where no answer came: a decider
        that has not decided it by then will refuse it, but one that has may be slow to say so.
        """
        now_ms = self._clock.now_ms()
        schema, body = self._encode(command_record(Command(now_ms, now_ms + DEADLINE_MS, action)))
        place = await self._sealer.writer(COMMANDS, schema=schema).placed(0, body)
        try:
            entry = await self._follower.answer_to(CommandId(*place), DEADLINE_MS / 1000 + 1)
        except TimeoutError:
            raise TimeoutError(UNANSWERED) from None
        if entry.refusal is not None:
            raise CommandRefusedError(entry.refusal)
        return entry
