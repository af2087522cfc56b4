"""StatsMix's stats as a client meets them: what it has written, changed or deleted is what it reads at once."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.store
KEY = "0123456789abcdef0777"
TOKEN, EZKEY = "a-token-of-the-mixer", "a-key-of-the-mixer"
HEADERS = {"x-statsmix-token": KEY}


@pytest.fixture(scope="module")
def tilde(tilde_up):
    """The one that others use too, with an account for all of these."""
    tilde_up.start_unless_it_runs()
    account = tilde_up.account
    tilde_up.account = tilde_up.make_account("mixer", api_key=KEY, token=TOKEN, ezkey=EZKEY)
    yield tilde_up
    tilde_up.account = account


def call(tilde, method: str, path: str, status: int = 200, **fields: str) -> Any:
    """What a call answers in JSON; its fields as a form, also those of a GET."""
    answer = tilde.client.request(method, f"/api/v2/{path}", data=fields, headers=HEADERS)
    assert answer.status_code == status, answer.text
    return json.loads(answer.text)


def test_a_stat_is_read_as_it_was_written_last_right_after_it_was(tilde):
    """Made, changed, deleted: each is seen by the next call."""
    for nth in range(5):
        made = call(tilde, "POST", "track.json", name="orders", value="2.5", ref_id=f"order {nth}")["stat"]
        one = f"stats/{made['id']}.json"
        assert call(tilde, "GET", one)["stat"] == made

        changed = call(tilde, "PUT", one, value="7")["stat"]
        assert changed["value"] == 7
        assert call(tilde, "GET", one)["stat"] == changed
        assert call(tilde, "GET", f"stats/order%20{nth}.json", metric_id=str(made["metric_id"]))["stat"] == changed
        listed = call(tilde, "GET", "stats.json", metric_id=str(made["metric_id"]), limit="5")["stats"]["stat"]
        assert listed == [changed]

        assert call(tilde, "DELETE", one)["stat"] == changed
        assert call(tilde, "GET", one, 404)["errors"]["error"]
        assert call(tilde, "GET", "stats.json", metric_id=str(made["metric_id"]))["stats"]["stat"] == []


def test_v1_shows_what_v2_wrote_and_each_says_what_is_missing_in_xml(tilde):
    made = call(tilde, "POST", "track.json", name="orders", value="3")["stat"]
    answer = tilde.client.get(f"/api/v1/stats/{made['id']}.xml", headers=HEADERS)

    assert f'<id type="integer">{made["id"]}</id>' in answer.text
    assert '<value type="integer">3</value>' in answer.text
    gone = tilde.client.get("/api/v1/stats/1", headers=HEADERS)
    assert (gone.status_code, "<errors><error>" in gone.text) == (404, True)


def test_stathats_stats_are_metrics_and_statsmixs_metrics_are_in_stathats_list(tilde):
    """One account, one list of stats, whoever posts; right after it was posted."""
    tilde.client.post(
        "/ez", json={"ezkey": EZKEY, "data": [{"stat": "speed", "value": 3}, {"stat": "hat", "count": 1}]}
    )
    call(tilde, "POST", "track.json", name="mixed")

    metrics = {metric["name"]: metric["id"] for metric in call(tilde, "GET", "metrics.json")["metrics"]["metric"]}
    assert {"speed", "hat", "mixed"} <= metrics.keys()
    assert call(tilde, "GET", f"metrics/{metrics['speed']}.json")["metric"]["name"] == "speed"
    listed = {stat["name"] for stat in tilde.client.get(f"/x/{TOKEN}/statlist").json()}
    assert {"speed", "hat", "mixed"} <= listed


def test_what_one_dialect_writes_is_in_the_others_numbers(tilde):
    """Both ways: a stat of StatHat's takes StatsMix's numbers, a metric takes StatHat's, and each shows all of them."""
    tilde.client.post("/ez", data={"ezkey": EZKEY, "stat": "shared", "count": "2"})
    mixed = call(tilde, "POST", "track.json", name="shared", value="3", ref_id="a")["stat"]
    metrics = {metric["name"]: metric["id"] for metric in call(tilde, "GET", "metrics.json")["metrics"]["metric"]}
    assert metrics["shared"] == mixed["metric_id"]
    call(tilde, "POST", "stats.json", metric_id=str(metrics["shared"]), value="4")
    call(tilde, "PUT", f"stats/{mixed['id']}.json", value="5")
    tilde.wait_counted()

    found = {stat["name"]: stat["id"] for stat in tilde.client.get(f"/x/{TOKEN}/statlist").json()}
    data = tilde.client.get(f"/x/{TOKEN}/data/{found['shared']}?t=1d1d").json()
    assert sum(point["value"] for point in data[0]["points"]) == 2 + 5 + 4
    listed = call(tilde, "GET", "stats.json", metric_id=str(mixed["metric_id"]))["stats"]["stat"]
    assert sorted(stat["value"] for stat in listed) == [4, 5]


def test_a_number_that_is_written_where_points_were_taken_back_is_in_every_read_and_after_a_replay(tilde):
    """By a ref that comes again, and by the id of one without; what is changed but for its number stays taken back."""
    first = call(tilde, "POST", "track.json", name="taken", value="500", ref_id="z")["stat"]
    plain = call(tilde, "POST", "track.json", name="taken", value="60")["stat"]
    call(tilde, "POST", "track.json", name="taken", value="8", ref_id="stays back")
    metric = str(first["metric_id"])
    tilde.wait_counted()
    bearer = {"authorization": f"Bearer {TOKEN}"}
    (stat,) = tilde.client.get("/tilde/v1/stats", params={"name": "taken"}, headers=bearer).json()
    points, always = f"/tilde/v1/stats/{stat['id']}/points", {"from": 0, "to": 2**32}
    assert tilde.client.delete(points, params=always, headers=bearer).json()["deleted"] == 3

    call(tilde, "POST", "track.json", name="taken", value="700", ref_id="z")
    call(tilde, "PUT", f"stats/{plain['id']}.json", value="7")
    call(tilde, "POST", "track.json", name="taken", meta="1", ref_id="stays back")

    def numbers() -> list[float]:
        tilde.wait_counted()
        return sorted(one["value"] for one in tilde.client.get(points, params=always, headers=bearer).json())

    listed = call(tilde, "GET", "stats.json", metric_id=metric)["stats"]["stat"]
    assert (sorted(one["value"] for one in listed), numbers()) == ([7, 8, 700], [7, 700])
    tilde.run("replay")
    assert numbers() == [7, 700]


def test_a_metric_and_a_profile_are_read_right_after_they_were_made_and_changed(tilde):
    profile = call(tilde, "POST", "profiles.json", name="A customer", time_zone="Europe/Lisbon")["profile"]
    assert call(tilde, "GET", f"profiles/{profile['id']}.json")["profile"] == profile
    made = call(tilde, "POST", "metrics.json", name="sales", profile_id=str(profile["id"]))["metric"]
    assert call(tilde, "GET", f"metrics/{made['id']}.json")["metric"] == made
    changed = call(tilde, "PUT", f"metrics/{made['id']}.json", sharing="public", name="all sales")["metric"]
    shown = call(tilde, "GET", f"metrics/{made['id']}.json")["metric"]
    assert {**shown, "updated_at": ""} == {**changed, "updated_at": ""}
    assert shown["url"].startswith(str(tilde.client.base_url).rstrip("/") + "/d/")
    for end, said in (("", "<h1>all sales</h1>"), (".csv", "date,value"), (".json", '"name":"all sales"')):
        assert said in tilde.client.get(shown["url"] + end).text
    of_profile = call(tilde, "GET", "metrics.json", profile_id=str(profile["id"]))["metrics"]["metric"]
    assert of_profile == [shown]


def test_a_partner_reads_the_users_that_it_made_and_nobody_elses(tilde):
    """By the id or by the key; whoever is one has none."""
    made = call(tilde, "POST", "partners/users.json", email="user@mixer.example", name="U", plan="basic")["user"]

    listed = {name: value for name, value in made.items() if name != "api_key_xml"}
    assert call(tilde, "GET", "partners/users.json")["users"]["user"] == [listed]
    for said in (made["id"], made["api_key"]):
        assert call(tilde, "GET", f"partners/users/{said}.json")["user"] == made
    in_xml = tilde.client.get(f"/api/v2/partners/users/{made['id']}", headers=HEADERS)
    assert f"<api_key>{made['api_key']}</api_key>" in in_xml.text
    theirs = {"x-statsmix-token": made["api_key"]}
    assert tilde.client.get("/api/v2/partners/users.json", headers=theirs).json() == {"users": {"user": []}}
    assert tilde.client.get(f"/api/v2/partners/users/{made['id']}", headers=theirs).status_code == 404
    call(tilde, "DELETE", f"partners/users/{made['id']}.json")
    assert call(tilde, "GET", f"partners/users/{made['id']}.json", 404)["errors"]["error"]
