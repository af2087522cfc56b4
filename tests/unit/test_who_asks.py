"""Whose turn it is: by network and by what somebody asks with."""

import pytest
from starlette.requests import Request

from producers.web.query_api import _who


def asked(address: str, path: str = "/x/TOKEN/statlist", authorization: str = "") -> Request:
    headers = [(b"authorization", authorization.encode())] if authorization else []
    return Request({"type": "http", "method": "GET", "path": path, "headers": headers, "client": (address, 1)})


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
    assert _who(one) == _who(other)


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
    assert _who(one) != _who(other)
