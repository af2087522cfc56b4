"""docs/architecture.md tells the journeys of a post and of a command file by file: each is walked here, through a real
data folder and tables, and enters these files in this order, and no other one of ours.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from producers.tilde_v1.operator_routes import NewAccount
from testkit.journeys import GENERATION, journeys
from testkit.walk import Walk, Walker
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

ARCHITECTURE = Path(__file__).parents[2] / "docs/architecture.md"
STEP = re.compile(r"^(\d+)\. `([\w/]+\.py)`: ([^\n]+\.)$", re.MULTILINE)


class Walked(NamedTuple):
    """The walks of a post until it is acknowledged, and until its row is in the table; and that of a command."""

    acknowledged: Walk
    post: Walk
    command: Walk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Each has been on its way before: key, stat and connection are known."""
    walker, walks = Walker(), Walked(Walk(), Walk(), Walk())
    with walker.ready():
        store = await open_store(f"chdb://{tmp_path_factory.mktemp('tables')}")
        await migrate(store, GENERATION)
        async with journeys(tmp_path_factory.mktemp("data"), store) as on_its_way:
            for _ in range(2):
                await on_its_way.post()
                await on_its_way.process()
                await on_its_way.insert()
            await on_its_way.rest()
            with walker.follows(walks.acknowledged, walks.post):
                await on_its_way.post()
            with walker.follows(walks.post):
                await on_its_way.process()
                await on_its_way.insert()
            await on_its_way.create(NewAccount(name="before", keys={}))
            account = NewAccount(name="walked", keys={})
            await on_its_way.rest()
            with walker.follows(walks.command):
                await on_its_way.create(account)
        await store.close()
    return walks


def told(journey: str) -> list[str]:
    """The files of a journey, as the page has them."""
    section = ARCHITECTURE.read_text().partition(f"\n## {journey}\n")[2].partition("\n## ")[0]
    steps = STEP.findall(section)
    assert [int(number) for number, _, _ in steps] == list(range(1, len(steps) + 1))
    return [file for _, file, _ in steps]


async def test_a_post_enters_the_files_that_are_told_and_no_other(walked: Walked) -> None:
    assert walked.post.files == told("The journey of a post")


async def test_a_command_enters_the_files_that_are_told_and_no_other(walked: Walked) -> None:
    assert walked.command.files == told("The journey of a command")


class Length(NamedTuple):
    """How long a walk is: moves from one file to another, and files that are entered."""

    moves: int
    files: int

    @classmethod
    def of(cls, walk: Walk) -> "Length":
        return cls(len(walk.moves), len(walk.files))


# As the page has them, and at commit 5f0d147, when Tilde knew StatHat alone, by the same measure.
POSTS_TOLD = re.compile(
    r"(\d+) times, among (\d+) files, until the client has its answer, and (\d+) times, among (\d+),\suntil the row is"
    r" there\. At commit 5f0d147, when Tilde spoke one dialect, it was (\d+) times among (\d+), and (\d+) among (\d+)\."
)
COMMANDS_TOLD = re.compile(
    r"It moves (\d+) times, among (\d+) files; at commit 5f0d147 it was (\d+) times, among (\d+)\."
)


def lengths_told(sentence: re.Pattern[str]) -> list[Length]:
    """Moves and files that the page says, pair by pair."""
    (found,) = sentence.findall(ARCHITECTURE.read_text())
    numbers = [int(number) for number in found]
    return [Length(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]


ACKNOWLEDGED, POST, ACKNOWLEDGED_THEN, POST_THEN = lengths_told(POSTS_TOLD)
COMMAND, COMMAND_THEN = lengths_told(COMMANDS_TOLD)
COMMAND_FILES_COUNTED_THEN = 28  # by hand, with all that a reader had to open
BY_A_TIMER = 1  # the bell is rung again for what came soon after another post: on the way of one that takes so long


async def test_a_post_moves_less_than_when_there_was_one_dialect(walked: Walked) -> None:
    """Until its client is answered, and until its row is there; and it enters no more files: of those that came since
    two are a matter of its, that cut it.
    """
    acknowledged, post = Length.of(walked.acknowledged), Length.of(walked.post)

    assert 0 <= acknowledged.moves - ACKNOWLEDGED.moves <= BY_A_TIMER
    assert ACKNOWLEDGED.moves < ACKNOWLEDGED_THEN.moves
    assert acknowledged.files == ACKNOWLEDGED.files < ACKNOWLEDGED_THEN.files
    assert 0 <= post.moves - POST.moves <= BY_A_TIMER
    assert POST.moves < POST_THEN.moves
    assert post.files == POST.files <= POST_THEN.files


async def test_a_command_moves_less_than_when_there_was_one_dialect(walked: Walked) -> None:
    """It enters two files more by our measure: a noun's rules and the rules of texts have files of their own since, the
    clock that decides is looked at, and a batch of commands becomes bytes where batches of posts do.
    """
    command = Length.of(walked.command)

    assert 0 <= command.moves - COMMAND.moves <= BY_A_TIMER
    assert COMMAND.moves < COMMAND_THEN.moves
    assert command.files == COMMAND.files <= COMMAND_THEN.files + 2 < COMMAND_FILES_COUNTED_THEN
