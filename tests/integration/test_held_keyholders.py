"""While the file of keyholders' keys cannot be written, who is new is told to come again; posts of others, and hits of
visitors who are known, go on.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import orjson
import pytest

from producers.edge import keeping
from producers.web.app import EdgeApp
from testkit.asking import FORM, Reply, ask
from testkit.hits import hits_in
from testkit.stathat import EZKEY
from testkit.waiting import until_it_holds
from testkit.white_label import OPERATOR, white_labels
from testkit.wire import Wires
from tilde.data_folder import edge_folder, keyholders_path
from tilde.keys import keyholder_tables

KEY = "0123456789abcdef0123456789abcdef01234567"
LOCKED = "keys of new visitors and people cannot be written: visitors.db: database is locked; they get 503 until they can be again"


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Somebody else has begun to write the file."""
    with closing(sqlite3.connect(keyholders_path(edge_folder(data)), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


async def hit(app: EdgeApp, site: int, visitor: str, **said: str) -> int:
    """The status that a page view is answered with."""
    query = urlencode({"site_id": str(site), "href": "/", "jsuid": visitor} | said)
    return (await ask(app, "GET", f"/in.php?{query}", headers=[(b"referer", b"http://held.test/")])).status


async def event(app: EdgeApp, person: str) -> int:
    """The same of what a person did."""
    return (await ask(app, "GET", "/e?" + urlencode({"_k": KEY, "_p": person, "_n": "Bought"}))).status


async def ez(app: EdgeApp) -> Reply:
    return await ask(app, "POST", "/ez", f"ezkey={EZKEY}&stat=signups&count=1".encode(), FORM)


async def health(app: EdgeApp) -> tuple[int, str]:
    reply = await ask(app, "GET", "/health")
    return reply.status, orjson.loads(reply.body)["edge"]


async def goes_on(app: EdgeApp, site: int) -> None:
    """All but who is new, each at the first time of asking."""
    for _ in range(2):
        assert (await ez(app)).status == 200
        assert await hit(app, site, "3228480604") == 200
        assert await event(app, "ann") == 200


async def test_only_who_is_new_waits_for_a_file_that_somebody_holds(tmp_path, monkeypatch, capfd):
    """In every way in which he may come; with the lock gone he is taken without a start."""
    monkeypatch.setattr(keyholder_tables, "BUSY_TIMEOUT_S", 0.01)
    monkeypatch.setattr(keeping, "RETRY_S", 0.01)
    async with white_labels(tmp_path) as labels:
        app = labels.app
        await ask(app, "PATCH", "/tilde/v1/products/1", orjson.dumps({"tracking_key": KEY}), OPERATOR)
        user = await labels.made("user", username="jo")
        site = await labels.made("site", user_id=user, domain="held.test")
        await goes_on(app, site)
        before = len(hits_in(edge_folder(tmp_path)))
        with held(tmp_path):
            assert await hit(app, site, "1112223334") == 503
            await goes_on(app, site)
            assert await hit(app, site, "1112223334") == 503
            assert await hit(app, site, "3228480604", **{"custom[mail]": "ann@example.com"}) == 503
            assert await event(app, "bob") == 503
            wire = Wires(app).open()
            wire.send(f"GET /e?_k={KEY}&_p=carl&_n=Bought HTTP/1.1\r\nHost: edge.test\r\n\r\n".encode())
            await until_it_holds(lambda: b" 503 " in wire.written)
            wire.leave()
            await goes_on(app, site)
            assert await health(app) == (503, LOCKED)

        await until_it_holds(partial(is_well, capfd, told := []))
        assert await hit(app, site, "1112223334") == 200
        assert await hit(app, site, "3228480604", **{"custom[mail]": "ann@example.com"}) == 200
        assert await event(app, "bob") == 200
        assert await health(app) == (200, "ok")

    assert "".join(told).count("the file of visitors' and people's keys does not answer") == 1
    assert "visitors.db: database is locked" in "".join(told)
    after = hits_in(edge_folder(tmp_path))
    assert len(after) - before == 6, "what was answered 503 was taken by nobody"
    with closing(sqlite3.connect(keyholders_path(edge_folder(tmp_path)))) as db:
        kept = {key for (key,) in db.execute("SELECT key FROM visitor")}
    assert {one["key"] for one in after} <= kept


def is_well(capfd: pytest.CaptureFixture[str], told: list[str]) -> bool:
    """Whether the edge has said that the file can be written again."""
    told.append(capfd.readouterr().err)
    return "the file of visitors' and people's keys answers again" in "".join(told)


async def test_posts_of_many_at_once_fail_in_the_first_group_alone(tmp_path, monkeypatch):
    """However many new ones come: each of them is told at once, and holds nobody up."""
    monkeypatch.setattr(keyholder_tables, "BUSY_TIMEOUT_S", 0.01)
    async with white_labels(tmp_path) as labels:
        app = labels.app
        await ask(app, "PATCH", "/tilde/v1/products/1", orjson.dumps({"tracking_key": KEY}), OPERATOR)
        assert await event(app, "ann") == 200
        with held(tmp_path):
            assert await event(app, "bob") == 503
            for number in range(20):
                assert await event(app, f"new {number}") == 503
                assert (await ez(app)).status == 200
