"""The distributed mode as an operator meets it: roles on a real Kafka, with chDB or a ClickHouse server behind them."""

import json
import re

import pytest

from testkit.clickhouse_server import ClickHouseServer
from testkit.kafka_broker import KafkaBroker
from testkit.mailbox import has_begun, letters
from testkit.roles import TildeOnKafka
from testkit.waiting import PATIENCE_S, until
from tilde.domain.stats.metrics import Kind, metric_id, short_id

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def broker():
    with KafkaBroker() as running:
        yield running


@pytest.fixture(scope="module")
def tilde(broker, tmp_path_factory):
    """The Tilde of three tests, which go on where the one before stopped."""
    with TildeOnKafka(tmp_path_factory.mktemp("on_kafka"), broker, workers=1) as running:
        yield running


def post(tilde, account, stat, number):
    """One EZ post."""
    body = {"ezkey": account["ezkey"], "stat": stat, "count": number}
    assert tilde.client.post("/ez", data=body).json() == {"status": 200, "msg": "ok"}


def numbers(tilde, account, stat):
    """What a stat counted, by the table."""
    headers = {"authorization": f"Bearer {account['token']}"}
    id_ = short_id(metric_id(account["product"]["id"], Kind.COUNTER, stat))
    answer = tilde.client.get("/tilde/v1/export", params={"format": "json", "stat": id_}, headers=headers)
    return [json.loads(line)["number"] for line in answer.text.splitlines()] if answer.is_success else []


def until_counted(tilde, account, stat, expected):
    """In whichever order."""

    def is_counted():
        return sorted(numbers(tilde, account, stat)) == sorted(expected)

    until(is_counted, PATIENCE_S, lambda: str(numbers(tilde, account, stat)))


def test_roles_count_read_and_replay_on_the_embedded_store(tilde, tmp_path):
    account = tilde.create_account("chdb")
    post(tilde, account, "on kafka~a,b", 3)
    until_counted(tilde, account, "on kafka a", [3])
    listed = tilde.client.get(f"/x/{account['token']}/statlist").json()
    assert [stat["name"] for stat in listed] == ["on kafka a", "on kafka b"]

    printed = tilde.tilde("replay", "--url", tilde.url, "--data", str(tmp_path / "replay"))

    assert "generation 2 is the one that is read now" in printed
    assert numbers(tilde, account, "on kafka a") == [3]
    assert "topics: all there" in tilde.tilde("migrate"), "of the generation that is read now"
    post(tilde, account, "on kafka~a,b", 4)
    until_counted(tilde, account, "on kafka a", [3, 4])
    points = f"/tilde/v1/accounts/chdb/stats/{listed[0]['id']}/points?from=0&to={2**32}"
    assert tilde.client.delete(points).json()["deleted"] == 2
    assert (numbers(tilde, account, "on kafka a"), numbers(tilde, account, "on kafka b")) == ([], [3, 4])
    assert tilde.sql("SELECT name, number FROM stats ORDER BY event_id") == [
        {"name": "on kafka b", "number": 3},
        {"name": "on kafka b", "number": 4},
    ]
    tails = tilde.tilde("tail", "stats", "--from-start", "--no-follow")
    assert len(tails.splitlines()) == 2


def test_a_stat_is_renamed_and_posts_find_it_by_its_new_name(tilde):
    """Its old name is another stat's then, in tables and SQL as in a data folder."""
    account = tilde.create_account("renamer")
    post(tilde, account, "before", 1)
    until_counted(tilde, account, "before", [1])
    stat = short_id(metric_id(account["product"]["id"], Kind.COUNTER, "before"))

    answer = tilde.client.patch(f"/tilde/v1/accounts/renamer/stats/{stat}", json={"name": "behind"})
    assert answer.json()["name"] == "behind"
    post(tilde, account, "~behind,before", 2)

    statement = f"SELECT name, number FROM stats WHERE product = {account['product']['id']} ORDER BY name, number"
    expected = [{"name": "before", "number": 2}, {"name": "behind", "number": 1}, {"name": "behind", "number": 2}]
    until(lambda: tilde.sql(statement) == expected, PATIENCE_S, lambda: str(tilde.sql(statement)))
    assert numbers(tilde, account, "before") == [1, 2], "by its id"


def test_mail_is_a_role_and_tells_of_what_is_new_since_it_runs(tilde):
    """Its links are the edge's, by the URL that users reach it by."""
    body = {"name": "mailed", "email": "jo@example.com"}
    account = tilde.client.post("/tilde/v1/accounts", json=body).json()
    post(tilde, account, "was there", 1)
    tilde.environment["TILDE_PUBLIC_URL"] = tilde.url
    data = tilde.start_role("watchers")
    until(lambda: has_begun(data), PATIENCE_S, tilde.roles["watchers"].output)
    for stat in ("was there", "new on kafka"):
        post(tilde, account, stat, 2)
    until(lambda: bool(letters(data)), PATIENCE_S, tilde.roles["watchers"].output)
    (letter,) = letters(data)
    link = re.findall(r"destroy it: (\S+)", letter.get_body(("plain",)).get_content())[0]

    assert letter["Subject"] == "New stat: new on kafka"
    assert tilde.tilde("health", "watchers", "--data", str(data)) == "watchers: ok\n"
    assert tilde.client.post(link).status_code == 200
    assert tilde.client.post(link).status_code == 410
    tilde.roles.pop("watchers").end()


def test_health_sees_that_no_worker_runs_and_that_one_is_back(tilde):
    assert tilde.client.get("/health").json()["pipeline"]["streams"] == "ok"
    assert "tilde_edge_unshipped_batches 0.0" in tilde.client.get("/metrics").text

    tilde.roles["streams-0"].end()
    until(lambda: tilde.client.get("/health").status_code == 503, PATIENCE_S, lambda: "still well")
    pipeline = tilde.client.get("/health").json()["pipeline"]

    assert pipeline == {"api": "ok", "store": "ok", "sink": "ok", "streams": "no worker runs"}
    assert tilde.tilde("health", "store") == "store: ok\n"
    tilde.start_role("streams-0")
    until(lambda: tilde.client.get("/health").is_success, PATIENCE_S, lambda: tilde.client.get("/health").text)


def test_a_role_says_what_it_is_that_the_broker_is_away_and_that_it_is_back(tilde, broker):
    account = tilde.create_account("talkative")
    roles = [tilde.roles["edge"], tilde.roles["store"]]
    broker.kill()
    post(tilde, account, "while it is away", 1)
    until(lambda: all("does not answer" in role.output() for role in roles), PATIENCE_S, lambda: "not told")
    broker.restart()
    until_counted(tilde, account, "while it is away", [1])
    until(lambda: all("answers again" in role.output() for role in roles), PATIENCE_S, lambda: "not told")

    for role, does in zip(roles, ("listens on", "fills"), strict=True):
        start, *_, away, back = role.output().splitlines()
        assert start.startswith(f"tilde {role.name}: {does} ")
        assert away.startswith(f"tilde {role.name}: Kafka at {broker.bootstrap} does not answer")
        assert back == f"tilde {role.name}: Kafka at {broker.bootstrap} answers again"
        assert role.output().count("does not answer") == 1


# Over HTTP to the test-only server that speaks ClickHouse's protocol: the path of the client, not the server.


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ClickHouseServer(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def on_a_server(server, tmp_path_factory):
    """A Tilde whose tables are a server's, on a broker of its own: it begins when the tests of the other one are over."""
    url = f"clickhouse://default:@{server.host}:{server.port}"
    folder = tmp_path_factory.mktemp("on_a_server")
    with KafkaBroker() as broker, TildeOnKafka(folder, broker, workers=1, TILDE_STORE=url) as running:
        yield running


def test_roles_count_and_read_on_a_clickhouse_server(on_a_server, server, tmp_path):
    account = on_a_server.create_account("server")
    server.drop_after(inserts=1)
    for number in (1, 2, 3):
        post(on_a_server, account, "on a server", number)
    until_counted(on_a_server, account, "on a server", [1, 2, 3])

    on_a_server.tilde("replay", "--url", on_a_server.url, "--data", str(tmp_path / "replay"))

    assert numbers(on_a_server, account, "on a server") == [1, 2, 3]
    post(on_a_server, account, "on a server", 4)
    until_counted(on_a_server, account, "on a server", [1, 2, 3, 4])


def statsmix(tilde, account, method, path, **form):
    """What a call of StatsMix's answers: its status, and the stat."""
    answer = tilde.client.request(method, f"/api/v2/{path}.json", data={**form, "api_key": account["api_key"]})
    return answer.status_code, answer.json().get("stat")


def until_there(tilde, account, method, path, **form):
    """The stat, once the tables have what was written: a write waits for them, but not for long on a busy machine."""
    answers = []

    def is_done():
        answers.append(statsmix(tilde, account, method, path, **form))
        return answers[-1][0] == 200

    until(is_done, PATIENCE_S, lambda: str(answers[-1]))
    return answers[-1][1]


def test_a_stat_of_statsmix_is_tracked_upserted_moved_in_time_and_deleted(on_a_server, tmp_path):
    """Each answer says how it is then, and sums follow; StatHat's reads have the metric; a number that is written after
    all were taken back as points counts; a replay says the same.
    """
    account = on_a_server.create_account("statsmix")
    status, gone = statsmix(on_a_server, account, "POST", "track", name="mixed", value="100")
    assert status == 200
    _, moved = statsmix(on_a_server, account, "POST", "track", name="mixed", value="2", meta='{"plan":"free"}')
    _, first = statsmix(on_a_server, account, "POST", "track", name="mixed", value="30", ref_id="order 7")
    by_ref = {"metric_id": first["metric_id"]}
    assert until_there(on_a_server, account, "PUT", "stats/order 7", **by_ref) == first
    _, again = statsmix(on_a_server, account, "POST", "track", name="mixed", value="4.25", ref_id="order 7")
    assert (again["id"], again["value"], again["created_at"]) == (first["id"], 4.25, first["created_at"])

    when = {"generated_at": "2012-07-08 12:33:53"}
    changed = until_there(on_a_server, account, "PUT", f"stats/{moved['id']}", value="3", **when)
    assert (changed["value"], changed["meta"]) == (3, '{"plan":"free"}')
    assert changed["generated_at"] == "2012-07-08T12:33:53Z"
    deleted = until_there(on_a_server, account, "DELETE", f"stats/{gone['id']}")
    assert (deleted["id"], deleted["value"]) == (gone["id"], 100)
    on_a_server.client.get("/stats/iapi", params={"p": moved["profile_id"], "m": moved["metric_id"], "v": 8})

    until_counted(on_a_server, account, "mixed", [3, 4.25, 8])
    assert statsmix(on_a_server, account, "DELETE", f"stats/{gone['id']}")[0] == 404
    listed = on_a_server.client.get(f"/x/{account['token']}/statlist").json()
    assert [stat["name"] for stat in listed] == ["mixed"]
    points, bearer = f"/tilde/v1/stats/{listed[0]['id']}/points", {"authorization": f"Bearer {account['token']}"}
    taken_back = on_a_server.client.delete(points, params={"from": 0, "to": 2**32}, headers=bearer)
    assert taken_back.json()["deleted"] == 3
    statsmix(on_a_server, account, "POST", "track", name="mixed", value="5", ref_id="order 7")
    until_counted(on_a_server, account, "mixed", [5])
    samples = f"SELECT id, number, ref, meta, ts FROM samples WHERE product = {account['product']['id']} ORDER BY id"
    before = on_a_server.sql(samples)
    assert {(row["id"], row["number"]) for row in before} >= {(moved["id"], 3), (first["id"], 5)}
    assert len(before) == 3

    on_a_server.tilde("replay", "--url", on_a_server.url, "--data", str(tmp_path / "replay"))

    assert on_a_server.sql(samples) == before
    assert numbers(on_a_server, account, "mixed") == [5]
