"""Whose a path is, as the records declare it: exactly, by a beginning, or by a pattern with variables."""

from collections.abc import Iterator

import pytest
from fastapi import Request, Response

from producers.web.app import EdgeApp
from producers.web.cors import Cors
from testkit import pixels
from testkit.asking import ask
from tilde.dialects import known
from tilde.dialects.dialect import Dialect, Dialects, Paths
from tilde.web.failures import failure

PAGE = [(b"origin", b"https://page.example")]


@pytest.fixture
def example() -> Iterator[None]:
    with pixels.known():
        yield


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/12px.gif", "pixels"),
        ("/0px.js", "pixels"),
        ("/pixels/sites", "pixels"),
        ("/px.gif", "none"),
        ("/12px.gif2", "none"),
        ("/a/12px.gif", "none"),
        ("/12px_gif", "none"),
        ("/\N{ARABIC-INDIC DIGIT ONE}px.gif", "none"),
        ("/12px.gif\n", "none"),
        ("/pixels/sites/1", "none"),
        ("/ez", "stathat"),
        ("/x/TOKEN/statlist", "stathat"),
        ("/x", "stathat"),
        ("/xy", "none"),
        ("/api/v1/stats.json", "statsmix"),
        ("/api/v2", "statsmix"),
        ("/api/v1", "none"),
        ("/tilde/links/abc", "links"),
        ("/tilde/links", "links"),
        ("/tilde/v1/stats", "tilde_v1"),
        ("/subjects", "none"),
        ("/", "none"),
    ],
)
def test_a_path_is_its_dialects(example: None, path: str, name: str) -> None:
    assert known.DIALECTS.at(path).name == name


@pytest.mark.parametrize(
    ("path", "is_slow"),
    [
        ("/v3/exports/0b9d7c0e-0c2b-5d55-8a43-9c3d7f0a6f21/file", True),
        ("/v3/exports/0b9d7c0e-0c2b-5d55-8a43-9c3d7f0a6f21", False),
        ("/v3/exports/a/b/file", False),
        ("/tilde/v1/export", True),
        ("/tilde/v1/export/x", False),
    ],
)
def test_an_answer_that_takes_long_is_no_quick_read(path: str, is_slow: bool) -> None:
    assert known.DIALECTS.at(path).slow.have(path) is is_slow


@pytest.mark.parametrize(
    ("path", "is_a_read"),
    [
        ("/12px.js", True),
        ("/12px.gif", False),
        ("/api/v2/stats", True),
        ("/api/v2/stats.xml", True),
        ("/api/v2/stats/5", True),
        ("/api/v2/statsmen", False),
        ("/api/v2/track.json", False),
        ("/api/v1/stats", False),
        ("/api/v1/stats/5", True),
        ("/tilde/v1/stats", True),
        ("/tilde/v1/statsmen", False),
        ("/tilde/v1/accounts", False),
        ("/ez", False),
    ],
)
def test_what_reads_is_declared(example: None, path: str, is_a_read: bool) -> None:
    """A path that only begins like one of a read is none."""
    assert known.DIALECTS.at(path).reads.have(path) is is_a_read


def test_an_exact_path_goes_before_a_beginning_and_that_before_a_pattern() -> None:
    """Whichever record is the first."""
    by_pattern = Dialect("pattern", posts=Paths(patterns=("/{n:int}/x", "/{n:int}/y", "/{n:int}/z")))
    below = Dialect("below", posts=Paths(below=("/1/",)))
    exact = Dialect("exact", reads=Paths(exact=frozenset({"/1/x"})))
    dialects = Dialects((by_pattern, below, exact))

    assert [dialects.at(path).name for path in ("/1/x", "/1/y", "/2/z", "/3/a")] == [
        "exact",
        "below",
        "pattern",
        "none",
    ]


@pytest.mark.parametrize("pattern", ["/{site}.js", "/{site:path}", "/x}", "/{site:int}{", "{a:int}{b:hex}"])
def test_a_pattern_says_numbers_and_keys_and_nothing_else(pattern: str) -> None:
    with pytest.raises(ValueError, match="says its kind"):
        Paths(patterns=(pattern,))


KEY = "0123456789abcdefABCDEF000000000000000040"


@pytest.mark.parametrize(
    ("path", "is_it"),
    [
        *[(f"/k/{KEY}-7.js", True), (f"/k/{'1' * 40}-7.js", True)],
        *[(f"/k/{KEY[1:]}-7.js", False), (f"/k/{KEY}0-7.js", False), (f"/k/{KEY[1:]}g-7.js", False)],
        *[(f"/k/{KEY}.js", False), (f"/k/{KEY}-7xjs", False)],
    ],
)
async def test_a_key_is_40_digits_for_a_record_as_it_is_for_a_route(path: str, is_it: bool) -> None:
    """Beside a number in one path."""
    pattern = "/k/{key:hex40}-{n:int}.js"
    app = EdgeApp(openapi_url=None)

    async def told(key: str, n: int) -> dict[str, int]:
        return {key: n}

    app.add_api_route(pattern, told, methods=["GET"])
    reply = await ask(app, "GET", path)

    assert Paths(patterns=(pattern,)).have(path) is is_it
    assert reply.status == (200 if is_it else 404)


async def test_what_is_not_there_and_what_fails_is_told_in_its_form(example: None) -> None:
    """Also by the router, of a path by pattern; and by the other half's headers where that one's path it is."""
    app = EdgeApp(openapi_url=None)

    async def fails(request: Request) -> None:
        raise KeyError

    async def told(request: Request, error: Exception) -> Response:
        return failure(request.scope["path"], 503, "full")

    app.add_api_route("/{site:int}px.gif", fails, methods=["GET"])
    app.add_exception_handler(KeyError, told)
    missing, other = await ask(app, "GET", "/3px.js"), await ask(app, "PUT", "/3px.gif")
    failed = await ask(app, "GET", "/3px.gif")

    assert (missing.status, missing.body, dict(missing.headers)[b"x-of"]) == (404, b"NOK\nNot Found\n", b"reads")
    assert (other.status, other.body, dict(other.headers)[b"x-of"]) == (405, b"NOK\nMethod Not Allowed\n", b"posts")
    assert (failed.status, failed.body) == (503, b"NOK\nfull\n")
    assert (await ask(app, "GET", "/x.js")).body == b'{"detail":"Not Found"}'


async def test_a_number_that_is_too_long_to_be_one_is_not_there(example: None) -> None:
    """Of so many digits none is read."""
    app = EdgeApp(openapi_url=None)
    app.add_api_route("/{site:int}px.gif", lambda site: Response(f"{site % 10}"), methods=["GET"])
    longest, longer = [await ask(app, "GET", f"/{'9' * digits}px.gif") for digits in (4_300, 4_301)]

    assert (longest.status, longest.body) == (200, b"9")
    assert (longer.status, longer.body) == (404, b"NOK\nNot Found\n")


async def test_a_page_of_another_origin_may_ask_what_is_declared_to_read(example: None) -> None:
    app = EdgeApp(Cors(reads=["*"], operators=["https://page.example"]), openapi_url=None)
    told = {
        path: dict((await ask(app, "GET", path, b"", PAGE)).headers).get(b"access-control-allow-origin")
        for path in ("/3px.js", "/3px.gif", "/pixels/sites", "/nothing", "/tilde/v1/stats", "/tilde/v1/accounts")
    }

    assert told == {
        "/3px.js": b"*",
        "/3px.gif": None,
        "/pixels/sites": b"*",
        "/nothing": None,
        "/tilde/v1/stats": b"*",
        "/tilde/v1/accounts": b"https://page.example",
    }
