"""A pipeline that is stopped, and keeps its connections: who reads is told so within seconds, what is posted counts, and
when it goes on all is as it was.
"""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from producers.web.passed_on import BUSY, NO_ANSWER
from testkit.running import RunningTilde
from tilde.runtime.clock import SystemClock

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(0)]

TOLD_S_MAX = 40  # 2 s until it is looked at, 3 s for a look, or two; the bound of what may take minutes is 75 s
READERS = 12  # three times as many as have a seat
SQL = {"query": "SELECT 1 AS one", "format": "json"}
API_KEY = "feedfacefeedfacefeed"


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_who_reads_while_the_pipeline_is_stopped_is_told_so_within_seconds(shared: RunningTilde) -> None:
    """In the dialect's form, and never that too many read. A statement waits, and is answered once it goes on."""
    shared.account = account = shared.make_account("stopped", api_key=API_KEY)
    headers = {"authorization": f"Bearer {account['token']}"}
    key = {"x-statsmix-token": API_KEY}
    client = httpx.Client(base_url=shared.url, timeout=70)
    tracked = client.post("/api/v2/track.json", headers=key, data={"name": "orders", "ref_id": "a", "value": "1"})
    one = f"/api/v2/stats/{tracked.json()['stat']['id']}"
    clock = SystemClock()

    def timed(method: str, path: str, headers: dict[str, str] | None = None) -> tuple[httpx.Response, float]:
        began_s = clock.monotonic_s()
        answer = client.request(method, path, headers=headers)
        return answer, clock.monotonic_s() - began_s

    pid = shared.child("pipeline")
    assert pid is not None
    with ThreadPoolExecutor(READERS + 10) as pool:
        with stopped(pid):
            statement = pool.submit(client.post, "/tilde/v1/sql", headers=shared.operator(), json=SQL)
            lists = [pool.submit(timed, "GET", f"/x/{account['token']}/statlist") for _ in range(READERS)]
            own = pool.submit(timed, "GET", "/tilde/v1/stats", headers)
            xml = pool.submit(timed, "GET", one, key)
            changed = pool.submit(timed, "PUT", f"{one}.json?value=3", key)
            upserted = pool.submit(timed, "POST", "/api/v2/track.json?name=orders&ref_id=a&value=2", key)
            told = [_told(each) for each in (*lists, own, xml, changed)]
            written, took_s = upserted.result()
            assert not statement.done()
        assert statement.result().json() == [{"one": 1}]

    assert {status for status, _ in told} == {503}
    assert not any(BUSY in text for _, text in told)
    assert [text for _, text in told[:READERS]] == [f'{{"msg":"{NO_ANSWER}"}}'] * READERS
    assert told[READERS][1] == f'{{"detail":"{NO_ANSWER}"}}'
    assert f"<errors><error>{NO_ANSWER}</error></errors>" in told[READERS + 1][1]
    assert told[READERS + 2][1] == '{"errors":{"error":"temporarily unavailable"}}'
    assert (written.status_code, written.json()["stat"]["value"]) == (200, 2)
    assert took_s < TOLD_S_MAX
    assert client.get(f"{one}.json", headers=key).json()["stat"]["value"] == 2
    client.close()


def _told(asked: "Future[tuple[httpx.Response, float]]") -> tuple[int, str]:
    answer, took_s = asked.result()
    assert took_s < TOLD_S_MAX
    return answer.status_code, answer.text
