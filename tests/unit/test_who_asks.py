"""Whose turn it is: by network and by the key that somebody asks with, where his path's dialect has it."""

import pytest
from starlette.requests import Request

from producers.web.asker import asker
from testkit import pixels


def asked(address: str, target: str = "/x/TOKEN/statlist", authorization: str = "", **others: str) -> Request:
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in others.items()]
    headers += [(b"authorization", authorization.encode())] if authorization else []
    path, _, query = target.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": headers}
    return Request({**scope, "client": (address, 1)})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (asked("1.1.1.1"), asked("1.1.1.1", "/x/TOKEN/data/A")),
        (asked("2001:db8::1"), asked("2001:db8::ffff:2")),
        (asked("::ffff:1.1.1.1"), asked("1.1.1.1")),
        (asked("1.1.1.1", "/tilde/v1/stats", "Bearer A"), asked("1.1.1.1", "/tilde/v1/export", "Bearer A")),
    ],
)
def test_these_are_one(one, other):
    assert asker(one) == asker(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (asked("1.1.1.1"), asked("1.1.1.2")),
        (asked("1.1.1.1"), asked("1.1.1.1", "/x/OTHER/statlist")),
        (asked("2001:db8::1"), asked("2001:db8:0:1::1")),
        (asked("1.1.1.1", "/tilde/v1/stats", "Bearer A"), asked("1.1.1.1", "/tilde/v1/stats", "Bearer B")),
    ],
)
def test_these_are_two(one, other):
    assert asker(one) != asker(other)


@pytest.mark.parametrize(
    ("target", "headers", "key"),
    [
        ("/pixels/sites", {}, ""),
        ("/pixels/sites", {"authorization": "Bearer A"}, ""),
        ("/pixels/sites", {"x_pixels_key": "K"}, "K"),
        ("/pixels/sites?auth=A&x=1", {"x_pixels_key": "K"}, "K"),
        ("/pixels/sites?x=1&auth=A%20B", {}, "A B"),
        ("/12px.js?admin_auth=A", {}, "A"),
        ("/12px.js?admin_auth=A&auth=B", {}, "B"),
        ("/12px.js?other=A", {}, ""),
        ("/nobodys?auth=A", {"authorization": "Bearer A"}, "Bearer A"),
        ("/api/v2/stats?api_key=A", {}, "A"),
        ("/api/v2/stats?api_key=A", {"x_statsmix_token": "B"}, "B"),
        ("/x/TOKEN/statlist?auth=A", {}, "/x/TOKEN"),
    ],
)
def test_the_key_is_where_the_dialect_has_it(target, headers, key):
    """In a header of its own, in a parameter of its own, the first that its record says; not where another has it."""
    with pixels.known():
        assert asker(asked("1.1.1.1", target, **headers)).token == key
