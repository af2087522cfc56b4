"""What the edge asks the query API, and what it knows without."""

import httpx
import pytest

from producers.web.query_api import QueryApi, QueryApiAwayError
from producers.web.questions import Questions
from testkit.builders import a_catalog, an_account_created
from tilde.domain.catalog.stat_settings import StatRenamed
from tilde.domain.catalog.stats import StatCreated, StatDeleted
from tilde.domain.stats.metrics import Kind

FACTS = (an_account_created(1, "shop"), StatCreated(1, 77, Kind.VALUE, "load"))


def away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


async def test_a_stat_that_was_made_by_command_is_known_while_the_query_api_is_away() -> None:
    """Under today's name. Whether there is one that was deleted, or made by posts, only the tables say."""
    renamed = StatRenamed(1, 77, Kind.VALUE, "load", "weight", None)
    api = QueryApi(httpx.MockTransport(away))

    assert await Questions(api, a_catalog(*FACTS), "t").stat(1, 77) == (Kind.VALUE, "load")
    assert await Questions(api, a_catalog(*FACTS, renamed), "t").stat(1, 77) == (Kind.VALUE, "weight")
    for catalog, metric in ((a_catalog(*FACTS, StatDeleted(1, 77)), 77), (a_catalog(*FACTS), 78)):
        with pytest.raises(QueryApiAwayError):
            await Questions(api, catalog, "t").stat(1, metric)
    await api.close()
