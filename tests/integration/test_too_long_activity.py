"""What is too long to be taken of what somebody did: pages and apps get their picture, and it is counted by its reason."""

from producers.kissmetrics.reasons import Reason
from producers.web.pixel import GIF
from testkit.activity import KEY, an_activity_edge
from tests.integration.test_lane_over_sockets import serving

LONG = 70_000


async def test_a_query_that_is_too_long_is_answered_as_a_body_that_is(tmp_path) -> None:
    """Whatever of it has come: no route hears of it. Other paths are told as before."""
    edge = await an_activity_edge(tmp_path)
    said = f"?_k={KEY}&_p=bob&_n=x&a=".encode() + b"v" * LONG
    body = b"POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%b" % (len(said) - 1, said[1:])
    heads = [b"GET %b%b HTTP/1.1\r\nHost: h\r\n\r\n" % (path, said) for path in (b"/e", b"/s", b"//a/", b"http://h/e")]
    async with serving(edge.app) as place:
        for request in (*heads, body):
            client = await place.connect()
            await client.send(request)
            answer = await client.reader.readuntil(b"\r\n\r\n")

            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"\r\ncontent-type: image/gif\r\n" in answer
            assert await client.reader.readexactly(len(GIF)) == GIF
        client = await place.connect()
        await client.send(b"GET /nowhere%b HTTP/1.1\r\nHost: h\r\n\r\n" % said)
        assert (await client.rest()).startswith(b"HTTP/1.1 414 ")

    assert edge.intake.tally.refused == {Reason.BODY_TOO_LONG: 5}
    assert edge.records() == []
