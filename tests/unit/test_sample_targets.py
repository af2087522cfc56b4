"""Which name an event carries: the same by name and by id, for numbers that can be changed and for those that cannot."""

import httpx
import pytest

from producers.stats.sample_targets import SampleTargets
from producers.stats.stat_targets import StatTargets
from producers.web.query_api import QueryApi
from producers.web.questions import Questions
from testkit.statsmix import ORDERS, StatsMixEdge, a_statsmix_edge
from tilde.domain.catalog.stat_settings import StatRenamed
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.schemas.hot import posted_name

HEIR = 77


def renamed(*names: str) -> list[StatRenamed]:
    """`orders` gets these names, one after the other; what it gives up goes to heirs."""
    was = ("orders", *names)
    return [StatRenamed(1, ORDERS, Kind.COUNTER, was[number], name, HEIR + number) for number, name in enumerate(names)]


async def an_edge(called: str, *facts: StatRenamed) -> StatsMixEdge:
    edge = await a_statsmix_edge()
    edge.api.stats[1, ORDERS] = ("counter", called)
    await edge.decide(*facts)
    await edge.follower.read_to_end()
    return edge


def samples(edge: StatsMixEdge, kind: Kind = Kind.COUNTER) -> SampleTargets:
    catalog = edge.follower.catalog
    return SampleTargets(edge.follower, Questions(QueryApi(httpx.ASGITransport(edge.api)), catalog, "token"), kind)


@pytest.mark.parametrize(
    ("names", "called", "carried"),
    [
        ((), "orders", "orders"),
        (("sales",), "sales", None),
        (("sales", "orders"), "orders", "orders"),
        (("sales", "orders", "sales"), "sales", None),
    ],
)
async def test_an_event_carries_the_name_that_its_id_follows_from_and_no_later_one(names, called, carried):
    """However the stat is named: by the name that it has, or by its id."""
    edge = await an_edge(called, *renamed(*names))
    catalog, targets = edge.follower.catalog, samples(edge)

    by_id = await targets.of_id(catalog.accounts[1], ORDERS)
    assert by_id == targets.named(1, called)
    assert by_id is not None
    assert (by_id.metric, by_id.name) == (ORDERS, carried)
    assert StatTargets(edge.follower, spreads=False)[1, Kind.COUNTER, called].name == posted_name(
        1, ORDERS, Kind.COUNTER, carried
    )


async def test_an_heir_carries_the_name_that_was_left_to_it():
    edge = await an_edge("sales", *renamed("sales"))
    heir = samples(edge).named(1, "orders")

    assert (heir.metric, heir.name) == (HEIR, "orders")


async def test_a_stat_is_of_the_kind_that_its_dialect_makes():
    edge = await an_edge("orders")
    target = samples(edge, Kind.VALUE).named(1, "orders ~ late")

    assert (target.kind, target.metric) == (Kind.VALUE, metric_id(1, Kind.VALUE, "orders ~ late"))
    assert target.name == "orders ~ late"
