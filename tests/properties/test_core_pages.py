"""Pages of a Core API list: their links lead through all of it, and back to where it begins."""

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from api.kissmetrics.wire.answers import Page, enveloped

URL = "http://tilde/core/metrics"


def places(total: int, offset: int, limit: int) -> dict[str, int]:
    """Where each link of a page leads, by its relation."""
    links = enveloped(URL, Page(total, offset, limit), [])["links"]
    queries = {str(link["rel"]): dict(parse_qsl(str(link["href"]).removeprefix(f"{URL}?"))) for link in links}
    assert {query["limit"] for query in queries.values()} == {str(limit)}
    return {rel: int(query["offset"]) for rel, query in queries.items()}


@given(total=st.integers(0, 300), limit=st.integers(1, 50))
def test_next_leads_through_each_item_once_and_ends_on_the_last_page(total: int, limit: int) -> None:
    seen: list[int] = []
    offset: int | None = 0
    while offset is not None:
        last, links = offset, places(total, offset, limit)
        seen += range(total)[offset : offset + limit]
        offset = links.get("next")
    assert seen == list(range(total))
    assert last == links["last"]


@given(total=st.integers(0, 300), offset=st.integers(0, 400), limit=st.integers(1, 50))
def test_prev_leads_back_to_the_first_item(total: int, offset: int, limit: int) -> None:
    while offset:
        links = places(total, offset, limit)
        assert ("next" in links) == (offset + limit < total)
        assert links["prev"] == max(0, offset - limit)
        offset = links["prev"]
    assert "prev" not in places(total, 0, limit)
    assert places(total, 0, limit)["first"] == 0
