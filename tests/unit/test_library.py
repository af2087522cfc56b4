"""The library's one file, as browsers are served it, by whose key it is."""

import gzip
import json
from hashlib import sha1

import pytest
from starlette.datastructures import Headers

from producers.kissmetrics.intake import Products
from producers.kissmetrics.script import BUILT, NOBODY, Scripts, script
from producers.kissmetrics.script_routes import router
from testkit.activity import KEY, OTHER_KEY, an_activity_edge
from testkit.asking import ask
from tilde.dialects.known import DIALECTS
from tilde.domain.catalog.accounts import KeyRevoked
from tilde.domain.catalog.keys import KeyKind

COMPRESSED_BYTES_MAX = 5000


def test_the_library_is_below_5_kb_compressed():
    """As it is sent, with whichever key: most are without the order that makes one short."""
    scripts, keys = Scripts(), [sha1(b"%d" % n, usedforsecurity=False).hexdigest() for n in range(100)]
    sent = [bytes(scripts.of(key).answer(Headers({"accept-encoding": "gzip"})).body) for key in keys]

    assert max(map(len, sent)) < COMPRESSED_BYTES_MAX
    assert [gzip.decompress(body).count(key.encode()) for key, body in zip(keys, sent, strict=True)] == [3] * 100


def test_a_key_is_text_and_no_code():
    wild = 'x");alert("1'

    assert script("(()=>{f(TRACKING_KEY)})();", wild) == f"(()=>{{f({json.dumps(wild)})}})();\n"


def test_the_built_file_defines_nothing_by_the_way():
    """It is one function that is called at once; what it leaves is `KM`, and the queue."""
    assert BUILT.read_text().startswith("(()=>{")
    assert "TRACKING_KEY" in BUILT.read_text()


@pytest.fixture
async def edge():
    edge = await an_activity_edge()
    edge.app.include_router(router(Scripts(), Products(edge.follower, edge.keys).find))
    return edge


@pytest.fixture
def get(edge):
    async def get(target, method="GET", **headers):
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        reply = await ask(edge.app, method, target, headers=raw)
        return reply.status, dict(reply.headers), reply.body

    return get


@pytest.mark.parametrize("ending", [".js", ".1.js", ".2.js"])
async def test_the_file_is_there_under_each_name_that_it_had(get, ending):
    status, headers, body = await get(f"/{KEY}{ending}")

    assert (status, headers[b"content-type"]) == (200, b"text/javascript; charset=utf-8")
    assert body.count(f'"{KEY}"'.encode()) == 3
    assert headers[b"cache-control"].startswith(b"public, max-age=3600")
    assert body != (await get(f"/{OTHER_KEY}{ending}"))[2]


async def test_who_has_the_file_is_told_so(get):
    _, packed, body = await get(f"/{KEY}.js", accept_encoding="gzip")
    status, _, nothing = await get(f"/{KEY}.js", if_none_match=packed[b"etag"].decode())

    assert (status, nothing, gzip.decompress(body)) == (304, b"", (await get(f"/{KEY}.js"))[2])


async def test_a_key_that_nobody_has_is_forbidden_and_that_is_not_kept(edge, get):
    """Also one that is nobody's any more, from the moment on when it is not."""
    unknown = "0" * 40
    told = [await get(f"/{unknown}{ending}") for ending in (".js", ".1.js", ".2.js")]
    assert (await get(f"/{OTHER_KEY}.js"))[0] == 200
    await edge.decide(KeyRevoked(2, KeyKind.TRACKING_KEY))
    await edge.follower.read_to_end()
    told.append(await get(f"/{OTHER_KEY}.js"))

    assert [(status, headers[b"cache-control"]) for status, headers, _ in told] == [(403, b"no-store")] * 4
    assert json.loads(told[0][2]) == {"message": "no product has this key", "error": "Forbidden", "status": 403}


@pytest.mark.parametrize("path", [f"/{KEY}.3.js", f"/{KEY[1:]}.js", f"/{KEY}a.js", f"/{KEY}.js.map", f"/x/{KEY}.js"])
async def test_what_is_no_key_has_no_file(get, path):
    assert (await get(path))[0] == 404


async def test_what_old_pages_load_beside_it_says_nothing(get):
    assert (await get("/i.js"))[2] == NOBODY.encode()
    assert (await get("/i.js", "POST"))[0] == 405


def test_a_script_is_asked_for_by_a_key_or_by_a_sites_number():
    """A key of nothing but digits is one, too: no site has so many."""
    paths = {f"/{KEY}.js": "kissmetrics", f"/{'1' * 40}.2.js": "kissmetrics", f"/{'1' * 40}.js": "kissmetrics"}
    others = {
        "/500.js": "clicky",
        f"/{'1' * 39}.js": "clicky",
        "/i.js": "kissmetrics",
        "/js": "clicky",
        "/x.js": "none",
    }

    assert {path: DIALECTS.at(path).name for path in paths | others} == paths | others
