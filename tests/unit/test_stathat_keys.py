"""What StatHat's dialect remembers of ezkeys, and when it forgets: the follower tells it of facts about keys."""

import pytest

from producers.stathat.keys import Keys
from testkit.builders import an_account_created
from testkit.edges import KEYRING, MemoryEdge
from testkit.stathat import EZKEY, OK, an_edge, ez, failure
from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.account_switches import AccountChanged
from tilde.domain.catalog.accounts import KeyRevoked, KeyStored
from tilde.domain.catalog.entries import Fact
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account
from tilde.domain.catalog.stats import StatCommented
from tilde.domain.catalog.subaccounts import SubaccountClosed

NEW = KEYRING.store(KeyKind.EZKEY, "NEW")


class CountingLookup(KeyLookup):
    """Counts how often a key is looked for."""

    asked = 0

    def known(self, kind: KeyKind, key: str) -> Account | None:
        self.asked += 1
        return super().known(kind, key)


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        (KeyRevoked(1, KeyKind.EZKEY), "invalid ezkey"),
        (KeyStored(1, NEW), "invalid ezkey"),
        (AccountChanged(1, ez=False, email_key=True), "ez api is off"),
        (SubaccountClosed(1), "invalid ezkey"),
    ],
    ids=["revoked", "replaced", "switched off", "closed"],
)
async def test_an_ezkey_that_was_remembered_ends_with_the_fact_that_ends_it(fact: Fact, told: str) -> None:
    """The next post is refused; that of another account is taken as before."""
    edge = await an_edge()
    assert (await ez(edge, "stat=a&count=1")).body == OK

    await edge.decide(fact)
    await edge.follower.read_to_end()

    assert (await ez(edge, "stat=a&count=1")).body == failure(told)
    assert (await ez(edge, "stat=a&count=1", "OTHER")).body == OK


@pytest.mark.parametrize(
    ("fact", "asked"),
    [
        (StatCommented(1, 7, "text"), 1),
        (an_account_created(2, "other"), 2),
        (KeyStored(1, KEYRING.store(KeyKind.TOKEN, "TOKEN")), 2),
    ],
    ids=["of a stat", "a new account", "a new key"],
)
async def test_an_ezkey_is_looked_up_once_until_the_catalog_says_something_of_keys(fact: Fact, asked: int) -> None:
    """However often it posts; what is said of stats costs it nothing."""
    edge = MemoryEdge()
    lookup = CountingLookup(edge.follower, KEYRING)
    keys = Keys(edge.follower, lookup, KEYRING)
    await edge.decide(an_account_created(1, "shop", keys=(KEYRING.store(KeyKind.EZKEY, EZKEY),)))
    await edge.follower.read_to_end()
    assert all(keys.known_ez_account(EZKEY) for _ in range(3))

    await edge.decide(fact)
    await edge.follower.read_to_end()

    assert all(keys.known_ez_account(EZKEY) for _ in range(3))
    assert lookup.asked == asked
