"""Ten seconds of wild requests at the whole edge, without a socket: no answer is a 5xx, and every one comes soon."""

import asyncio
import os
import time
from pathlib import Path

import orjson

from producers.web.app import EdgeApp
from testkit.activity import activity_in
from testkit.asking import JSON, Reply, ask
from testkit.stathat import EZKEY
from testkit.statsmix import API_KEY
from testkit.waiting import PATIENCE_S
from testkit.whole_edge import OPERATOR_TOKEN, the_whole_edge
from tests.fuzz.wild import Source, Wild
from tilde.data_folder import edge_folder

SECONDS = float(os.environ.get("TILDE_FUZZ_SECONDS", "5"))
SEED = int(os.environ.get("TILDE_FUZZ_SEED", "1"))


async def answer(app: EdgeApp, wild: Wild) -> Reply:
    """As uvicorn would ask: names of headers in lower case, the body without its chunks' frames."""
    headers = tuple((name.lower(), value) for name, value in wild.headers)
    body: list[bytes] = [wild.body]
    if (b"Transfer-Encoding", b"chunked") in wild.headers:
        body = unchunked(wild.body)
    return await ask(app, wild.method, wild.target.decode(), body, headers)


def unchunked(body: bytes) -> list[bytes]:
    chunks = []
    while not body.startswith(b"0\r\n"):
        size, _, body = body.partition(b"\r\n")
        chunks.append(body[: int(size, 16)])
        body = body[int(size, 16) + 2 :]
    return chunks


async def test_no_request_is_answered_with_a_5xx(tmp_path: Path) -> None:
    """Seeded, so what it finds it finds again: TILDE_FUZZ_SEED, TILDE_FUZZ_SECONDS."""
    source = Source(SEED, [EZKEY, EZKEY, API_KEY, API_KEY, "nobody"], OPERATOR_TOKEN)
    answered = taken = tracked = 0
    async with the_whole_edge(tmp_path) as app:
        given = orjson.dumps({"tracking_key": EZKEY})
        operators = [(b"authorization", f"Bearer {OPERATOR_TOKEN}".encode()), *JSON]
        assert (await ask(app, "PATCH", "/tilde/v1/products/1", given, operators)).status == 200
        deadline = time.process_time() + SECONDS  # of CPU time: as many requests on a busy machine
        while time.process_time() < deadline:
            wild = source.request()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    reply = await answer(app, wild)
            except Exception as error:
                raise AssertionError(f"no answer to {wild.raw()[:2000]!r}") from error
            assert reply.status < 500, f"{reply} to {wild.raw()[:2000]!r}"
            answered += 1
            taken += reply.body == b'{"status":200,"msg":"ok"}'
            tracked += reply.status == 200 and b"metric_id" in reply.body

        last = await answer(app, Wild("GET", b"/ez?ezkey=EZKEY&stat=a&count=1", (), b""))

    assert last.body == b'{"status":200,"msg":"ok"}'
    assert answered > 20 * SECONDS
    assert taken > 0
    assert tracked > 0
    assert activity_in(edge_folder(tmp_path)) != []
