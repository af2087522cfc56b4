"""Requests in a lane, on connections in memory: when they begin, when they are answered, and how they leave it."""

import asyncio
import re
import sys

import httptools
import pytest
from starlette.responses import Response

from producers.web.app import EdgeApp
from producers.web.lane import HEADS_BYTES_MAX, QUERY_BYTES_MAX, Answers, Lane, Lanes, SameAnswer
from producers.web.limited_protocol import LimitedProtocol
from producers.web.line import PIPELINED_MAX
from producers.web.turns import Turns
from testkit.counting_lane import TEXT, Counting, get, post
from testkit.wire import Wire, Wires


def bodies(wire: Wire) -> list[bytes]:
    """Those of the answers that have been written."""
    told = rb'\r\n\r\n(durable|declared [^H]*|Internal Server Error|\{"detail":"[^"]*"\}|\d+ [A-Z][^\n]*\n)'
    return re.findall(told, wire.written)


async def test_what_is_pipelined_on_many_connections_is_read_in_turns() -> None:
    """In one turn of the loop of two addresses' share at most; all is answered in the end."""
    counting = Counting()
    wires = Wires(counting.app)
    many = [wires.open() for _ in range(50)]
    read = []
    for wire in many:
        wire.send(get(b"01") * 20)
        read.append(len(wire.protocol.pipeline))
    assert sum(read) <= 100
    while len(counting.declared) < 1_000:
        before = sum(len(wire.protocol.pipeline) for wire in many)
        await asyncio.sleep(0)
        assert sum(len(wire.protocol.pipeline) for wire in many) - before <= 100
    for wire in many:
        await wire.settled()

    assert all(bodies(wire) == [b"declared 01"] * 20 for wire in many)


@pytest.mark.parametrize("is_last", [True, False], ids=["who writes no more", "who stays"])
async def test_what_comes_while_more_waits_for_its_turn_stands_behind_it(is_last: bool) -> None:
    """In pieces as they come; also where the client ends meanwhile."""
    counting = Counting()
    wires = Wires(counting.app, Turns(of_one=1))
    other, wire = wires.open(), wires.open()
    other.send(get(b"01"))
    wire.send(get(b"02"))
    wire.send(get(b"03")[:7])
    wire.send(get(b"03")[7:])
    assert wire.protocol.cycle is None
    if is_last:
        wire.end()
    await wire.settled()

    assert bodies(wire) == [b"declared 02", b"declared 03"]


async def test_who_leaves_before_his_turn_is_not_read() -> None:
    """Nothing of his is kept."""
    counting = Counting()
    wires = Wires(counting.app, Turns(of_one=1))
    other, wire = wires.open(), wires.open()
    other.send(get(b"01"))
    wire.send(get(b"02"))
    wire.leave()
    await other.settled()

    assert (counting.declared, wire.protocol.unread) == ([b"01"], b"")


async def test_nobody_is_answered_before_his_post_is_durable() -> None:
    """The rule that all else stands on; the answer is one write."""
    counting = Counting()
    wire = Wires(counting.app).open()
    wire.send(post(b"1"))
    await wire.settled()
    assert (counting.open, wire.written) == ([b"1"], b"")

    counting.commit()
    await wire.settled()
    assert wire.written == (
        b"HTTP/1.1 200 OK\r\ndate: Sat, 28 Nov 2026 12:00:00 GMT\r\ncontent-length: 7\r\n"
        b"content-type: text/plain; charset=utf-8\r\n\r\ndurable"
    )
    assert counting.declared == []


async def test_all_who_wait_for_a_group_are_answered_and_nobody_of_the_next() -> None:
    counting = Counting()
    wires = Wires(counting.app)
    first, second = [wires.open() for _ in range(3)], [wires.open() for _ in range(2)]
    for wire in first:
        wire.send(post(b"1"))
    held, counting._group = counting._group, None
    for wire in second:
        wire.send(post(b"2"))
    assert held is not None
    held.set_result(None)
    await second[0].settled()
    assert [bodies(wire) for wire in first + second] == [[b"durable"]] * 3 + [[]] * 2

    counting.commit()
    await second[0].settled()
    assert [bodies(wire) for wire in second] == [[b"durable"]] * 2


async def test_who_comes_when_a_group_is_durable_already_is_answered_too() -> None:
    """A future that is done tells nobody again by itself."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    counting = Counting()
    wire = Wires(counting.app).open()
    for number in (1, 2):
        counting._group = done
        wire.send(post(b"1"))
        await wire.settled()
        assert bodies(wire) == [b"durable"] * number


async def test_answers_on_a_connection_are_in_the_order_of_its_requests() -> None:
    """Those of the lane and those of the declared route; each begins when the one before it is answered."""
    counting = Counting()
    wire = Wires(counting.app).open()
    wire.send(post(b"1") + get(b"01") + post(b"2") + post(b"02") + get(b"3"))
    for durable, told in (
        ([b"1"], []),
        ([b"2"], [b"durable", b"declared 01"]),
        ([b"3"], [b"durable", b"declared 01", b"durable", b"declared 02"]),
    ):
        await wire.settled()
        assert (counting.open, bodies(wire)) == (durable, told)
        counting.commit()

    await wire.settled()
    assert bodies(wire) == [b"durable", b"declared 01", b"durable", b"declared 02", b"durable"]


async def test_no_more_wait_on_a_connection_than_elsewhere() -> None:
    """What comes behind them is not read; the connection ends once they are answered."""
    counting = Counting()
    wire = Wires(counting.app, Turns(of_one=1_000)).open()
    wire.send(post(b"1") * (PIPELINED_MAX + 50))
    while not wire.is_closed:
        counting.commit()
        for _ in range(3):
            await asyncio.sleep(0)

    assert len(counting.durable) == PIPELINED_MAX + 1
    assert bodies(wire) == [b"durable"] * (PIPELINED_MAX + 1)


async def test_an_address_begins_no_more_than_its_share_in_a_turn() -> None:
    """Of requests that need no parser too; others of the same turn begin at once."""
    counting = Counting()
    wires = Wires(counting.app, Turns(of_one=2))
    clients = [wires.open() for _ in range(7)]
    begun = []
    for wire in clients:
        wire.send(post(b"1"))
    for _ in range(5):
        begun.append(len(counting.open))
        await asyncio.sleep(0)

    assert begun == [2, 4, 6, 7, 7]


async def test_what_the_log_does_not_take_is_the_declared_routes_to_answer() -> None:
    """With all that was sent; the connection goes on."""
    counting = Counting()
    wire = Wires(counting.app).open()
    wire.send(post(b"1") + post(b"2"))
    counting.fail()
    await wire.settled()
    counting.commit()
    await wire.settled()

    assert bodies(wire) == [b"declared 1", b"durable"]
    assert (counting.durable, counting.declared) == ([b"2"], [b"1"])


async def test_a_bug_is_its_requests_alone(caplog: pytest.LogCaptureFixture) -> None:
    """It is told, and answered 500: in the lane, and where it ends the group."""
    counting = Counting()
    wires = Wires(counting.app)
    broken, others = wires.open(), wires.open()
    others.send(post(b"1"))
    broken.send(post(b"x"))
    counting.commit()
    await broken.settled()
    assert (bodies(broken), bodies(others)) == ([b"Internal Server Error"], [b"durable"])

    others.send(post(b"1"))
    counting.commit(ZeroDivisionError())
    await others.settled()
    assert bodies(others) == [b"durable", b"Internal Server Error"]
    assert counting.declared == []


async def test_an_answer_that_cannot_be_written_keeps_nobody_else_from_his(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    wires = Wires(counting.app)
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))
    first, second = wires.open(), wires.open()
    for wire in (first, second):
        wire.send(post(b"1"))
    bug = ZeroDivisionError()

    def broken(answer: SameAnswer) -> None:
        raise bug

    monkeypatch.setattr(first.protocol, "answer", broken)
    counting.commit()
    await second.settled()

    assert (told, bodies(second)) == ([bug], [b"durable"])


async def test_a_body_that_comes_in_pieces_stands_in_no_lane() -> None:
    """While the rest of it is waited for it counts among those that stand in memory."""
    counting = Counting()
    wire = Wires(counting.app).open()
    whole = post(b"12345")
    wire.send(whole[:-5])
    await wire.settled()
    assert counting.app.scopes == []
    wire.send(whole[-5:-2])
    await wire.settled()
    assert counting.app.bodies.bytes == 3

    wire.send(whole[-2:])
    await wire.settled()
    assert (bodies(wire), counting.app.bodies.bytes) == ([b"declared 12345"], 0)


async def test_a_client_that_has_gone_counts_and_is_told_nothing() -> None:
    counting = Counting()
    wire = Wires(counting.app).open()
    wire.send(post(b"1"))
    wire.leave()
    counting.commit()
    await wire.settled()

    assert (counting.durable, wire.written) == ([b"1"], b"")


async def test_who_has_gone_before_his_turn_is_not_taken() -> None:
    """As elsewhere: nobody would hear that it counts."""
    counting = Counting()
    wires = Wires(counting.app, Turns(of_one=1))
    first, second = wires.open(), wires.open()
    first.send(post(b"1"))
    second.send(post(b"2"))
    second.leave()
    await first.settled()

    assert counting.open == [b"1"]


async def test_who_writes_all_and_goes_without_a_look_at_the_answers_counts() -> None:
    """The first answer ends his connection; what waited for that alone is taken, in its order, up to what is not whole."""
    counting = Counting()
    wire = Wires(counting.app).open()
    wire.send(post(b"1") + post(b"2") + get(b"3") + post(b"4")[:-1])
    counting.commit()
    wire.leave()
    assert counting.open == [b"2", b"3"]

    counting.commit()
    await wire.settled()
    assert (counting.durable, counting.tally.taken) == ([b"1", b"2", b"3"], 3)


async def test_what_stands_behind_the_last_answer_is_not_taken() -> None:
    """Its sender is told that the connection ends there, and may send it again."""
    counting = Counting()
    wire = Wires(counting.app).open()
    wire.send(post(b"1") + post(b"2", b"Connection: close") + post(b"3"))
    counting.commit()
    wire.leave()
    counting.commit()
    await wire.settled()

    assert (counting.durable, counting.open) == ([b"1", b"2"], [])


async def test_who_goes_has_no_more_than_one_turn_for_what_he_wrote() -> None:
    """Nothing of it is kept for later."""
    counting = Counting()
    wires = Wires(counting.app, Turns(of_one=7))
    wire = wires.open()
    wire.send(post(b"1") * 5)
    await asyncio.sleep(0)
    wire.send(post(b"2") * 5)
    wire.leave()

    assert counting.open == [b"1", b"1", b"1"]
    assert wires.turns._waiting == {}


async def test_a_client_that_only_reads_any_more_is_answered() -> None:
    """It has closed its half; the connection ends behind the answer."""
    counting = Counting()
    wire = Wires(counting.app).open()
    wire.send(post(b"1"))
    wire.end()
    await wire.settled()
    assert not wire.is_closed

    counting.commit()
    await wire.settled()
    assert (bodies(wire), wire.is_closed) == ([b"durable"], True)
    assert b"connection: close" in wire.written


async def test_a_client_that_reads_nothing_gets_its_answer_when_it_does() -> None:
    """It stands in no buffer meanwhile, and the next request does not begin."""
    counting = Counting()
    wire = Wires(counting.app).open()
    wire.send(post(b"1") + post(b"2"))
    wire.protocol.pause_writing()
    counting.commit()
    await wire.settled()
    assert (wire.written, counting.open) == (b"", [])

    wire.protocol.resume_writing()
    await wire.settled()
    assert (bodies(wire), counting.open) == ([b"durable"], [b"2"])
    wire.leave()


async def test_a_stop_ends_a_connection_behind_its_answer() -> None:
    """One without a request ends at once."""
    counting = Counting()
    wires = Wires(counting.app)
    busy, idle = wires.open(), wires.open()
    busy.send(post(b"1"))
    for wire in (busy, idle):
        wire.protocol.shutdown()
    await busy.settled()
    assert (busy.is_closed, idle.is_closed) == (False, True)

    counting.commit()
    await busy.settled()
    assert (bodies(busy), busy.is_closed) == ([b"durable"], True)
    assert b"connection: close" in busy.written


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
async def test_what_leaves_the_lane_has_the_scope_that_uvicorn_makes(version: bytes) -> None:
    """At once, when the log fails, and when its body comes in pieces."""
    laned, plain = Counting(), Counting(lanes=False)
    for counting in (laned, plain):
        wires = Wires(counting.app)
        for text in (b"01", b"12"):
            wire = wires.open()
            wire.send(post(text, version=version))
            if counting.open:
                counting.fail()
            await wire.settled()
        wire = wires.open()
        in_pieces = post(b"3456", b"X-Y: Z", version=version)
        for packet in (in_pieces[:-3], in_pieces[-3:]):
            wire.send(packet)
        await wire.settled()

    assert laned.declared == plain.declared == [b"01", b"12", b"3456"]
    assert laned.app.scopes == plain.app.scopes


async def test_a_lane_may_have_a_pattern_as_its_route_has() -> None:
    """What is encoded in a path is the declared route's."""
    counting = Counting()
    wire = Wires(counting.app).open()
    wire.send(get(b"1", b"/site.gif"))
    assert counting.open == [b"1"]
    counting.commit()
    wire.send(get(b"2", b"/a%2Fb.gif") + get(b"3", b"/site.png"))
    await wire.settled()

    assert bodies(wire)[:1] == [b"durable"]
    assert (counting.declared, counting.open) == ([], [])  # neither is a site's


def test_a_lane_stands_beside_a_declared_route() -> None:
    """With its methods: else nobody could answer what it does not take."""
    app = EdgeApp(openapi_url=None)
    app.add_api_route("/a", lambda: None, methods=["GET"])

    for path, method in (("/b", b"GET"), ("/a", b"POST")):
        with pytest.raises(ValueError, match="no declared route"):
            app.add_lane(Lane(path, {method}, {TEXT}, lambda request: None))
    app.add_lane(Lane("/a", {b"GET"}, {TEXT}, lambda request: None))
    app.add_api_route("/a.xml", lambda: None, methods=["GET"], include_in_schema=False)
    app.add_lane(Lane("/a.xml", {b"GET"}, {TEXT}, lambda request: None))


# Heads that were read before.


async def test_a_head_is_read_once_and_its_body_each_time() -> None:
    """On any connection. The parser does not hear of it, and reads what comes next."""
    counting = Counting()
    wires = Wires(counting.app)
    for text in (b"1", b"2", b"3"):
        wire = wires.open()
        wire.send(post(text))
        counting.commit()
        await wire.settled()
        wire.send(post(b"45") + get(b"01"))
        counting.commit()
        await wire.settled()
        assert bodies(wire) == [b"durable", b"durable", b"declared 01"]

    assert counting.durable == [b"1", b"45", b"2", b"45", b"3", b"45"]
    assert len(counting.app.lanes._heads) == 1


async def test_who_repeats_a_head_before_he_is_answered_waits_in_line() -> None:
    """However well its bytes are known."""
    counting = Counting()
    wire = Wires(counting.app).open()
    for text in (b"1", b"2", b"3"):
        wire.send(post(text))
    for text in (b"1", b"2", b"3"):
        await wire.settled()
        assert counting.open == [text]
        counting.commit()

    await wire.settled()
    assert bodies(wire) == [b"durable"] * 3


async def test_a_body_that_looks_like_a_request_is_none() -> None:
    """Nor what follows half a head: it is its end, and nonsense behind it."""
    counting = Counting()
    wires = Wires(counting.app)
    wire = wires.open()
    wire.send(post(b"1"))
    counting.commit()
    await wire.settled()
    wire.send(b"POST /count HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(post(b"2")))
    wire.send(post(b"2"))
    await wire.settled()
    assert (counting.open, counting.declared) == ([], [post(b"2")])

    other = wires.open()
    other.send(b"GET /count?03 HTTP/1.1\r\nX: ")
    other.send(post(b"2"))
    await other.settled()
    assert (counting.open, bodies(other)) == ([], [b"declared 03"])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(post(b"1") + post(b"2"), id="two requests"),
        pytest.param(get(b"1").replace(b"\r\n", b"\n") + post(b"2"), id="two, the first with other line ends"),
        pytest.param(post(b"1") + b"\r\n", id="a blank line behind it"),
        pytest.param(post(b"1", chunked=True), id="chunks"),
        pytest.param(get(b"1"), id="no body"),
        pytest.param(post(b"1", b"X: " + b"x" * 2_000), id="a long head"),
        pytest.param(post(b"1").replace(b"\r\n", b"\n"), id="other line ends"),
        pytest.param(post("é".encode()), id="a body that is not ASCII"),
        pytest.param(post(b"1", b"Expect: 100-continue"), id="a body held back"),
    ],
)
async def test_only_one_whole_request_with_a_body_is_remembered(data: bytes) -> None:
    """Of a head alone, or of more than one request, nobody could say where it ends."""
    counting = Counting()
    wire = Wires(counting.app).open()
    wire.send(data)
    await wire.settled()

    assert counting.app.lanes._heads == {}
    wire.leave()


async def known_gets() -> tuple[Counting, Wires, bytes]:
    """An edge that knows the head of a GET; and one of these bytes but for what it asks for."""
    counting = Counting()
    wires = Wires(counting.app)
    wire = wires.open()
    wire.send(get(b"1"))
    counting.commit()
    await wire.settled()
    return counting, wires, get(b"%b")


async def test_the_head_of_a_get_is_known_whatever_it_asks_for() -> None:
    """Each is taken with its own query, and needs no parser."""
    counting, wires, asked = await known_gets()
    for query in (b"2", b"a=1&b=%20?", b"q" * QUERY_BYTES_MAX, b""):
        known = counting.app.lanes.known(asked % query)
        assert known is not None
        assert (known.head.query, known.head.path, known.text) == (query, b"/count", b"")

    wire = wires.open()
    wire.send(asked % b"345")
    assert wire.protocol._begun == 0
    counting.commit()
    await wire.settled()
    assert (counting.durable[-1:], bodies(wire)) == ([b"345"], [b"durable"])


@pytest.mark.parametrize(
    "query",
    [b"a#b", b"a\x01", b"a\x7f", b"\xc3\xa9", b"a\tb", b"a b", b"1 HTTP/1.1\r\nX: y", b"q" * (QUERY_BYTES_MAX + 1)],
    ids=["a fragment", "control", "delete", "no ASCII", "a tab", "a blank", "a line more", "long"],
)
async def test_a_query_that_may_mean_more_is_the_parsers(query: bytes) -> None:
    """So it is read as if nothing was known."""
    counting, _, asked = await known_gets()

    assert counting.app.lanes.known(asked % query) is None


class Parsed:
    """What the parser tells of a request."""

    def __init__(self, data: bytes) -> None:
        self.url, self.is_whole = b"", False
        httptools.HttpRequestParser(self).feed_data(data)

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_message_complete(self) -> None:
        self.is_whole = True


async def test_whatever_is_known_without_the_parser_the_parser_takes_as_it_is() -> None:
    """Each byte that a query may have there."""
    counting, _, asked = await known_gets()
    taken = [byte for byte in range(256) if counting.app.lanes.known(asked % b"a%cb" % byte) is not None]

    assert len(taken) == len(set(range(0x21, 0x7F)) - {ord("#")})
    for byte in taken:
        query = b"a%cb" % byte
        parsed = Parsed(asked % query)
        assert (parsed.url, parsed.is_whole) == (b"/count?" + query, True)


async def test_another_head_than_the_known_one_is_the_parsers() -> None:
    """Another path, another header, a body, half of it, or two."""
    counting, _, asked = await known_gets()
    one = asked % b"2"
    others = [
        one.replace(b"/count", b"/counts"),
        one.replace(b"\r\n\r\n", b"\r\nX: 1\r\n\r\n"),
        one + b"1",
        one[:-1],
        one + one,
        one.replace(b"?2", b""),
        one.replace(b"HTTP/1.1", b"HTTP/1.0"),
        one.replace(b"GET", b"HEAD"),
    ]

    assert [counting.app.lanes.known(other) for other in others] == [None] * len(others)
    assert counting.app.lanes.known(one) is not None


async def test_a_request_behind_the_end_of_another_ones_body_is_not_remembered() -> None:
    """Its head would begin with that end, which on another connection is nonsense."""
    counting = Counting()
    wires = Wires(counting.app)
    wire = wires.open()
    whole = post(b"12")
    wire.send(whole[:-1])
    wire.send(whole[-1:] + post(b"3"))
    await wire.settled()

    other = wires.open()
    other.send(whole[-1:] + post(b"4"))
    await other.settled()
    assert (counting.open, bodies(other)) == ([b"3"], [b"400 Bad Request\n"])


async def test_who_has_ended_a_connection_is_not_listened_to_any_more() -> None:
    """Nor what he sends that is known."""
    counting = Counting()
    wires = Wires(counting.app)
    wire = wires.open()
    wire.send(post(b"1"))
    counting.commit()
    await wire.settled()
    wire.send(b"\0")
    wire.send(post(b"2"))
    await wire.settled()

    assert (counting.open, bodies(wire)) == ([], [b"durable", b"400 Bad Request\n"])
    wire.leave()


async def test_nonsense_behind_a_request_that_waits_is_not_taken_for_one_like_it() -> None:
    """It has as many bytes behind a blank line as that one's body."""
    counting = Counting()
    wires = Wires(counting.app)
    wire = wires.open()
    wire.send(post(b"1"))
    counting.app.lanes._heads.clear()
    nonsense = b"POST /count HTTP/x\r\n\r\n1"
    wire.send(nonsense)
    counting.commit()
    await wire.settled()
    other = wires.open()
    other.send(nonsense)
    await other.settled()

    assert (bodies(other), counting.open) == ([b'{"detail":"Bad Request"}'], [])


@pytest.mark.parametrize("lines", [1, 150], ids=["of usual heads", "of heads of many lines"])
async def test_heads_are_remembered_up_to_a_megabyte(lines: int) -> None:
    """As Python keeps them, which needs much more for a line than the line has bytes."""
    counting = Counting()
    wire = Wires(counting.app, Turns(of_one=10_000)).open()
    many = b"\r\nX: ".join([b""] * lines)
    lanes = counting.app.lanes
    most = 0
    for number in range(1_500):
        wire.send(post(b"1", b"X: %d%s" % (number, many)))
        counting.commit()
        for _ in range(2):
            await asyncio.sleep(0)
        most = max(most, len(lanes._heads))

    head = next(iter(lanes._heads.values()))
    one = sum(sys.getsizeof(pair) + sum(map(sys.getsizeof, pair)) for pair in head.headers)
    assert HEADS_BYTES_MAX / 4 < most * one < HEADS_BYTES_MAX


def test_an_answer_has_the_servers_headers_of_the_moment() -> None:
    """A new list each second; and says where it is the last."""
    answer = SameAnswer.of(Response(b"x", 201, {"a": "b"}))
    now, later = [(b"date", b"now")], [(b"date", b"later")]

    assert answer.written(now, is_last=False) == (
        b"HTTP/1.1 201 Created\r\ndate: now\r\na: b\r\ncontent-length: 1\r\n\r\nx"
    )
    assert answer.written(later, is_last=True) == (
        b"HTTP/1.1 201 Created\r\ndate: later\r\na: b\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx"
    )


def test_a_path_goes_before_a_pattern() -> None:
    lanes = Lanes()
    pattern, path = (Lane(path, (), (), lambda request: None) for path in ("/{any}", "/ez"))
    lanes.add(pattern)
    lanes.add(path)

    assert [lanes.at(url) for url in (b"/ez?a", b"/ez/", b"/x?/y", b"/")] == [path, None, pattern, None]


# What is counted.


async def test_numbers_are_counted_when_they_are_durable_and_only_then() -> None:
    """Those of a client that has gone too: they are in the log."""
    counting = Counting()
    wires = Wires(counting.app)
    staying, leaving = wires.open(), wires.open()
    staying.send(post(b"1"))
    leaving.send(post(b"22"))
    leaving.leave()
    await staying.settled()
    assert counting.tally.taken == 0

    counting.commit()
    await staying.settled()
    assert counting.tally.taken == 3

    staying.send(post(b"333"))
    counting.fail()
    await staying.settled()
    assert (counting.declared, counting.tally.taken) == ([b"333"], 3)


# What a known head may not pass by.


async def known_heads() -> tuple[Counting, Wires]:
    """An edge that knows the head of a post of one character."""
    counting = Counting()
    wires = Wires(counting.app)
    wire = wires.open()
    wire.send(post(b"1"))
    counting.commit()
    await wire.settled()
    return counting, wires


async def test_a_connection_that_begins_with_a_known_head_has_its_head_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock for a first head stops, as the parser would have stopped it."""
    monkeypatch.setattr(LimitedProtocol, "head_s", 0.05)
    counting, wires = await known_heads()
    wire = wires.open()
    wire.send(post(b"2"))
    await asyncio.sleep(0.2)
    counting.commit()
    await wire.settled()

    assert (bodies(wire), wire.is_closed) == ([b"durable"], False)


async def test_a_known_head_ends_an_idle_time() -> None:
    """A clock that rings while its request waits closes nothing."""
    counting, wires = await known_heads()
    wire = wires.open()
    for text in (b"2", b"3"):
        wire.send(post(text))
        if text == b"2":
            counting.commit()
            await wire.settled()
    keep_alive_s, wire.protocol.timeout_keep_alive = wire.protocol.timeout_keep_alive, 0
    wire.protocol.timeout_keep_alive_handler()
    wire.protocol.timeout_keep_alive = keep_alive_s
    counting.commit()
    await wire.settled()

    assert (bodies(wire), wire.is_closed) == ([b"durable"] * 2, False)


async def test_the_rest_of_a_head_is_not_remembered_as_one() -> None:
    """However much it looks like it: the next connection that begins with these bytes asks for something else."""
    counting = Counting()
    wire = Wires(counting.app).open()
    wire.send(b"POST /count HTTP/1.1\r\nX-Before: ")
    wire.send(post(b"5"))
    counting.commit()
    await wire.settled()

    assert (counting.durable, counting.app.lanes.known(post(b"5"))) == ([b"5"], None)


async def test_a_known_head_behind_a_refusal_is_not_taken() -> None:
    """What a refused client still sends is read and thrown away."""
    counting, wires = await known_heads()
    wire = wires.open()
    wire.send(b"nonsense\r\n\r\n")
    wire.send(post(b"2"))
    await wire.settled()

    assert counting.open == []
    wire.leave()


def test_answers_that_differ_in_their_bodies_say_how_long_each_is() -> None:
    """And have the server's headers of the moment, too."""
    answers = Answers.of(Response(b"", 201, {"a": "b"}, "text/plain"))
    now, later = [(b"date", b"now")], [(b"date", b"later")]
    head = (
        b"HTTP/1.1 201 Created\r\ndate: %b\r\na: b\r\ncontent-length: %d\r\ncontent-type: text/plain; charset=utf-8\r\n"
    )

    assert answers.with_body(b"x").written(now, is_last=False) == head % (b"now", 1) + b"\r\nx"
    assert answers.with_body(b"xyz").written(now, is_last=False) == head % (b"now", 3) + b"\r\nxyz"
    assert answers.with_body(b"").written(later, is_last=True) == head % (b"later", 0) + b"connection: close\r\n\r\n"
