"""Accounts that an account makes and manages, through the real edge and decider: what a dialect's calls will do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from producers.admin.accounts import Accounts
from producers.admin.errors import KeyNotMadeError, UnfitError
from producers.admin.products import Products
from producers.admin.resellers import Resellers
from producers.admin.subaccounts import Subaccounts
from producers.edge.command_desk import CommandRefusedError
from producers.wiring import open_embedded_edge
from testkit.deciding import deciding
from testkit.edges import KEYRING
from tilde.catalog.subaccounts import Details
from tilde.data_folder import catalog_path
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.switches import Switch
from tilde.eventlog.bell import Bell
from tilde.runtime.clock import SystemClock

JOHN = Details("john@example.com", "John Doe", "Example Inc.", "developer", "https://example.com")


class Place:
    """The commands over an open edge, with two accounts that may be partners."""

    def __init__(self, data: Path, accounts: Accounts, subaccounts: Subaccounts, catalog: Catalog) -> None:
        self.data, self.accounts, self.subaccounts, self.catalog = data, accounts, subaccounts, catalog
        self.agency, self.rival = 1, 2


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    bell, clock = Bell(tmp_path / "bell.sock", serves=False), SystemClock()
    async with deciding(tmp_path, bell, clock), AsyncExitStack() as stack:
        edge = await open_embedded_edge(tmp_path, KEYRING, clock, bell, stack)
        catalog = edge.follower.catalog
        products, resellers = Products(edge.desk, catalog, KEYRING), Resellers(edge.desk, catalog)
        accounts = Accounts(edge.desk, catalog, KEYRING, products, resellers)
        await accounts.create("agency", None, "", {})
        await accounts.create("rival", None, "", {})
        yield Place(tmp_path, accounts, Subaccounts(edge.desk, catalog, KEYRING), catalog)


async def test_an_account_that_was_made_is_found_by_id_key_and_address(place: Place) -> None:
    """By its partner alone. Its address is no key of a post, since nobody asked for that."""
    made = await place.subaccounts.create(place.agency, JOHN)
    key = place.accounts.show(made)["api_key"]

    for said in (str(made.id), key):
        assert place.subaccounts.known.found(place.agency, said, KeyKind.API_KEY) == made
        assert place.subaccounts.known.found(place.rival, said, KeyKind.API_KEY) is None
    assert place.subaccounts.known.with_email(place.agency, "JOHN@example.com") == made
    assert place.subaccounts.known.with_email(place.rival, "john@example.com") is None
    assert place.subaccounts.known.details_of(made) == JOHN
    assert not made.is_on(Switch.EMAIL_KEY)
    assert made.name == f"agency {made.id}"
    assert place.subaccounts.known.of(place.agency) == [made]
    for nobody in ("1", "99", "", "x", "٣", "9" * 400):
        assert place.subaccounts.known.found(place.agency, nobody, KeyKind.API_KEY) is None


async def test_a_known_address_is_the_account_that_it_has(place: Place) -> None:
    """Of twenty at once one is made; another partner is refused, and told of nobody."""
    made = await asyncio.gather(*(place.subaccounts.create(place.agency, JOHN) for _ in range(20)))

    assert {account.id for account in made} == {3}
    assert await place.subaccounts.create(place.agency, Details("john@example.com", "Another")) == made[0]
    with pytest.raises(CommandRefusedError, match="another account has that key"):
        await place.subaccounts.create(place.rival, JOHN)


async def test_what_is_said_of_an_account_changes_and_its_old_address_is_free(place: Place) -> None:
    """The address is unique over all accounts, whoever made them."""
    made = await place.subaccounts.create(place.agency, JOHN)
    await place.subaccounts.create(place.rival, Details("taken@example.com"))

    changed = await place.subaccounts.change(made, Details("new@example.com", "Jane"))
    assert place.subaccounts.known.details_of(changed) == Details("new@example.com", "Jane")
    assert place.subaccounts.known.with_email(place.agency, "john@example.com") is None
    await place.subaccounts.change(changed, Details("new@example.com", "Jane Doe"))
    with pytest.raises(CommandRefusedError, match="another account has that key"):
        await place.subaccounts.change(made, Details("taken@example.com"))
    await place.subaccounts.create(place.rival, JOHN)


async def test_an_account_that_is_closed_has_no_keys_and_is_its_partners_no_more(place: Place) -> None:
    """What it counted stays; its address is free, its name is not."""
    made = await place.subaccounts.create(place.agency, JOHN)
    shown = place.accounts.show(made)
    await place.subaccounts.close(made)

    closed = place.catalog.accounts[made.id]
    assert (closed.is_closed, closed.keys, closed.details) == (True, {}, None)
    assert not place.catalog.products[closed.product].keys
    assert place.subaccounts.known.found(place.agency, shown["api_key"], KeyKind.API_KEY) is None
    assert place.subaccounts.known.found(place.agency, str(made.id), KeyKind.API_KEY) is None
    assert place.subaccounts.known.of(place.agency) == []
    assert place.accounts.show(closed).items() >= {"made_by": "agency", "is_closed": True, "api_key": None}.items()
    with pytest.raises(CommandRefusedError, match="no account of that name"):
        await place.accounts.rotate(closed.name, KeyKind.TOKEN, None)
    with pytest.raises(CommandRefusedError, match="made no such account"):
        await place.subaccounts.close(closed)
    again = await place.subaccounts.create(place.agency, JOHN)
    assert again.id != made.id


@pytest.mark.parametrize(
    ("details", "error"),
    [
        (Details(), KeyNotMadeError),
        (Details("nobody"), KeyNotMadeError),
        (Details("a@b.example", "a\nb"), UnfitError),
        (Details("a@b.example", plan="p" * 2_001), UnfitError),
    ],
)
async def test_what_cannot_be_said_of_an_account_is_refused(
    place: Place, details: Details, error: type[Exception]
) -> None:
    """Before anything is asked of the catalog."""
    sequence = place.catalog.sequence
    with pytest.raises(error):
        await place.subaccounts.create(place.agency, details)
    assert place.catalog.sequence == sequence


async def test_who_it_is_stands_in_no_log(place: Place) -> None:
    """Neither in what was asked, nor in what was decided."""
    await place.subaccounts.create(place.agency, JOHN)
    files = [path for path in place.data.rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files)

    assert catalog_path(place.data) in files
    assert b"agency" in content
    for said in (b"john@example.com", b"John Doe", b"Example Inc."):
        assert said not in content
