"""What one client sends holds nobody else up: long work is done in portions, and costs nothing to who is not known."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl, unquote_to_bytes

import httpx
import orjson
import pytest

from producers.stathat import posts
from producers.web import json_bodies, json_mending, large_json, query_api
from producers.web.app import EdgeApp
from producers.web.https_only import HttpsOnly
from producers.web.json_bodies import PARTS_OF_PIECE, WORDS_MAX, NoJsonError, parse_patiently
from producers.web.json_mending import Mender, NotMendedError
from producers.web.large_json import APART_BYTES, LARGE_BYTES, PATIENT_BYTES, JsonReader
from producers.web.round_robin import RoundRobin
from producers.web.targets import in_ascii, percent_encoded
from testkit.asking import JSON, ask
from testkit.stathat import EZKEY, OK, an_edge, batch, ez, failure
from tilde.web.parameters import parse, percent_decoded

WIDE = [{"stat": f"{number}~" + ",".join(map(str, range(100))), "count": 1} for number in range(300)]


# Batches.


async def test_others_are_answered_while_a_batch_of_wide_names_is_read() -> None:
    """Of several that come at once one has a portion of its names read in a turn of the loop. All items of a batch are
    in the log together.
    """
    edge = await an_edge()
    batches = [asyncio.create_task(batch(edge, *WIDE)) for _ in range(4)]
    seen = set()
    while not any(task.done() for task in batches):
        await asyncio.sleep(0)
        assert (await ez(edge, "stat=other&count=1", "OTHER")).body == OK
        seen.add(len([one for one in edge.posted() if one.name != "other"]) % len(WIDE))
    others = len([one for one in edge.posted() if one.name == "other"])
    assert all(reply.body.startswith(OK[:-1]) for reply in await asyncio.gather(*batches))

    assert seen == {0}
    assert others > 20
    assert len([one for one in edge.posted() if one.name != "other"]) == 4 * len(WIDE)


async def test_of_a_batch_that_is_given_up_on_nothing_is_left() -> None:
    """The edge stops while it is read: nobody has been told that it counts."""
    edge = await an_edge()
    task = asyncio.create_task(edge.intake.batch({"ezkey": EZKEY, "data": WIDE}, {}, 300_000))
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await ez(edge, "stat=other&count=1", "OTHER")).body == OK

    assert [one.name for one in edge.posted()] == ["other"]


async def test_a_usual_batch_is_read_in_one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nothing else is, it waits for nobody."""
    edge = await an_edge()
    waited = []
    monkeypatch.setattr(edge.intake._round_robin, "next", waited.append)
    assert (await batch(edge, *({"stat": f"page view {number}", "count": 1} for number in range(1_000)))).body

    assert waited == []


async def test_long_work_goes_round() -> None:
    """One portion in a turn; who was cancelled takes nobody's."""
    round_robin, done = RoundRobin(), []

    async def work(name: str, portions: int) -> None:
        for _ in range(portions):
            await round_robin.next(name)
            done.append(name)

    tasks = [asyncio.create_task(work(name, 3)) for name in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    counts = []
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        counts.append(len(done))

    assert "".join(done) == "acacac"
    assert all(after - before <= 1 for before, after in pairwise(counts))


async def test_a_thousand_requests_of_one_account_take_one_anothers_turns() -> None:
    """And no more than every second of somebody else's, who came last."""
    round_robin, done = RoundRobin(), []

    async def work(whose: str) -> None:
        for _ in range(3):
            await round_robin.next(whose)
            done.append(whose)

    await asyncio.gather(*(work("one") for _ in range(1_000)), work("other"))

    assert [at for at, whose in enumerate(done) if whose == "other"] == [1, 3, 5]


# JSON.

BAD = b'{"ezkey":"%b","data":[{"stat":"a","count":NaN},{"stat":"b","count":1}],"x":"%b"}'
SIZES = [PATIENT_BYTES + 1, LARGE_BYTES + 1, APART_BYTES + 1]


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be mended, and nothing large may be parsed."""

    def parsed(body: bytes) -> None:
        raise AssertionError("it was parsed")

    real = large_json.parse_strictly  # type: ignore[attr-defined]
    monkeypatch.setattr(large_json, "parse_patiently", parsed)
    monkeypatch.setattr(Mender, "mended", lambda mender, body: parsed(body))
    monkeypatch.setattr(
        large_json, "parse_strictly", lambda body: real(body) if len(body) <= LARGE_BYTES else parsed(body)
    )


@pytest.mark.usefixtures("never")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("key", "told"),
    [(b"NOBODYS", "invalid ezkey"), (b"", "bad json"), (b"\\u0045ZKEX", "invalid ezkey")],
)
async def test_a_strangers_json_is_neither_mended_nor_parsed_where_it_is_large(
    size: int, key: bytes, told: str
) -> None:
    """The key is looked for in its bytes first."""
    edge = await an_edge()
    body = BAD % (key, b"y" * size)

    assert (await ask(edge.app, "POST", "/ez", body, JSON)).body == failure(told)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "body",
    [
        BAD % (EZKEY.encode(), b"%b"),
        BAD.replace(b"ezkey", b"email") % (b"john+a@example.com", b"%b"),
        BAD % (b"\\u0045ZKEY", b"%b"),
        b'{"x":"%b","data":[{"stat":"a","count":NaN},{"stat":"b","count":1}], "ezkey" : "EZKEY" }',
        b'{"x":"%b","data":[{"ezkey":"other","stat":"a","count":NaN},{"stat":"b","count":1}],"ezkey":"EZKEY"}',
    ],
    ids=["first", "e-mail", "escaped", "last", "beside others"],
)
async def test_whoever_is_known_has_his_json_mended_wherever_his_key_stands(body: bytes, size: int) -> None:
    """As in every batch: the item that is none is left out."""
    edge = await an_edge()
    assert b'"multiple":1' in (await ask(edge.app, "POST", "/ez", body % (b"y" * size), JSON)).body
    assert [one.name for one in edge.posted()] == ["b"]


@pytest.mark.parametrize("size", SIZES)
async def test_a_key_in_the_query_or_in_utf_16_is_found(size: int) -> None:
    """As wherever else the key may stand."""
    edge = await an_edge()
    body = BAD.replace(b'"ezkey":"%b",', b"") % (b"y" * size)
    wide = (BAD % (EZKEY.encode(), b"y" * size)).decode().encode("utf-16")

    assert b'"multiple":1' in (await ask(edge.app, "POST", f"/ez?ezkey={EZKEY}", body, JSON)).body
    assert b'"multiple":1' in (await ask(edge.app, "POST", "/ez", wide, JSON)).body


async def test_a_known_account_is_not_looked_for_in_more_places_than_a_few() -> None:
    """A body may be nothing but names of keys."""
    assert len(posts.ezkeys_in(b"".join(b'"ezkey":"%d",' % number for number in range(10_000)))) <= 200


@pytest.mark.parametrize("part", [b"1,", b"{},", b'"a":1,', b'"",'])
def test_no_expression_looks_at_a_whole_body_in_one_go(part: bytes) -> None:
    """While it does nobody else runs, in whatever thread."""
    text = (part * 10_000).decode()
    assert max(len(piece[0]) for piece in json_bodies._PIECE.finditer(text)) <= PARTS_OF_PIECE * len(part)
    words = json_bodies._PIECE.finditer(":" + "x " * 10_000 + "}")
    assert max(len(piece[0]) for piece in words) <= 4 * WORDS_MAX
    assert max(len(piece[0]) for piece in json_bodies._NO_ESCAPE.finditer(r"\n" * 10_000)) <= PARTS_OF_PIECE * 2


async def nobody_asked(body: bytes) -> None:
    """Everybody is known."""


async def test_json_is_mended_beside_the_loop_however_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above a KiB: a hundred connections may have some at once."""
    ran = []
    monkeypatch.setattr(large_json, "parse_patiently", lambda body: ran.append(threading.current_thread()))

    await JsonReader().parse(b"[NaN," + b" " * PATIENT_BYTES + b"]", nobody_asked)
    assert ran[0] is not threading.current_thread()
    ran.clear()
    await JsonReader().parse(b"[NaN]", nobody_asked)
    assert ran == [threading.current_thread()]


async def test_very_large_json_is_not_mended_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call of Python's parser, in whatever thread, lets nobody run for a quarter of a second. What the process says
    counts as what is said here.
    """
    monkeypatch.setattr(large_json, "parse_patiently", None)
    edge = await an_edge()

    body = BAD % (EZKEY.encode(), b"y" * APART_BYTES)
    assert b'"multiple":1' in (await ask(edge.app, "POST", "/ez", body, JSON)).body
    assert [one.name for one in edge.posted()] == ["b"]
    assert (await ask(edge.app, "POST", "/ez", body[:-1], JSON)).body == failure("bad json")


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":[{"stat":"5 \x80","count":1e999},{"stat":"\\ud800","t":NaN}]}',
        b'{"data":[' + b"[" * 500 + b"]" * 500 + b",]}",
        b'{"data":[' + b'{"stat":"a","count":1},' * 40_000 + b"]}",
        "[NaN]".encode("utf-16"),
        b"[1",
    ],
    ids=["values", "deep", "long", "UTF-16", "none"],
)
def test_a_process_mends_as_we_do(body: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a value can have in it comes back as it was, in whatever folder we were started."""
    (tmp_path / "json.py").write_text("raise SystemExit(5)")
    monkeypatch.chdir(tmp_path)

    def said(mended: Callable[[bytes], object]) -> str:
        try:
            return repr(mended(body))
        except NoJsonError:
            return "none"

    assert said(Mender().mended) == said(parse_patiently)


async def test_one_process_mends_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes a core and up to half a gigabyte: who sends twenty such bodies waits for them one by one."""
    running, most, lock = 0, 0, threading.Lock()

    def mended(self: Mender, body: bytes) -> list[int]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1
        return [len(body)]

    monkeypatch.setattr(Mender, "mended", mended)
    reader = JsonReader()
    async with reader.opened():
        bodies = [b"[NaN," + b" " * (APART_BYTES + number) + b"]" for number in range(20)]
        read = await asyncio.gather(*(reader.parse(body, nobody_asked) for body in bodies))

    assert read == [[len(body)] for body in bodies]
    assert most == 1


def test_a_process_that_mends_is_behind_others_and_takes_no_more_memory_than_it_may(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As the process has it while it parses."""
    told = tmp_path / "told"
    program = (
        "import os, resource, runpy, producers.web.json_bodies as bodies;"
        f" bodies.parse_patiently = lambda body: open({str(told)!r}, 'w').write("
        " f'{os.nice(0)} {resource.getrlimit(resource.RLIMIT_DATA)[1]} {resource.getrlimit(resource.RLIMIT_CORE)[1]}');"
        " runpy.run_module('producers.web.json_mending', run_name='__main__')"
    )
    monkeypatch.setattr(json_mending, "_RUN", [sys.executable, "-P", "-c", program])
    Mender().mended(b"[NaN]")

    assert told.read_text() == f"{min(19, os.nice(0) + json_mending.NICE)} {json_mending.DATA_BYTES_MAX} 0"


@pytest.mark.parametrize("run", ["/nowhere", "false"], ids=["no program", "it dies"])
async def test_json_that_nobody_can_mend_now_is_to_be_sent_again(monkeypatch: pytest.MonkeyPatch, run: str) -> None:
    """It may be as it should be, so it is not called bad."""
    monkeypatch.setattr(json_mending, "_RUN", [run])
    told = []
    monkeypatch.setattr(JsonReader.not_mended, "happened", told.append)
    edge = await an_edge()
    reply = await ask(edge.app, "POST", "/ez", BAD % (EZKEY.encode(), b"y" * APART_BYTES), JSON)

    assert (reply.status, b"retry-after" in dict(reply.headers)) == (503, True)
    assert edge.posted() == []
    assert len(told) == 1


async def test_a_process_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it."""
    monkeypatch.setattr(json_mending, "MENDING_S", 0.001)
    with pytest.raises(NotMendedError):
        Mender().mended(b"[NaN]")


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What mends never ends by itself; it writes its process id into this file."""
    began = tmp_path / "began"
    monkeypatch.setattr(
        json_mending, "_RUN", ["sh", "-c", f"echo $$ > {began}.new; mv {began}.new {began}; exec sleep 900"]
    )
    return began


def threads_that_read() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if "json" in thread.name}


async def test_what_is_mended_when_the_edge_ends_is_given_up(hanging: Path) -> None:
    """Nobody waits for it: the process is ended, what is behind it is not begun, and no thread is left, for which
    Python would wait at the end.
    """
    before = threads_that_read()
    reader = JsonReader()
    async with reader.opened():
        body = b"[NaN," + b" " * APART_BYTES + b"]"
        waiting = [asyncio.create_task(reader.parse(body, nobody_asked)) for _ in range(2)]
        while not hanging.exists():
            await asyncio.sleep(0.01)
        assert len(threads_that_read() - before) == 2
    mended, behind = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(mended, NotMendedError)
    assert isinstance(behind, asyncio.CancelledError)
    assert threads_that_read() <= before
    with pytest.raises(ProcessLookupError):
        os.kill(int(hanging.read_text()), 0)


def test_a_mender_that_is_closed_begins_nothing() -> None:
    mender = Mender()
    mender.close()

    with pytest.raises(NotMendedError):
        mender.mended(b"[NaN]")


async def test_batches_as_they_should_be_wait_for_nothing_that_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does what is mended wait for what is larger."""
    goes_on = threading.Event()
    monkeypatch.setattr(Mender, "mended", lambda mender, body: goes_on.wait(60))
    reader = JsonReader()
    mending = asyncio.create_task(reader.parse(b"[NaN," + b" " * APART_BYTES + b"]", nobody_asked))
    await asyncio.sleep(0)

    assert await reader.parse(b"[" + b" " * APART_BYTES + b"]", nobody_asked) == []
    assert repr(await reader.parse(b"[NaN" + b" " * LARGE_BYTES + b"]", nobody_asked)) == "[nan]"
    assert not mending.done()
    goes_on.set()
    assert await mending is True


# Forms.


def test_a_form_that_is_all_escapes_costs_a_fraction_of_what_the_library_takes() -> None:
    """150 kB of it took 20 ms: 300 connections with one each, and others wait for seconds."""
    value = b"%41" * 50_000

    def cpu_s(decode: object) -> float:
        began = time.thread_time()
        decode(value)
        return time.thread_time() - began

    assert parse(b"stat=" + value) == {"stat": "A" * 50_000}
    assert min(cpu_s(percent_decoded) for _ in range(5)) < min(cpu_s(unquote_to_bytes) for _ in range(5)) / 3


# Queries and paths.

QUERY = "a=%41&" * 10_000
OPERATORS = "operators-token"


def cpu_s_of_the_library() -> float:
    """What Python's library, and with it FastAPI, takes for such a query."""
    return min(_cpu_s_of_one_parse() for _ in range(5))


def _cpu_s_of_one_parse() -> float:
    began = time.thread_time()
    parse_qsl(QUERY, keep_blank_values=True)
    return time.thread_time() - began


async def cpu_s_of_asking(app: EdgeApp, target: str) -> float:
    least = float("inf")
    for _ in range(5):
        began = time.thread_time()
        await ask(app, "GET", target)
        least = min(least, time.thread_time() - began)
    return least


class Api(httpx.AsyncBaseTransport):
    """A query API that remembers the targets."""

    def __init__(self) -> None:
        self.targets: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.targets.append(request.extensions["target"])
        return httpx.Response(200, stream=httpx.ByteStream(b"[]"))


def passing_on() -> tuple[EdgeApp, Api]:
    """An edge that has nothing but what it passes on."""
    api, app = Api(), EdgeApp()
    app.include_router(
        query_api.router(query_api.QueryApi(api), [], OPERATORS, nobody_asked_for, HttpsOnly(None, nobody_exposed))
    )
    return app, api


async def nobody_exposed(token: str) -> None:
    """Nothing is news."""


async def nobody_asked_for(authorization: str) -> None:
    """Everybody holds a token."""


async def test_a_query_of_ten_thousand_parameters_costs_a_post_a_fraction_of_what_the_library_takes() -> None:
    """It counts by what stands in front. 64 KiB took 30 ms, whoever sent them."""
    edge = await an_edge()
    target = f"/ez?ezkey={EZKEY}&stat=a&count=1&{QUERY}"

    assert (await ask(edge.app, "GET", target)).body == OK
    assert await cpu_s_of_asking(edge.app, target) < cpu_s_of_the_library() / 1.5
    assert {one.name for one in edge.posted()} == {"a"}


async def test_what_is_passed_on_is_passed_on_whole_and_not_taken_apart() -> None:
    """A list of ids in a query is long."""
    app, api = passing_on()

    assert (await ask(app, "GET", f"/tilde/v1/stats?{QUERY}id=last")).body == b"[]"
    assert api.targets == [f"/tilde/v1/stats?{QUERY}id=last".encode()]
    assert await cpu_s_of_asking(app, f"/nothing/of/ours?{QUERY}") < cpu_s_of_the_library() / 1.5


@pytest.mark.parametrize("parameters", [1_000, 1_001])
async def test_nothing_is_deleted_by_half_a_query(parameters: int) -> None:
    """What is not read may say of which product."""
    app, api = passing_on()
    query = "&".join(["id=x"] * (parameters - 1)) + "&product=2"
    reply = await ask(app, "DELETE", f"/tilde/v1/stats?{query}")

    assert (reply.status, len(api.targets)) == ((200, 1) if parameters == 1_000 else (414, 0))


def test_targets_are_percent_encoded_byte_by_byte() -> None:
    """As in RFC 3986; of a line only what is beyond ASCII."""
    every = bytes(range(0x100))
    assert unquote_to_bytes(percent_encoded(every)) == every
    assert percent_encoded(b"/a%20b?c=\xe4 d\x7f") == b"/a%20b?c=%E4%20d%7F"
    assert in_ascii(b"GET /\xe4 \x7f HTTP/1.1\r") == b"GET /%E4 \x7f HTTP/1.1\r"


async def test_an_account_that_is_known_may_send_a_large_batch() -> None:
    """As it should be: parsed in one go, beside the loop."""
    edge = await an_edge()
    items = [{"stat": f"page view {number} {'x' * 100}", "count": 1} for number in range(1_000)]
    body = orjson.dumps({"data": items, "ezkey": EZKEY})
    assert len(body) > LARGE_BYTES
    assert b'"multiple":1000' in (await ask(edge.app, "POST", "/ez", body, JSON)).body
