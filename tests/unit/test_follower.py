"""A process's copy of the catalog: what it has read, when it looks again, and how answers are found."""

import asyncio

import pytest

from testkit.builders import (
    a_command_id,
    a_key,
    a_post,
    a_sealed_batch,
    an_account_created,
    an_entry,
    an_entry_message,
)
from testkit.memory_log import MemoryLog
from testkit.waiting import PATIENCE_S
from tilde.catalog.follower import RECENT_MAX, CatalogFollower, CatalogUnreadableError
from tilde.domain.catalog.accounts import AccountCreated, KeyStored
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.stats import StatCommented
from tilde.errors import TildeError
from tilde.eventlog import Append, LogError, Record
from tilde.runtime.tasks import cancel
from tilde.schemas.topics import CATALOG


class UnsteadyLog(MemoryLog):
    """Counts its readings of the end; fails as often as told."""

    def __init__(self) -> None:
        super().__init__()
        self.readings = 0
        self.failures = 0

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        if self.failures:
            self.failures -= 1
            raise LogError("away")
        records = await super().read(topic, partition, offset, bytes_max)
        self.readings += not records
        return records

    async def decided(self, *entries: Entry) -> None:
        await self.append([Append(CATALOG.name, 0, list(map(an_entry_message, entries)))])


class HeldLog(UnsteadyLog):
    """Hands out what it has read once it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.has_read, self.go = asyncio.Event(), asyncio.Event()

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        records = await super().read(topic, partition, offset, bytes_max)
        self.has_read.set()
        await self.go.wait()
        return records


async def test_reading_to_the_end_folds_all_that_was_appended_before() -> None:
    """However many readings that takes."""
    log = UnsteadyLog()
    text = "c" * 10_000
    await log.decided(an_entry(1, an_account_created()))
    await log.decided(*(an_entry(number, StatCommented(1, 7, text)) for number in range(2, 300)))
    follower = CatalogFollower(log)

    await follower.read_to_end()

    assert follower.catalog.sequence == 299
    assert len(follower.catalog.stat(1, 7).comments) == 298


async def test_only_entries_that_hold_are_told() -> None:
    """A zombie's are passed over, here as everywhere."""
    log = UnsteadyLog()
    told: list[Entry] = []
    follower = CatalogFollower(log)
    follower.listen(told.append)
    first, second = an_entry(1, an_account_created()), an_entry(2)

    await log.decided(first, an_entry(1, an_account_created(1, "zombie")), second, second)
    await follower.read_to_end()

    assert told == [first, second]
    assert follower.catalog.names == {"shop": 1}


async def test_a_listener_is_told_only_of_what_it_asked_for() -> None:
    """Once an entry, however many of its facts are of those kinds."""
    log = UnsteadyLog()
    told: list[Entry] = []
    follower = CatalogFollower(log)
    follower.listen(told.append, AccountCreated, KeyStored)
    created, commented = an_entry(1, an_account_created()), an_entry(2, StatCommented(1, 7, "text"))
    rotated = an_entry(3, KeyStored(1, a_key("one")), KeyStored(1, a_key("two")))

    await log.decided(created, commented, rotated, an_entry(4))
    await follower.read_to_end()

    assert told == [created, rotated]


async def test_an_entry_is_folded_when_it_is_told() -> None:
    """Who is told may use the catalog at once."""
    log = UnsteadyLog()
    names: list[list[str]] = []
    follower = CatalogFollower(log)
    follower.listen(lambda entry: names.append(list(follower.catalog.names)))

    await log.decided(an_entry(1, an_account_created()))
    await follower.read_to_end()

    assert names == [["shop"]]


async def test_an_answer_is_found_before_and_after_it_was_folded() -> None:
    """The entry may come before its sender begins to wait."""
    log = UnsteadyLog()
    follower = CatalogFollower(log)
    late = asyncio.create_task(follower.answer_to(a_command_id(2), PATIENCE_S))
    await log.decided(an_entry(1), an_entry(2))
    await follower.read_to_end()

    assert await follower.answer_to(a_command_id(1), PATIENCE_S) == an_entry(1)
    assert await late == an_entry(2)


async def test_a_late_answer_is_an_error_and_leaves_nothing_behind() -> None:
    """The command's deadline has passed by then, and it will be refused."""
    follower = CatalogFollower(UnsteadyLog())

    with pytest.raises(TimeoutError):
        await follower.answer_to(a_command_id(1), 0.01)

    assert not follower._answers


async def test_so_many_answers_are_kept_and_no_more() -> None:
    """A replay of a year's commands does not fill the memory."""
    log = UnsteadyLog()
    follower = CatalogFollower(log)

    await log.decided(*(an_entry(number) for number in range(1, RECENT_MAX + 11)))
    await follower.read_to_end()

    assert len(follower._recent) == RECENT_MAX
    assert await follower.answer_to(a_command_id(RECENT_MAX + 10), PATIENCE_S) == an_entry(RECENT_MAX + 10)


async def test_who_catches_up_sees_what_was_appended_before_and_reads_nothing_where_there_is_nothing() -> None:
    """So a question whose asker is known does not wait for the catalog."""
    log = UnsteadyLog()
    follower = CatalogFollower(log)
    await follower.catch_up()
    assert log.readings == 0

    await log.decided(an_entry(1, an_account_created()))
    await follower.catch_up()
    assert follower.catalog.sequence == 1
    read = log.readings

    await follower.catch_up()
    assert log.readings == read


async def test_many_look_ups_share_one_reading() -> None:
    """A flood of unknown keys costs one reading of the log's end per 20 ms."""
    log = UnsteadyLog()
    follower = CatalogFollower(log)

    await asyncio.gather(*(follower.look_again() for _ in range(1000)))

    assert log.readings == 1


async def test_a_look_up_sees_what_was_appended_before_it_began() -> None:
    """Also when it joins others: the reading begins after the last that joined."""
    log = UnsteadyLog()
    follower = CatalogFollower(log)
    first = asyncio.create_task(follower.look_again())
    await asyncio.sleep(0)

    await log.decided(an_entry(1, an_account_created()))
    await follower.look_again()

    assert follower.catalog.sequence == 1
    await first


async def test_a_look_up_does_not_join_a_reading_that_has_begun() -> None:
    """It may have passed the place where the entry came in since."""
    log = HeldLog()
    follower = CatalogFollower(log)
    first = asyncio.create_task(follower.look_again())
    await asyncio.wait_for(log.has_read.wait(), PATIENCE_S)
    await log.decided(an_entry(1, an_account_created()))
    second = asyncio.create_task(follower.look_again())
    await asyncio.sleep(0)
    log.go.set()

    await asyncio.wait_for(asyncio.gather(first, second), PATIENCE_S)

    assert follower.catalog.sequence == 1


async def test_a_look_up_says_that_the_log_is_away() -> None:
    """Then nothing is known of the key: 503, not a refusal; the next look-up tries again."""
    log = UnsteadyLog()
    follower = CatalogFollower(log)
    log.failures = 1

    results = await asyncio.gather(*(follower.look_again() for _ in range(3)), return_exceptions=True)

    assert [type(result) for result in results] == [LogError] * 3
    await follower.look_again()


async def test_following_goes_on_after_the_log_was_away() -> None:
    """Meanwhile the copy stands still."""
    log = UnsteadyLog()
    log.failures = 2
    told: asyncio.Queue[Entry] = asyncio.Queue()
    follower = CatalogFollower(log)
    follower.listen(told.put_nowait)
    following = asyncio.create_task(follower.run())

    await log.decided(an_entry(1))
    first = await asyncio.wait_for(told.get(), PATIENCE_S)
    await log.decided(an_entry(2))
    second = await asyncio.wait_for(told.get(), PATIENCE_S)
    await cancel(following)

    assert [first, second] == [an_entry(1), an_entry(2)]


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"garbage", "not in the Confluent wire format"),
        (b"\0\0\0\0\x63new", "no schema has the id 99"),
        (a_sealed_batch([a_post(1)]), "a sealed_stats where a entry belongs"),
        (an_entry_message(an_entry(2))[:-1], "not a entry"),
    ],
    ids=["no message", "of a newer release", "of another topic", "cut short"],
)
async def test_an_entry_that_cannot_be_decoded_stops_with_words_for_an_operator(message: bytes, why: str) -> None:
    """Where it stands, what is wrong with it, what to do. What stands before it holds; it is never passed over."""
    log = UnsteadyLog()
    follower = CatalogFollower(log)
    await log.decided(an_entry(1, an_account_created()))
    await log.append([Append(CATALOG.name, 0, [message])])
    await log.decided(an_entry(2, an_account_created(2, "other")))

    for _ in range(2):
        with pytest.raises(TildeError, match=f"^catalog/0: the entry at offset 1 cannot be decoded: {why}.*; nobody"):
            await follower.read_to_end()
    with pytest.raises(CatalogUnreadableError, match="Upgrade this process if .*, else bring back the topic from a ba"):
        await follower.look_again()

    assert follower.catalog.names == {"shop": 1}


async def test_the_words_for_an_operator_are_one_line_whatever_the_bytes_are() -> None:
    """The decoder's error may hold the whole message."""
    log = UnsteadyLog()
    message = an_entry_message(an_entry(1, StatCommented(1, 7, "\n" * 100_000))).replace(b"\n\n", b"\n\xff")
    await log.append([Append(CATALOG.name, 0, [message])])

    with pytest.raises(CatalogUnreadableError) as error:
        await CatalogFollower(log).read_to_end()

    assert "utf-8" in str(error.value)
    assert len(str(error.value)) < 500
    assert "\n" not in str(error.value)


async def test_following_ends_at_an_entry_that_cannot_be_decoded() -> None:
    """It is not tried again like a log that is away: the process ends, and says why."""
    log = UnsteadyLog()
    following = asyncio.create_task(CatalogFollower(log).run())

    await log.append([Append(CATALOG.name, 0, [b"garbage"])])

    with pytest.raises(CatalogUnreadableError):
        await asyncio.wait_for(following, PATIENCE_S)
