"""What StatsMix's lane remembers of keys, and when it forgets: the follower tells it of facts about keys."""

import pytest

from testkit.edges import KEYRING
from testkit.lane_talks import FORM, Request
from testkit.statsmix import API_KEY, OTHER_API_KEY, StatsMixEdge, a_statsmix_edge
from testkit.wire import Wires
from tilde.catalog import follower
from tilde.domain.catalog.accounts import KeyRevoked, KeyStored
from tilde.domain.catalog.entries import Fact
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.subaccounts import SubaccountClosed


async def tracked(edge: StatsMixEdge, key: str) -> bytes:
    """The status of one `track` over a connection."""
    wire = Wires(edge.app).open()
    wire.send(Request("POST", "/api/v2/track", (f"api_key={key}&name=a".encode(),), (FORM,)).wire)
    await wire.settled()
    return wire.written[9:12]


@pytest.mark.parametrize(
    "fact",
    [
        KeyRevoked(1, KeyKind.API_KEY),
        KeyStored(1, KEYRING.store(KeyKind.API_KEY, "another")),
        SubaccountClosed(1),
    ],
    ids=["revoked", "replaced", "closed"],
)
async def test_a_key_that_was_remembered_ends_with_the_fact_that_ends_it(
    fact: Fact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next `track` is refused; that of another account is taken as before."""
    monkeypatch.setattr(follower, "LOOK_AGAIN_S", 0.0)
    edge = await a_statsmix_edge()
    assert await tracked(edge, API_KEY) == b"200"

    await edge.decide(fact)
    await edge.follower.read_to_end()

    assert await tracked(edge, API_KEY) == b"401"
    assert await tracked(edge, OTHER_API_KEY) == b"200"
