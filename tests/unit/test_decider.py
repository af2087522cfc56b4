"""The decider's loop over a log: one entry a command, whoever else writes to `catalog`, whenever it starts again."""

import asyncio

import pytest

from streams.decider import Decider
from testkit.builders import (
    NOON_MS,
    UUID,
    a_command,
    a_command_id,
    an_account_created,
    an_entry,
    an_entry_message,
    some_sealed_commands,
)
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from testkit.waiting import until_told
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.catalog.entries import Command, Entry
from tilde.domain.catalog.state import CommandId
from tilde.domain.catalog.stats import DeleteStat
from tilde.eventlog import Append, LogError
from tilde.runtime.tasks import cancel
from tilde.schemas.codec import decode, schema_of
from tilde.schemas.records import entry_of
from tilde.schemas.topics import CATALOG, COMMANDS, SAMPLE_WRITES, STATS


def create(name: str) -> Command:
    return a_command(CreateAccount(name, (), UUID, ""))


class Place:
    """A log with commands, and what was decided."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.clock = FixedClock(NOON_MS)

    def decider(self) -> Decider:
        return Decider(self.log, self.log, self.clock)

    async def ask(self, *messages: bytes) -> None:
        await self.log.append([Append(COMMANDS.name, 0, messages)])

    async def write(self, *entries: Entry) -> None:
        await self.log.append([Append(CATALOG.name, 0, list(map(an_entry_message, entries)))])

    async def entries(self) -> list[Entry]:
        """All that stand in the log, those too that do not hold."""
        return [entry_of(decode(record.value, CATALOG.subject)) for record in await self.log.read(CATALOG.name, 0, 0)]

    async def answers(self) -> list[tuple[int, CommandId, str | None]]:
        """Sequence, command and refusal of the entries that hold."""
        told: list[Entry] = []
        follower = CatalogFollower(self.log)
        follower.listen(told.append)
        await follower.read_to_end()
        return [(entry.sequence, entry.command, entry.refusal) for entry in told]


@pytest.fixture
def place() -> Place:
    return Place()


async def test_each_command_of_a_batch_gets_one_entry_in_order(place: Place) -> None:
    """Batches of several edges, several commands in one."""
    await place.ask(
        some_sealed_commands(create("a"), create("a"), create("b"), offset=4),
        some_sealed_commands(create("b"), offset=1, edge="f"),
    )

    assert await place.decider().step() == 2
    assert await place.answers() == [
        (1, a_command_id(4, 0), None),
        (2, a_command_id(4, 1), "ACCOUNT_EXISTS"),
        (3, a_command_id(4, 2), None),
        (4, a_command_id(1, 0, edge="f"), "ACCOUNT_EXISTS"),
    ]
    assert [entry.commands_offset for entry in await place.entries()] == [0, 0, 0, 1]


async def test_a_batch_that_comes_twice_is_answered_once(place: Place) -> None:
    """A forwarder that lost an acknowledgement sends it again."""
    batch = some_sealed_commands(create("a"), create("b"), offset=4)
    await place.ask(batch, batch)
    decider = place.decider()
    await decider.step()
    await place.ask(batch)
    await decider.step()

    assert len(await place.entries()) == 2


@pytest.mark.parametrize("answered", [0, 1, 2, 3])
async def test_a_decider_that_starts_again_goes_on_in_the_middle_of_a_batch(place: Place, answered: int) -> None:
    """What the catalog has an entry for is done, the rest is decided now."""
    commands = [create(name) for name in "abc"]
    await place.ask(some_sealed_commands(*commands, offset=4))
    await place.decider().step()
    entries = await place.entries()
    again = Place()
    await again.ask(some_sealed_commands(*commands, offset=4))
    await again.write(*entries[:answered])

    await again.decider().step()

    assert await again.entries() == entries


async def test_a_foreign_entry_in_its_place_makes_it_decide_anew(place: Place) -> None:
    """Two deciders at once: the first entry for a sequence holds, the other is passed over by everybody."""

    class Overtaken(MemoryLog):
        """Another decider's entry comes in just before the first append of this one."""

        def __init__(self, log: MemoryLog) -> None:
            self.log = log
            self.others = [an_entry(1, an_account_created(1, "a"), command=a_command_id(3))]

        async def append(self, appends):
            while self.others:
                await self.log.append([Append(CATALOG.name, 0, [an_entry_message(self.others.pop())])])
            return await self.log.append(appends)

    await place.ask(some_sealed_commands(create("a"), offset=4))

    await Decider(place.log, Overtaken(place.log), place.clock).step()

    assert await place.answers() == [(1, a_command_id(3), None), (2, a_command_id(4), "ACCOUNT_EXISTS")]
    assert [entry.sequence for entry in await place.entries()] == [1, 1, 2]


async def test_a_zombie_that_wakes_up_harms_nothing(place: Place) -> None:
    """It still has an old catalog, and writes what it had decided; nobody folds it."""
    zombie = place.decider()
    await zombie.step()
    await place.ask(some_sealed_commands(create("a"), offset=4))
    await place.decider().step()
    before = await place.answers()

    await place.write(an_entry(1, an_account_created(1, "zombie's"), command=a_command_id(4)))
    await zombie.step()

    assert await place.answers() == before == [(1, a_command_id(4), None)]
    await place.ask(some_sealed_commands(create("b"), offset=5, before=4))
    await zombie.step()
    assert (await place.answers())[1:] == [(2, a_command_id(5), None)]


async def test_a_command_is_refused_once_its_deadline_has_passed(place: Place) -> None:
    """While nobody decided, its sender has had an error; nothing is done behind his back."""
    await place.ask(some_sealed_commands(create("a"), offset=4))
    place.clock.advance(10_001)

    await place.decider().step()

    assert await place.answers() == [(1, a_command_id(4), "DEADLINE_PASSED")]


async def test_a_deletion_says_how_far_the_log_was(place: Place) -> None:
    """Of every partition that points come from, those of `stats` first, since a `~` name writes to a stat from any; other
    entries say nothing of it.
    """
    await place.log.append([Append(STATS.name, 0, [b"a", b"b"]), Append(STATS.name, 15, [b"c"])])
    await place.log.append([Append(SAMPLE_WRITES.name, 2, [b"d", b"e", b"f"])])
    await place.ask(some_sealed_commands(create("shop"), a_command(DeleteStat(1, 77))))
    await place.decider().step()

    made, deleted = await place.entries()
    assert made.ends == ()
    assert deleted.ends == (2, *[0] * 14, 1, 0, 0, 3, *[0] * 13)


async def test_an_entry_that_says_nothing_new_is_read_by_older_releases(place: Place) -> None:
    """While roles are upgraded one by one, an older edge goes on following: only what it could not know is of v2."""
    await place.ask(some_sealed_commands(create("shop"), a_command(DeleteStat(1, 77))))
    await place.decider().step()

    written = [schema_of(record.value).version for record in await place.log.read(CATALOG.name, 0, 0)]
    assert written == [1, 2]


async def test_poison_among_the_commands_is_passed(place: Place) -> None:
    """Nobody waits for it; the commands behind it are decided."""
    await place.ask(b"poison", some_sealed_commands(create("a"), offset=4))
    decider = place.decider()

    assert await decider.step() == 2
    assert await decider.step() == 0
    assert await place.answers() == [(1, a_command_id(4), None)]


async def test_poison_among_the_commands_is_told_once_a_message(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """With where it stands and why: `commands` has no dead letters, so nothing else would say so."""
    await place.ask(some_sealed_commands(create("a"), offset=4), b"poison", b"\0\0\0\0\x63new")
    decider = place.decider()
    for _ in range(3):
        await decider.step()

    assert capsys.readouterr().err.splitlines() == [
        "tilde decider: commands/0: the message at offset 1 is passed over: not in the Confluent wire format",
        "tilde decider: commands/0: the message at offset 2 is passed over: no schema has the id 99",
    ]


async def test_a_log_that_cannot_be_written_is_an_error_and_the_next_step_goes_on(place: Place) -> None:
    """Nothing is left out or done twice."""

    class Full(MemoryLog):
        async def append(self, appends):
            raise LogError("full")

    await place.ask(some_sealed_commands(create("a"), create("b"), offset=4))
    with pytest.raises(LogError):
        await Decider(place.log, Full(), place.clock).step()

    assert await place.entries() == []
    await place.decider().step()
    assert [command for _, command, _ in await place.answers()] == [a_command_id(4, 0), a_command_id(4, 1)]


async def test_a_log_that_cannot_be_written_is_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process goes on, and answers once there is room; what it had written before it found so counts once."""
    monkeypatch.setattr("streams.decider.RETRY_S", 0)

    class FullForAWhile(MemoryLog):
        refusals = 3

        async def append(self, appends):
            if self.refusals:
                self.refusals -= 1
                if self.refusals == 1:  # written all the same, as after a lost acknowledgement
                    await place.log.append(appends)
                raise LogError("full")
            return await place.log.append(appends)

    await place.ask(some_sealed_commands(create("a"), create("b"), offset=4))
    running = asyncio.create_task(Decider(place.log, FullForAWhile(), place.clock).run())
    await until_told(place.answers, lambda answers: len(answers) == 2, pause_s=0)
    await cancel(running)

    assert [command for _, command, _ in await place.answers()] == [a_command_id(4, 0), a_command_id(4, 1)]
    assert len(await place.entries()) == 2
