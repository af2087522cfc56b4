"""Hits from the wire into the tables of a running Tilde: seen, counted by the site's own days, told by `tilde tail`, and of
a visitor who is erased nothing is left in any file.
"""

import json
from collections.abc import Iterator

import pytest

from testkit.hits import every_byte, hits_in, recounted
from testkit.running import RunningTilde
from testkit.tracked import ADMIN_KEY, make_site
from tilde.data_folder import edge_folder

pytestmark = pytest.mark.e2e

PAGE = {"referer": "https://www.awesome.com/", "user-agent": "Shop/3.2.1 (device 8f14e45fceea167a)"}
OF_ANN = (b"3228480604", b"ann@example.com", b"blue shoes", b"8f14e45fceea167a", b"198.51.100.77")
TRAFFIC = "SELECT site, toInt32(day) AS n, page_views, hits, bots FROM traffic"


@pytest.fixture(scope="module")
def tilde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTilde]:
    data = tmp_path_factory.mktemp("hits") / "data"
    data.mkdir()
    assert make_site(data) == 2
    with RunningTilde(data) as tilde:
        yield tilde


def send(tilde: RunningTilde, query: str, headers: dict[str, str] = PAGE) -> None:
    answer = tilde.client.get(f"/in.php?site_id=2&{query}", headers=headers)
    assert (answer.status_code, answer.text) == (200, "ok\n")


def traffic(tilde: RunningTilde) -> dict[tuple[int, int], tuple[int, int, int]]:
    rows = tilde.sql(TRAFFIC)
    return {(int(r["site"]), int(r["n"])): (int(r["page_views"]), int(r["hits"]), int(r["bots"])) for r in rows}


def test_hits_become_rows_and_traffic_and_who_is_erased_is_nowhere(tilde: RunningTilde) -> None:
    """One walk through all of it: a Tilde costs some seconds to start."""
    for number in range(20):
        send(tilde, f"href=/page/{number}&jsuid=3228480604&custom[mail]=ann@example.com&basket=blue%20shoes")
    send(tilde, "type=outbound&href=https://other.com/&jsuid=5550001112&custom[mail]=bob@example.com")
    send(tilde, "href=/", {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"})
    server = f"href=/pay&sitekey_admin={ADMIN_KEY}1&ip_address=198.51.100.77&type=goal&goal[id]=7"
    send(tilde, server)
    assert tilde.client.get("/2ns.gif", headers=PAGE).status_code == 200
    refused = tilde.client.get("/in.php?site_id=2&href=/&mime=js", headers={"referer": "https://other.com/"})
    assert refused.text == "/* not counted: foreign_page */\n"
    tilde.wait_counted()
    events = hits_in(edge_folder(tilde.data))

    assert traffic(tilde) == {key: tuple(counts) for key, counts in recounted(events).items()}
    assert sum(counts[0] for counts in traffic(tilde).values()) == 21
    rows = tilde.sql("SELECT type, href, host, bot, transport, network FROM hits WHERE site = 2 ORDER BY event_id")
    assert [row["href"] for row in rows[:20]] == [f"/page/{number}" for number in range(20)]
    assert rows[20]["type"] == "outbound"
    assert [row["bot"] for row in rows if row["bot"]] == ["Googlebot"]
    assert rows[0]["host"] == "www.awesome.com"
    assert rows[0]["network"] == "127.0.0.0"
    metrics = tilde.client.get("/metrics", headers=tilde.operator()).text
    assert 'tilde_edge_product_refusals_total{dialect="clicky",product="2",reason="foreign_page"} 1.0' in metrics

    told = [json.loads(line) for line in tilde.run("tail", "hits", "--from-start", "--no-follow").splitlines()]
    assert [line["href"] for line in told[:20]] == [f"/page/{number}" for number in range(20)]
    told_all = json.loads(tilde.run("doctor", "--json"))
    assert told_all == {"days": 1, "hits": 24, "events": 0, "waiting": 0, "wrong": []}

    live = traffic(tilde), tilde.sql("SELECT groupBitXor(cityHash64(*)) AS h, count() AS n FROM hits")
    assert json.loads(tilde.run("visitor", "erase", "--site", "2", "--id", "3228480604", "--json"))["erased"] == 1
    assert (
        json.loads(tilde.run("visitor", "erase", "--site", "2", "--address", "198.51.100.77", "--json"))["erased"] == 1
    )
    tilde.run("replay")
    assert (traffic(tilde), tilde.sql("SELECT groupBitXor(cityHash64(*)) AS h, count() AS n FROM hits")) == live
    assert tilde.stop() == 0
    everything = every_byte(tilde.data)
    assert [plain for plain in OF_ANN if plain in everything] == []
    tilde.start()
