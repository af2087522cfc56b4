"""A person is erased under all of his identities, whatever breaks off between them; and what names him is told."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from producers.admin import people as module
from producers.admin.erasures import Erasures
from producers.admin.errors import UnknownProductError
from producers.admin.kept_metrics import KeptMetrics
from producers.admin.people import People
from producers.admin.saved_reports import SavedReports
from producers.edge.command_desk import CommandDesk
from producers.web.questions import Questions
from testkit.builders import an_account_created
from testkit.edges import KEYRING
from testkit.erasures import SITE, Edge, World
from tilde.domain.catalog.definition_records import MetricCounts, MetricDefinition
from tilde.domain.catalog.entries import Action, Entry
from tilde.domain.catalog.kept_metrics import MetricKept
from tilde.domain.catalog.saved_reports import ReportSaved
from tilde.domain.people.activity import PERSON
from tilde.domain.people.metric import MetricKind, had_json
from tilde.domain.people.question import Compared, Comparison, Had
from tilde.keys.keyholders import Identity

IDENTITIES = ("visitor-17", "ann@example.com", "ann")
BOB = "bob@example.com"


class Desk:
    """Decides as the world does, but for the commands that are `lost`, counted from the first."""

    def __init__(self, world: World, edge: Edge) -> None:
        self.world = world
        self.edge = edge
        self.asked = 0
        self.lost: set[int] = set()

    async def ask(self, action: Action) -> Entry:
        self.asked += 1
        if self.asked in self.lost:
            raise TimeoutError
        entry = await self.world.ask(action)
        await self.edge.follower.read_to_end()
        return entry


class Tables:
    """What the query API says of Ann's identities: of others nothing."""

    def __init__(self) -> None:
        self.identities = IDENTITIES

    async def person(self, product: int, identity: str) -> list[int]:
        return [number_of(one) for one in self.identities] if identity.strip() in self.identities else []


class Place:
    def __init__(self, world: World, edge: Edge) -> None:
        self.edge = edge
        self.world = world
        self.desk, self.tables = Desk(world, edge), Tables()
        desk, catalog, questions = cast("CommandDesk", self.desk), world.catalog, cast("Questions", self.tables)
        self.people = People(
            Erasures(desk, catalog, KEYRING),
            SavedReports(desk, catalog, KEYRING, questions),
            KeptMetrics(desk, catalog, KEYRING),
            catalog,
            KEYRING,
            questions,
        )
        self.sealed = {one: edge.knows(Identity(SITE, PERSON, one)) for one in (*IDENTITIES, BOB)}

    async def erase(self, identity: str, product: int = SITE) -> Any:
        return await self.people.erase(product, identity, self.edge.erasing.of)

    def opened(self) -> list[str]:
        """Whose keys are there."""
        return [one for one, sealed in self.sealed.items() if self.edge.opens(sealed)]


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    world = World()
    edge = await world.edge(tmp_path)
    await world.take(an_account_created(SITE, "shop"))
    await edge.follower.read_to_end()
    yield Place(world, edge)
    edge.file.close()


def number_of(identity: str) -> int:
    return KEYRING.keyed_hash(SITE, PERSON, identity)


@pytest.mark.parametrize("by", [*IDENTITIES, " ann@example.com "])
async def test_a_person_is_erased_under_all_of_his_identities(place: Place, by: str) -> None:
    """By whichever, and by one command: nothing comes between."""
    erased = await place.erase(by)

    assert (erased.identities, erased.erased, erased.known, erased.named_by) == (3, 3, True, [])
    assert place.opened() == [BOB]
    assert place.desk.asked == 1


@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_what_breaks_off_between_identities_is_finished_by_who_asks_again(
    place: Place, lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they are too many for one command. Who asks again is told of what was not told."""
    monkeypatch.setattr(module, "HASHES_MAX", 1)
    place.desk.lost = {lost}
    with pytest.raises(TimeoutError):
        await place.erase("ann")
    assert len(place.opened()) == 1 + 3 - (lost - 1)

    erased = await place.erase("ann")

    assert erased.identities == 3
    assert place.opened() == [BOB]
    assert (await place.erase("ann")).erased == 0


async def test_an_identity_that_no_table_has_is_erased_by_itself(place: Place) -> None:
    """As of an alias that was put aside, or of a product that is gone."""
    place.tables.identities = ()
    erased = await place.erase(BOB)

    assert (erased.identities, erased.erased, erased.known) == (1, 1, False)
    assert place.opened() == [*IDENTITIES]
    with pytest.raises(UnknownProductError):
        await place.erase(BOB, SITE + 1)


def a_report(number: int, name: str, text: str) -> ReportSaved:
    body = KEYRING.seal(f'{{"filter": {{"property": "mail", "comparison_string": "{text}"}}}}')
    return ReportSaved(SITE, f"00000000-0000-4000-8000-{number:012}", name, "people_search_v2", body)


async def test_reports_and_metrics_that_name_him_are_told(place: Place) -> None:
    """By any of his identities, in whatever case and with whatever blanks; by their own names, too."""
    for number, (name, text) in enumerate(
        [("By mail", " Ann@example.com"), ("By plan", "Gold"), ("ann", "Gold"), ("Of another", BOB)]
    ):
        await place.world.take(a_report(number, name, text))
    sealed = KEYRING.seal(had_json(Had("who", Compared(Comparison.EQUALS, "visitor-17", ""))))
    counts = MetricCounts(MetricKind.PEOPLE, "bought", "", "", sealed)
    await place.world.take(MetricKept(SITE, "00000000-0000-4000-8000-000000000009", counts, MetricDefinition("Sold")))

    erased = await place.erase("ann@example.com")

    assert [(one["kind"], one["name"]) for one in erased.named_by] == [
        ("report", "By mail"),
        ("report", "ann"),
        ("metric", "Sold"),
    ]
    assert erased.named_by[0]["id"] == "00000000-0000-4000-8000-000000000000"
