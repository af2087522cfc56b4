"""Keys that an edge remembers: looked up once, until the catalog says something of keys, and not more than there is room
for.
"""

import pytest

from testkit.builders import an_account_created
from testkit.edges import KEYRING, MemoryEdge
from tilde.catalog import remembered_keys
from tilde.catalog.key_lookup import KeyLookup
from tilde.catalog.remembered_keys import SPELLINGS_MAX, RememberedKeys
from tilde.domain.catalog.accounts import KeyStored
from tilde.domain.catalog.entries import Fact
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account
from tilde.domain.catalog.stats import StatCommented

KEY, OTHER = "0123456789abcdef0001", "0123456789abcdef0002"


class World:
    """An edge with two accounts, and what it remembers; counts how often a key is looked for."""

    def __init__(self) -> None:
        self.edge = MemoryEdge()
        self._lookup = KeyLookup(self.edge.follower, KEYRING)
        self.keys = RememberedKeys(self.edge.follower, self._find)
        self.looked_for = 0

    def _find(self, key: str) -> Account | None:
        self.looked_for += 1
        return self._lookup.known(KeyKind.API_KEY, key)

    async def decide(self, *facts: Fact) -> None:
        await self.edge.decide(*facts)
        await self.edge.follower.read_to_end()

    def costs(self, key: str, times: int = 2) -> int:
        """How many look-ups so many posts need."""
        before = self.looked_for
        for _ in range(times):
            self.keys[key]
        return self.looked_for - before


@pytest.fixture
async def world() -> World:
    world = World()
    for nth, key in enumerate((KEY, OTHER), 1):
        await world.decide(an_account_created(nth, f"shop {nth}", keys=(KEYRING.store(KeyKind.API_KEY, key),)))
    return world


@pytest.mark.parametrize(
    ("fact", "looks"),
    [
        (StatCommented(1, 7, "text"), 0),
        (an_account_created(3, "another"), 1),
        (KeyStored(1, KEYRING.store(KeyKind.TOKEN, "TOKEN")), 1),
    ],
    ids=["of a stat", "a new account", "a new key"],
)
async def test_a_key_is_looked_up_once_until_the_catalog_says_something_of_keys(
    world: World, fact: Fact, looks: int
) -> None:
    """However often it posts; what is said of stats costs it nothing."""
    assert world.costs(KEY, times=5) == 1

    await world.decide(fact)

    assert world.costs(KEY, times=5) == looks


async def test_a_key_that_is_nobodys_is_looked_for_each_time(world: World) -> None:
    """It may be made meanwhile."""
    assert world.keys["nobody's"] is None
    assert world.costs("nobody's") == 2


async def test_of_one_accounts_spellings_few_are_remembered(world: World) -> None:
    """A key with blanks around it is another one each time. All are known; the first, and other accounts', stay."""
    assert world.costs(KEY) == world.costs(OTHER) == 1
    for blanks in range(1, 100):
        assert world.keys[KEY + " " * blanks] is not None

    assert world.costs(KEY + " " * (SPELLINGS_MAX - 1)) == 0
    assert world.costs(KEY + " " * SPELLINGS_MAX) == 2
    assert world.costs(KEY) == world.costs(OTHER) == 0


async def test_a_spelling_that_is_longer_than_any_key_is_known_and_not_remembered(world: World) -> None:
    """Fifty thousand of half a megabyte would fill any memory."""
    long = KEY + "\u200b" * 500_000
    assert world.keys[long] is not None
    assert world.costs(long) == 2


async def test_no_more_are_remembered_than_there_is_room_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then all are looked up once more."""
    monkeypatch.setattr(remembered_keys, "KEYS_MAX", 1)
    assert world.costs(KEY) == world.costs(OTHER) == 1
    assert world.costs(KEY) == 1
