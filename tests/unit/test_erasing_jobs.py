"""When a person is erased, the queries that name him go: with every byte, in every process that keeps some."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from threading import Event

import pytest
import pytest_asyncio

from api.jobs.erasing import ErasingJobs
from api.jobs.job import KEPT_MS, Job, JobState
from api.jobs.job_file import JobFile
from api.jobs.jobs import Jobs
from testkit.builders import an_entry, an_entry_message
from testkit.edges import KEYRING
from testkit.fixed_clock import FixedClock
from testkit.hits import every_byte
from testkit.memory_log import MemoryLog
from testkit.waiting import until_it_holds, until_told
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.erasures import VisitorsErased
from tilde.domain.people.activity import PERSON
from tilde.domain.people.naming import names_one_of, texts_in
from tilde.eventlog import Append
from tilde.runtime.retrying import Retrying
from tilde.runtime.tasks import cancel, in_thread
from tilde.store import StoreError

ANN, BOB = "ann@example.com", "bob@example.com"
PRODUCT = 7


def asked_for(text: str) -> str:
    return json.dumps({"question": {"all": [{"property": "mail", "values": {"contains": text}}]}, "columns": []})


class Api:
    """The jobs of a query API, which follows a catalog. `begin` opens them, as at a start."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "jobs.db"
        self.log = MemoryLog()
        self.opened: list[Jobs] = []
        self.following: asyncio.Task[None] | None = None
        self.sequence = 0

    async def begin(self) -> None:
        self.follower = CatalogFollower(self.log)
        await self.follower.read_to_end()
        self.file = JobFile(self.path, KEYRING)
        self.jobs = Jobs(self.file, FixedClock(1_000_000), lambda: self.follower.catalog.sequence)
        self.jobs.answer_with("search", answer)
        self.erasing = ErasingJobs(self.jobs, self.follower, KEYRING)
        self.opened.append(self.jobs)

    async def put(self, text: str, product: int = PRODUCT) -> str:
        return await self.put_as_it_is(asked_for(text), product)

    async def put_as_it_is(self, asked: str, product: int = PRODUCT) -> str:
        job = await self.jobs.begin(1, product, "search", asked)
        await until_told(partial(self.jobs.answer, job.id), bool)
        return job.id

    async def erase(self, *identities: str, product: int = PRODUCT) -> None:
        """Has it in the catalog."""
        self.sequence += 1
        hashes = tuple(KEYRING.keyed_hash(product, PERSON, one) for one in identities)
        entry = an_entry(self.sequence, VisitorsErased(product, hashes))
        await self.log.append([Append("catalog", 0, [an_entry_message(entry)])])

    async def read(self) -> None:
        """Carries out what the catalog has."""
        await self.follower.read_to_end()
        await self.erasing.catch_up()

    def sealed(self, id_: str) -> bytes:
        """What is asked, as it stands in the file."""
        with closing(sqlite3.connect(self.path)) as db:
            ((asked,),) = db.execute("SELECT asked FROM job WHERE id = ?", (id_,)).fetchall()
        return bytes(asked)


async def answer(job: Job) -> bytes:
    return b"somebody"


@pytest_asyncio.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    api = Api(tmp_path)
    await api.begin()
    yield api
    for jobs in api.opened:
        await jobs.close()


async def test_a_query_that_names_an_erased_person_goes_with_every_byte(api: Api) -> None:
    """The master secret opens what is in the file for as long as it is there; with the erasure left out it does."""
    ann, bob = await api.put(ANN), await api.put(BOB)
    of_ann, of_bob = api.sealed(ann), api.sealed(bob)
    await api.read()
    assert ANN in KEYRING.open(of_ann)
    assert [sealed in every_byte(api.path.parent) for sealed in (of_ann, of_bob)] == [True, True]

    await api.erase("visitor-17", ANN)
    await api.read()

    assert [await api.jobs.find(id_) is None for id_ in (ann, bob)] == [True, False]
    assert [sealed in every_byte(api.path.parent) for sealed in (of_ann, of_bob)] == [False, True]


async def test_a_question_within_a_question_is_looked_into(api: Api) -> None:
    """As an export has the question of its query."""
    job = await api.jobs.begin(1, PRODUCT, "search", json.dumps({"kind": "search", "put": asked_for(ANN)}))
    await api.erase(ANN)
    await api.read()

    assert await api.jobs.find(job.id) is None


@pytest.mark.parametrize("spelled", [f" {ANN} ", "Ann@Example.com", f"{ANN}\u200b"])
async def test_blanks_and_capitals_hide_nobody(api: Api, spelled: str) -> None:
    """Of somebody whose identity has none."""
    id_ = await api.put(spelled)
    await api.erase(ANN)
    await api.read()

    assert await api.jobs.find(id_) is None


SQL = "SELECT event, count(*) FROM records WHERE {} GROUP BY event"
NAMED_IN_A_STATEMENT = [
    SQL.format(f"person = '{ANN}'"),
    SQL.format(f"person IN('{BOB[:3]}','{ANN}')"),
    SQL.format(f"event LIKE '%{ANN}%' AND event <> 'it''s'"),
    SQL.format(f"1 = 1 /* of {ANN}, by mail */ AND event = 'that''s'"),
    f"SELECT '{ANN}' AS x FROM records -- it's {ANN}",
    f'SELECT 1 AS "{ANN}"',
    "SELECT 1 AS `Ann@Example.com`",
]


@pytest.mark.parametrize("statement", NAMED_IN_A_STATEMENT)
@pytest.mark.parametrize("is_exported", [False, True])
async def test_a_statement_that_names_an_erased_person_goes_with_every_byte(
    api: Api, statement: str, is_exported: bool
) -> None:
    """And so does an export of it, which has its question as a text."""
    asked = json.dumps({"sql": statement, "since": 0, "until": 9})
    of_ann = await api.put_as_it_is(json.dumps({"kind": "sql", "put": asked}) if is_exported else asked)
    of_bob = await api.put_as_it_is(asked.replace(ANN, BOB).replace("Ann@Example.com", BOB))
    sealed, other = api.sealed(of_ann), api.sealed(of_bob)
    await api.erase(ANN)
    await api.read()

    assert [await api.jobs.find(id_) is None for id_ in (of_ann, of_bob)] == [True, False]
    assert [each in every_byte(api.path.parent) for each in (sealed, other)] == [False, True]


@pytest.mark.parametrize(
    ("text", "identity", "is_so"),
    [
        ("first purchase of ann@example.com", "ann@example.com", True),
        ("of visitor 17 at (noon)", "visitor 17", True),
        ("person = 'O''Brien, the elder of two brothers'", "O'Brien, the elder of two brothers", True),
        ("person = 'ann'", "ann", True),
        ("ann@example.com.csv", "ann@example.com", True),
        ("buyers_ann@example.com-2026.csv.gz", "ann@example.com", True),
        ("Buyers of Ann@Example.com.csv", "ann@example.com", True),
        ("orders of ann smith.csv", "ann smith", True),
        ("x/bob.csv", "bob", True),
        ("bobby.csv", "bob", False),
        ("person = 'x' OR " * 20 + "f('a-ann@example.com.csv')", "ann@example.com", True),
        ("person = 'anna'", "ann", False),
        ("one two three four five", "one two three four", True),
        ("person = 'x' OR " * 20 + "of Anna Maria de Souza here", "Anna Maria de Souza", True),
        ("x/a-b-c-d-e-f-g-h-i-j-k-l.csv", "a-b-c-d-e-f-g-h-i-j-k-l", True),
        ("one two three four five", "one two three four five six", False),
    ],
)
def test_a_person_is_named_by_a_part_of_a_text(text: str, identity: str, is_so: bool) -> None:
    """As the label of a column has him, or a text in quotes."""
    assert names_one_of({"label": text}, {3}, {identity: 3}.get) is is_so


async def test_queries_of_another_product_and_later_ones_stay(api: Api) -> None:
    """A query that is put behind the erasure is about somebody new: or nobody is found."""
    other = await api.put(ANN, product=8)
    await api.erase(ANN)
    await api.read()
    later = await api.put(ANN)
    await api.erase(BOB)
    await api.read()

    assert [await api.jobs.find(id_) is None for id_ in (other, later)] == [False, False]


async def test_what_was_erased_while_a_process_was_away_goes_at_its_start(api: Api) -> None:
    """And what ended it when rows were gone, and bytes were not, is made up for."""
    ann, bob = await api.put(ANN), await api.put(BOB)
    of_ann, of_bob = api.sealed(ann), api.sealed(bob)
    api.file.take_away([bob])
    await api.jobs.close()
    await api.erase(ANN)
    await api.begin()
    task = asyncio.create_task(api.erasing.run())
    await until_it_holds(lambda: not any(sealed in every_byte(api.path.parent) for sealed in (of_ann, of_bob)))
    await cancel(task)

    assert await api.jobs.find(ann) is None


async def test_an_erasure_that_is_read_of_later_is_carried_out_and_each_is_looked_for_once(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task waits for the next one. While the file cannot be written it tries again, and ends only with its
    process.
    """
    monkeypatch.setattr(api.jobs, "retrying", Retrying(StoreError, 0.001))
    looks: list[int] = []
    take_away = api.jobs.take_away

    async def counting(goes: Callable[[Job], bool]) -> None:
        looks.append(api.follower.catalog.sequence)
        if len(looks) == 2:
            raise StoreError("full")
        await take_away(goes)

    monkeypatch.setattr(api.jobs, "take_away", counting)
    ann, bob = await api.put(ANN), await api.put(BOB)
    task = asyncio.create_task(api.erasing.run())
    await until_it_holds(lambda: looks == [0])
    for identity in (ANN, BOB):
        await api.erase(identity)
        await api.follower.read_to_end()
        id_ = ann if identity == ANN else bob
        await until_told(partial(api.jobs.find, id_), lambda job: job is None)
    await cancel(task)

    assert looks == [0, 1, 1, 2]


async def test_an_erasure_before_a_query_hides_no_later_one(api: Api) -> None:
    """Those that are looked at are the last ones, up to where the query began."""
    await api.erase(BOB)
    await api.read()
    ann = await api.put(ANN)
    await api.erase(ANN)
    await api.read()

    assert await api.jobs.find(ann) is None


class GatedFile(JobFile):
    """Has a job wait on its way into the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, KEYRING)
        self.is_adding, self.gate = Event(), Event()

    def add(self, job: Job) -> None:
        self.is_adding.set()
        self.gate.wait()
        super().add(job)


async def test_a_query_that_is_on_its_way_into_the_file_is_found(tmp_path: Path) -> None:
    """It knows of the entry before the erasure, so nobody else would look at it again."""
    file = GatedFile(tmp_path / "jobs.db")
    jobs = Jobs(file, FixedClock(1_000_000), lambda: 0)
    jobs.answer_with("search", answer)
    beginning = asyncio.create_task(jobs.begin(1, PRODUCT, "search", asked_for(ANN)))
    await until_it_holds(file.is_adding.is_set)
    erasing = asyncio.create_task(jobs.take_away(lambda job: True))
    for _ in range(10):  # were it not for the one on its way, the look would be over
        await in_thread(file.all)
    file.gate.set()
    job = await beginning
    await erasing
    found = await jobs.find(job.id)
    await jobs.close()

    assert found is None


def test_what_has_moved_within_the_file_goes_too(tmp_path: Path) -> None:
    """Rows that grow and go have others moved to other pages, and SQLite clears no page that is left so. With these
    sizes three answers would still be in the file.
    """
    file, sizes = JobFile(tmp_path / "jobs.db", KEYRING), Random(6)
    ids = [f"{nth:03}" for nth in range(40)]
    for id_ in ids:
        file.add(Job(id_, 1, PRODUCT, "x", "asked", 1))
    for id_ in ids:
        file.finish(id_, JobState.DONE, None, f"answer of {id_}, ".encode() * sizes.randint(1, 60))
    gone = [id_ for id_ in ids if sizes.random() < 0.5]
    sizes.shuffle(gone)
    file.take_away(gone)
    file.sweep()
    there = every_byte(tmp_path)
    file.close()

    assert [id_ for id_ in ids if f"answer of {id_},".encode() in there] == [id_ for id_ in ids if id_ not in gone]


def test_a_file_of_which_nothing_was_taken_away_is_not_written_anew(tmp_path: Path) -> None:
    """That takes as long as it is large, and an erasure is nothing to most of them."""
    path = tmp_path / "jobs.db"
    file = JobFile(path, KEYRING)
    for id_, began_ms in (("a", 1), ("b", 2)):
        file.add(Job(id_, 1, PRODUCT, "search", "asked", began_ms))
        file.finish(id_, JobState.DONE, None, bytes(100_000))
    file.forget(KEPT_MS + 1)
    file.sweep()
    file.close()
    before = path.stat().st_size
    file.take_away(["c"])
    for _ in range(2):
        file.sweep()
    file.forget(KEPT_MS + 2)
    file.sweep()
    file.close()
    after = path.stat().st_size

    assert (before > 200_000, 100_000 < after < 150_000) == (True, True)


async def test_while_somebody_reads_the_file_it_is_not_done(api: Api) -> None:
    """It is tried again until nothing is left."""
    of_ann = api.sealed(await api.put(ANN))
    await api.erase(ANN)
    with closing(sqlite3.connect(api.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM job").fetchall()
        with pytest.raises(StoreError, match="still in it"):
            await api.read()
        reader.execute("COMMIT")
    await api.erasing.catch_up()

    assert of_ann not in every_byte(api.path.parent)


async def test_what_runs_of_it_ends(api: Api) -> None:
    running = asyncio.Event()
    cancelled = asyncio.Event()

    async def never(job: Job) -> bytes:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return b""

    api.jobs.answer_with("search", never)
    await api.jobs.begin(1, PRODUCT, "search", asked_for(ANN))
    await running.wait()
    await api.erase(ANN)
    await api.read()

    assert cancelled.is_set()


async def test_where_there_is_no_file_none_is_made(api: Api) -> None:
    await api.erase(ANN)
    await api.read()

    assert not api.path.exists()


async def test_a_file_of_a_former_release_is_read_on(api: Api) -> None:
    """Of its jobs nobody knows since when they are, so each erasure is later."""
    ann, bob = await api.put(ANN), await api.put(BOB)
    await api.jobs.close()
    with closing(sqlite3.connect(api.path)) as db:
        db.execute("ALTER TABLE job DROP COLUMN since")
    await api.erase(ANN)
    await api.begin()
    await api.read()

    assert [await api.jobs.find(id_) is None for id_ in (ann, bob)] == [True, False]


def test_texts_are_found_wherever_they_stand() -> None:
    said = {"a": ["x", {"b": "y"}], "c": 5, "d": None, "e": {"f": [["z"]]}}
    within = json.dumps({"query": json.dumps(said)})

    assert sorted(texts_in(said)) == ["a", "b", "c", "d", "e", "f", "x", "y", "z"]
    assert set(texts_in(said)) | {"query"} < set(texts_in(within))
    assert list(texts_in("{no JSON")) == ["{no JSON"]
    assert names_one_of(said, {3}, {"y": 3}.get)
    assert not names_one_of(said, {3}, {"w": 3}.get)
