"""No request costs the edge more than a moment, whatever is in it."""

import pytest

from producers.stathat.posts import BODY_BYTES_MAX
from testkit.asking import FORM, JSON, ask
from testkit.stathat import OK, AnEdge, Posted, an_edge, failure

COUNT_OF_ONE = [Posted("counter", "a", 1.0, None)]


@pytest.fixture
async def edge() -> AnEdge:
    return await an_edge()


# What stands in the way of attackers.


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "body",
    [
        b'{"' + b'\\"' * (BODY_BYTES_MAX // 2 - 1),
        b"," * BODY_BYTES_MAX,
        b'""' * (BODY_BYTES_MAX // 2),
        b'\xe9"' * (BODY_BYTES_MAX // 2),
        b":" * BODY_BYTES_MAX,
        b"," + b" " * (BODY_BYTES_MAX - 1),
        b"x " * (BODY_BYTES_MAX // 2),
        b'"' + b"\\x" * (BODY_BYTES_MAX // 2 - 2) + b'"]',
        b"1e" * (BODY_BYTES_MAX // 2),
        b"[nan" + b",1" * (BODY_BYTES_MAX // 2 - 8) + b"]",
    ],
    ids=lambda body: body[:10],
)
async def test_no_json_takes_more_than_a_moment(edge: AnEdge, body: bytes) -> None:
    """Looking for what is no JSON is linear; an expression before took minutes for such a body."""
    assert (await ask(edge.app, "POST", "/ez?ezkey=EZKEY", body, JSON)).body == failure("bad json")


@pytest.mark.parametrize("parts", [b"{}," * 33_000 + b'"x",' * 34_000, b"1," * 300_001], ids=["openings", "commas"])
async def test_json_of_more_parts_than_a_batch_has_is_not_parsed(edge: AnEdge, parts: bytes) -> None:
    """The parser lets nobody else run before it has done; a little less, and it is taken."""
    body = b'{"ezkey":"EZKEY","data":[{"stat":"a","count":1}],"note":[%b1]}'

    assert (await ask(edge.app, "POST", "/ez", body % parts, JSON)).body == failure("bad json")
    assert edge.posted() == []
    assert (await ask(edge.app, "POST", "/ez", body % parts[: len(parts) // 16 * 12], JSON)).body.startswith(OK[:-1])


@pytest.mark.timeout(20)
async def test_a_form_of_a_hundred_thousand_parameters_takes_a_moment(edge: AnEdge) -> None:
    """The first thousand are read, the first of a name counts."""
    body = b"ezkey=EZKEY&stat=a&count=1&count=2" + b"&x=1" * 100_000 + b"&t=5"

    assert (await ask(edge.app, "POST", "/ez", body, FORM)).body == OK
    assert edge.posted() == COUNT_OF_ONE
