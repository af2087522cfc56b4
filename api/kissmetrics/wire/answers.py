"""Answers of the Core API: links, the envelope of a list, its pages, times.

page_links("http://h/core/products", Page(6, 1, 1))   first, last, next, prev: each with limit and offset
enveloped("http://h/core/products", Page(6, 0, 20), items)   {"links":[..],"pagination":{..},"data":[..]}
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

Link = dict[str, str | bool]
Resource = dict[str, Any]


class Page(NamedTuple):
    """Which part of a list an answer has: `limit` items from `offset` on, of `total`."""

    total: int
    offset: int
    limit: int


def link(rel: str, name: str, href: str, *, templated: bool = False) -> Link:
    """A link; a templated one is a URI template as RFC 6570 has them."""
    return {"templated": templated, "href": href, "rel": rel, "name": name}


def page_links(url: str, page: Page) -> list[Link]:
    """To the first and the last page always, to the next one and the one before where there is one."""
    last = max(0, page.total - 1) // page.limit * page.limit
    links = [_page_link("first", "First", url, page.limit, 0), _page_link("last", "Last", url, page.limit, last)]
    following = page.offset + page.limit
    if following < page.total:
        links.append(_page_link("next", "Next", url, page.limit, following))
    if page.offset > 0:
        links.append(_page_link("prev", "Previous", url, page.limit, max(0, page.offset - page.limit)))
    return links


def _page_link(rel: str, name: str, url: str, limit: int, offset: int) -> Link:
    return link(rel, name, f"{url}?limit={limit}&offset={offset}")


def enveloped(url: str, page: Page, items: Iterable[Resource]) -> Resource:
    """A list as Kissmetrics' own scripts read it."""
    return {"links": page_links(url, page), "pagination": page._asdict(), "data": list(items)}


def with_z(at_ms: int) -> str:
    """A time as accounts have it, `2013-10-04T04:56:57Z`."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}Z"


def with_offset(at_ms: int) -> str:
    """A time as everything else has it, `2013-10-04T05:01:07+00:00`."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).isoformat()
