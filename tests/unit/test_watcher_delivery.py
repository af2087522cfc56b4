"""How what stands in the outbox goes out: the commands in order, each letter by itself, with pauses and an end."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from testkit.sealed import NOON_MS
from testkit.waiting import until_it_holds
from tilde.domain.catalog.stats import CommentOnStat
from tilde.eventlog import Append, LogError
from tilde.runtime.tasks import cancel
from tilde.schemas.codec import decode
from tilde.schemas.topics import COMMANDS
from watchers.causes import Cause
from watchers.contract import Ask, NotNowError, RefusedForGoodError, Send
from watchers.delivery import AT_ONCE_MAX, CommandDelivery, LetterDelivery
from watchers.folder_destination import FolderDestination
from watchers.ledger import Ledger
from watchers.logged_commands import LoggedCommands
from watchers.outbox import DEAD_KEPT_MAX, PAUSE_MS_MAX, TRIES_MAX, Outbox, pause_ms

DAY_MS = 86_400_000


class Post:
    """A destination that does as it is told, by the letter's body."""

    name = "mail"

    def __init__(self) -> None:
        self.tried: list[str] = []
        self.delivered: list[str] = []
        self.is_open = asyncio.Event()

    async def deliver(self, id_: str, body: bytes) -> None:
        self.tried.append(id_)
        if body == b"never":
            raise RefusedForGoodError("no such box")
        if body == b"not now":
            raise NotNowError("the server is away")
        if body == b"slow":
            await self.is_open.wait()
        self.delivered.append(id_)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "watchers.log")
    yield ledger
    ledger.close()


def put(ledger: Ledger, at: int, *bodies: bytes) -> None:
    with ledger.transaction():
        Outbox(ledger).add(Cause("w", "stats-0", at), [Send("mail", body) for body in bodies], NOON_MS)


# Letters.


async def test_one_that_is_refused_keeps_no_other_waiting(ledger: Ledger) -> None:
    """More of them than there are hands."""
    post = Post()
    put(ledger, 1, *[b"not now"] * 20, b"", *[b"never"] * 20, b"")
    await LetterDelivery(Outbox(ledger), post, FixedClock(NOON_MS)).step()

    assert post.delivered == ["w.stats-0.1.20", "w.stats-0.1.41"]
    assert len(Outbox(ledger).dead()) == 20


async def test_slow_ones_leave_the_other_hands_free(ledger: Ledger) -> None:
    post = Post()
    put(ledger, 1, *[b"slow"] * (AT_ONCE_MAX - 1), b"", b"", b"")
    delivering = asyncio.create_task(LetterDelivery(Outbox(ledger), post, FixedClock(NOON_MS)).run())
    await until_it_holds(lambda: len(post.delivered) >= 3, pause_s=0)
    post.is_open.set()
    await until_it_holds(lambda: not Outbox(ledger).waiting())
    await cancel(delivering)

    assert len(post.tried) == len(post.delivered) == AT_ONCE_MAX + 2


async def test_one_that_takes_too_long_is_tried_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchers.delivery.DELIVERY_MS_MAX", 1)
    post, clock = Post(), FixedClock(NOON_MS)
    put(ledger, 1, b"slow")
    delivery = LetterDelivery(Outbox(ledger), post, clock)
    await delivery.step()
    post.is_open.set()
    clock.advance(pause_ms(1))
    await delivery.step()

    assert post.tried == ["w.stats-0.1.0"] * 2
    assert Outbox(ledger).waiting() == {}


async def test_pauses_grow_and_end_with_a_dead_letter_that_is_told(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    post, clock = Post(), FixedClock(NOON_MS)
    put(ledger, 1, b"not now")
    delivery = LetterDelivery(Outbox(ledger), post, clock)
    tried_at = []
    for _ in range(5 * DAY_MS // 10_000):
        if await delivery.step():
            tried_at.append((clock.now_ms() - NOON_MS) // 1000)
        clock.advance(10_000)

    assert tried_at[:6] == [0, 10, 30, 70, 150, 310]
    assert tried_at[-1] - tried_at[-2] == PAUSE_MS_MAX // 1000
    assert 3 * DAY_MS // 1000 - 7200 < tried_at[-1] < 3 * DAY_MS // 1000 + 7200
    assert len(tried_at) == TRIES_MAX
    assert Outbox(ledger).dead() == [("w.stats-0.1.0", "the server is away")]
    told = capsys.readouterr().err
    assert told.count("\n") == 2
    assert "letters to mail wait, and are tried again for three days: the server is away" in told
    assert "letter w.stats-0.1.0 to mail is dead after 80 tries: the server is away" in told


async def test_a_try_that_ends_the_process_counts(ledger: Ledger) -> None:
    """So a letter that kills it each time has an end, too."""
    outbox, now_ms = Outbox(ledger), NOON_MS
    put(ledger, 1, b"")
    for _ in range(TRIES_MAX):
        now_ms += DAY_MS
        assert len(outbox.begin("mail", now_ms, 1, frozenset())) == 1
    post = Post()
    await LetterDelivery(outbox, post, FixedClock(now_ms + DAY_MS)).step()

    assert post.tried == []
    assert outbox.dead() == [("w.stats-0.1.0", "the last try ended with the process")]


async def test_a_letter_that_was_put_off_by_a_clock_that_was_ahead_is_due(ledger: Ledger) -> None:
    post = Post()
    put(ledger, 1, b"not now")
    await LetterDelivery(Outbox(ledger), post, FixedClock(NOON_MS + 300 * DAY_MS)).step()
    await LetterDelivery(Outbox(ledger), post, FixedClock(NOON_MS)).step()

    assert len(post.tried) == 2


async def test_only_so_many_dead_letters_are_kept(ledger: Ledger) -> None:
    put(ledger, 1, *[b"never"] * (DEAD_KEPT_MAX + 5))
    await LetterDelivery(Outbox(ledger), Post(), FixedClock(NOON_MS)).step()

    assert len(Outbox(ledger).dead()) == DEAD_KEPT_MAX


async def test_a_letter_that_is_there_is_not_sent_again_while_that_cannot_be_written(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk: it stays in hands."""
    monkeypatch.setattr("watchers.delivery.RETRY_S_MAX", 0.001)
    outbox, post, fails = Outbox(ledger), Post(), [True, True, False]
    put(ledger, 1, b"")
    strike_out = outbox.strike_out

    def failing(*seqs: int) -> None:
        if fails.pop(0):
            raise LogError("the disk is full")
        strike_out(*seqs)

    monkeypatch.setattr(outbox, "strike_out", failing)
    await LetterDelivery(outbox, post, FixedClock(NOON_MS)).step()

    assert post.tried == ["w.stats-0.1.0"]
    assert outbox.waiting() == {}


async def test_a_folder_has_a_letter_once_however_often_it_is_delivered(tmp_path: Path) -> None:
    folder = FolderDestination("mail", tmp_path / "deep" / "mail", ".eml")
    for _ in range(2):
        await folder.deliver("w.stats-0.1.0", b"text")

    (letter,) = (tmp_path / "deep" / "mail").iterdir()
    assert (letter.name, letter.read_bytes()) == ("w.stats-0.1.0.eml", b"text")
    assert letter.stat().st_mode & 0o077 == 0, "somebody else may read it"


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file stands in its place")
    with pytest.raises(NotNowError):
        await FolderDestination("mail", tmp_path / "mail", ".eml").deliver("w.clock.1.0", b"text")


# Commands.


def ask(ledger: Ledger, at: int, *texts: str) -> None:
    with ledger.transaction():
        Outbox(ledger).add(Cause("w", "stats-0", at), [Ask(CommentOnStat(1, 1, text)) for text in texts], NOON_MS)


async def test_the_commands_of_a_look_are_one_batch_under_its_identity(ledger: Ledger) -> None:
    log = MemoryLog()
    ask(ledger, 7, "a", "b")
    ask(ledger, 9, "c")
    await CommandDelivery(Outbox(ledger), LoggedCommands(log), FixedClock(NOON_MS)).step()
    batches = [decode(each.value, COMMANDS.subject) for each in await log.read(COMMANDS.name, 0, 0)]

    assert [(each["edge"], each["epoch"], each["offset"], each["before"]) for each in batches] == [
        ("w/stats-0", 0, 7, -1),
        ("w/stats-0", 0, 9, -1),
    ]
    assert [[event["action"][1]["text"] for event in each["events"]] for each in batches] == [["a", "b"], ["c"]]
    assert Outbox(ledger).commands(10) == []


async def test_commands_stay_until_the_log_has_them(ledger: Ledger) -> None:
    class Away:
        async def send(self, batches: object) -> int:
            raise LogError("the edge is away")

    ask(ledger, 7, "a")
    with pytest.raises(LogError):
        await CommandDelivery(Outbox(ledger), Away(), FixedClock(NOON_MS)).step()

    assert len(Outbox(ledger).commands(10)) == 1


async def test_commands_that_are_there_are_struck_out_though_a_later_one_failed(ledger: Ledger) -> None:
    """Else a disk that fails now and then would have the same ones sent for ever."""

    class Failing(MemoryLog):
        async def append(self, appends: Sequence[Append]) -> list[int]:
            if await self.end_offset(COMMANDS.name, 0) == 2:
                raise LogError("the disk is full")
            return await super().append(appends)

    log = Failing()
    for at in range(5):
        ask(ledger, at, "a" * 600_000)  # no two go in one append
    delivery = CommandDelivery(Outbox(ledger), LoggedCommands(log), FixedClock(NOON_MS))
    sent = await delivery.step()
    with pytest.raises(LogError):
        await delivery.step()

    assert sent == 2
    assert [decode(each.batch, COMMANDS.subject)["offset"] for each in Outbox(ledger).commands(10)] == [2, 3, 4]


async def test_no_command_is_sent_while_the_clock_is_plainly_wrong(ledger: Ledger) -> None:
    """The decider, which often has the same clock, would refuse it for good."""
    log = MemoryLog()
    ask(ledger, 7, "a")

    assert await CommandDelivery(Outbox(ledger), LoggedCommands(log), FixedClock(1000)).step() == 0
    assert await CommandDelivery(Outbox(ledger), LoggedCommands(log), FixedClock(NOON_MS)).step() == 1


def test_a_look_that_asks_for_too_much_is_a_bug_and_nothing_is_kept_of_it(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="500"):
        ask(ledger, 7, *["a"] * 501)

    assert Outbox(ledger).commands(10) == []


async def test_what_is_put_in_while_others_are_sent_is_sent_too(ledger: Ledger) -> None:
    """And nothing twice: what is struck out is what was sent."""
    outbox, sent = Outbox(ledger), list[bytes]()

    def ask(at: int) -> None:
        with ledger.transaction():
            outbox.add(Cause("w", "stats-0", at), [Ask(CommentOnStat(1, 77, "seen"))], NOON_MS)

    class Slow:
        async def send(self, batches: Sequence[bytes]) -> int:
            sent.extend(batches)
            if len(sent) == 1:
                ask(2)
            return len(batches)

    ask(1)
    delivery = CommandDelivery(outbox, Slow(), FixedClock(NOON_MS))
    while await delivery.step():
        pass

    assert [decode(batch, COMMANDS.subject)["offset"] for batch in sent] == [1, 2]
