"""Kissmetrics' real clients, unmodified, at a Tilde: each is content by its own idea, and what it said stands in topic
`activity` exactly.
"""

from typing import Any

import pytest

from testkit.activity import people_of
from tests.clients.tracking_runners import CLIENTS, Call, TrackingClient
from tilde.runtime.clock import SystemClock

pytestmark = [pytest.mark.clients, pytest.mark.e2e]

T = 1262304000


def calls_of(client: TrackingClient) -> list[Call]:
    """All that a client can say, with and without a time."""
    plan = "Gold+1 & Co=x" if client.escapes else "Gold Größe"
    said: dict[str, str | float] = {"Plan Type": plan, "Amount": 99.95, "Phone:Home": "0664123456"}
    return [
        Call("event", "bob@example.com", "Signed Up", properties=said),
        Call("event", "bob@example.com", "Signed:Up", properties={"é": "ü"}, t=T),
        Call("event", "bob@example.com", "Visited"),
        Call("set", "bob@example.com", properties={"Visits": 3}),
        Call("set", "bob@example.com", properties={"Visits": 4, "From": "Wien"}, t=T + 1),
        Call("alias", "visitor 17", other="bob@example.com"),
    ]


@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_a_real_client_is_content_and_what_it_said_stands_in_the_log(client: TrackingClient, tilde_up: Any) -> None:
    """What it calls success is what it sees. Identities by their hashes, numbers in plain, texts as the key opens them."""
    if why := client.missing():
        pytest.skip(why)
    tilde_up.start_unless_it_runs()
    product = tilde_up.make_account(f"tracked by {client}")["product"]
    calls, clock = calls_of(client), SystemClock()

    first_s = clock.now_ms() // 1000
    saw = client.call(tilde_up.url, product["tracking_key"], calls)
    last_s = clock.now_ms() // 1000

    assert saw == [client.content] * len(calls)
    done = people_of(tilde_up.data, product["id"])
    assert [(each.act, each.person, each.name, each.other) for each in done] == [
        ("event", "bob@example.com", "signed up", None),
        ("event", "bob@example.com", "signed up", None),
        ("event", "bob@example.com", "visited", None),
        ("set", "bob@example.com", None, None),
        ("set", "bob@example.com", None, None),
        ("alias", "visitor 17", None, "bob@example.com"),
    ]
    assert [each.properties for each in done] == [
        {"plan type": calls[0].properties["Plan Type"], "amount": 99.95, "phone home": "0664123456"},
        {"é": "ü"},
        {},
        {"visits": 3.0},
        {"visits": 4.0, "from": "Wien"},
        {},
    ]
    assert [each.at for each, call in zip(done, calls, strict=True) if call.t is not None] == [T, T + 1]
    assert all(first_s <= each.at <= last_s for each, call in zip(done, calls, strict=True) if call.t is None)
