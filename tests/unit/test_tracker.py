"""The tracker's one file, as browsers are served it."""

import gzip
import json

import pytest
from fastapi import FastAPI

from producers.clicky.script import BUILT, Scripts, script
from producers.clicky.tracker_routes import router
from testkit.asking import ask
from tilde.web.codings import takes_gzip
from tilde.web.plain_app import PlainApp

COMPRESSED_BYTES_MAX = 5000


def test_the_tracker_is_below_5_kb_compressed():
    """With its name, and the call that begins it."""
    file = Scripts().of("a_white_labels_long_name", 4294967295)

    assert len(file.packed) < COMPRESSED_BYTES_MAX
    assert gzip.decompress(file.packed) == file.content


def test_a_name_is_text_and_no_code():
    """Whoever may set it: the file says what it is called, and runs nothing of it."""
    wild = 'x");alert("1'

    assert script("", wild).startswith(f"(function(TRACKER_NAME){{}})({json.dumps(wild)});")


def test_the_built_file_defines_nothing_by_the_way():
    """It is one function that is called at once; what it leaves is under its name and the alias."""
    assert BUILT.read_text().startswith("(()=>{")
    assert "TRACKER_NAME" in BUILT.read_text()


@pytest.fixture(scope="module")
def app() -> FastAPI:
    app = PlainApp()
    app.include_router(router(Scripts(), {"hotstatz.com": "hotstatz"}.get))
    return app


@pytest.fixture
def get(app):
    async def get(target, method="GET", **headers):
        raw = [
            (name.replace("_", "-").encode(), value.encode())
            for name, value in {"host": "hotstatz.com", **headers}.items()
        ]
        reply = await ask(app, method, target, headers=raw)
        return reply.status, dict(reply.headers), reply.body

    return get


async def test_the_file_is_called_as_its_host_wants(get):
    status, headers, body = await get("/js", host="HotStatz.com:8000")

    assert (status, headers[b"content-type"]) == (200, b"text/javascript; charset=utf-8")
    assert body.endswith(b')("hotstatz");\n')


async def test_a_sites_own_file_begins_with_it(get):
    _, _, body = await get("/500.js")

    assert body == (await get("/js"))[2] + b'window["hotstatz"].init(500);\n'


async def test_who_has_the_file_is_told_so(get):
    """In whichever form; a tag may be one of several, and weak as proxies make them."""
    _, headers, _ = await get("/js")
    _, packed, body = await get("/js", accept_encoding="gzip, br")
    assert (packed[b"content-encoding"], packed[b"vary"]) == (b"gzip", b"accept-encoding")
    assert gzip.decompress(body) == (await get("/js"))[2]
    assert packed[b"etag"] != headers[b"etag"]
    for known in (headers[b"etag"].decode(), f'"other", W/{packed[b"etag"].decode()}', "*"):
        status, told, body = await get("/js", if_none_match=known)
        assert (status, body, told[b"etag"], told[b"cache-control"]) == (
            304,
            b"",
            headers[b"etag"],
            headers[b"cache-control"],
        )
    for other in ("", '"other"', (await get("/1.js"))[1][b"etag"].decode()):
        assert (await get("/js", if_none_match=other))[0] == 200


async def test_head_says_what_get_says(get):
    status, headers, body = await get("/js", "HEAD", accept_encoding="gzip")

    assert (status, body) == (200, b"")
    assert headers == (await get("/js", accept_encoding="gzip"))[1]


@pytest.mark.parametrize("path", ["/x.js", "/-1.js", "/12345678901.js", "/5.js.map", "/5x.js"])
async def test_what_is_no_site_has_no_file(get, path):
    assert (await get(path))[0] == 404


async def test_the_file_is_only_read(get):
    assert (await get("/js", "POST"))[0] == 405


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        *[("gzip", True), ("br, GZIP ;q=0.5", True), ("*", True), ("br, *;q=0.1", True), ("gzip;q=1.000", True)],
        *[
            ("", False),
            ("br", False),
            ("gzip;q=0", False),
            ("gzip; q=0.000, *", False),
            ("*;q=0", False),
            ("identity", False),
        ],
    ],
)
def test_gzip_is_sent_to_who_takes_it(accepted, taken):
    assert takes_gzip(accepted) is taken


@pytest.mark.parametrize(
    ("header", "host"),
    [
        *[("A.b.C:80", "a.b.c"), ("a.b.", "a.b"), ("a.b.:8", "a.b"), ("xn--MNCHEN-3ya.de", "xn--mnchen-3ya.de")],
        *[("[0::1]:80", "::1"), ("[::1]", "::1"), ("", ""), ("[", ""), ("a..b", ""), ("1.2.3.400", "")],
    ],
)
async def test_a_name_is_looked_up_by_the_host_as_it_is_kept(header, host):
    """As an operator's domain is, without its port."""
    asked = []
    app = PlainApp()

    def name_at(host: str) -> str:
        asked.append(host)
        return "clicky"

    app.include_router(router(Scripts(), name_at))
    await ask(app, "GET", "/js", b"", [(b"host", header.encode())])
    assert asked == [host]
