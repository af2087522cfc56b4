"""When a person is erased, the queries that name him go: with every byte, in every process that keeps some."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from api.jobs.erasing import ErasingJobs
from api.jobs.job import Job
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
from tilde.runtime.tasks import cancel
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
