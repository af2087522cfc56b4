"""A stat that is renamed keeps its id and its points, and its old name is free: for posts, look-ups, lists, exports and
SQL, and in tables that are made again.
"""

import json
from typing import Any

import pytest

from testkit.waiting import PATIENCE_S, until

pytestmark = pytest.mark.store
EZKEY, TOKEN = "a-key-of-the-renamer", "a-token-of-the-renamer"
BEARER = {"authorization": f"Bearer {TOKEN}"}
ALWAYS = {"from": 0, "to": 2**32}


@pytest.fixture(scope="module")
def tilde(tilde_up):
    """The one that others use too, with an account for all of these."""
    tilde_up.start_unless_it_runs()
    account, tilde_up.account = tilde_up.account, tilde_up.make_account("renamer", ezkey=EZKEY, token=TOKEN)
    yield tilde_up
    tilde_up.account = account


def post(tilde, name: str, count: float = 1.0) -> None:
    """By its name, in a batch, and by whoever posts alone."""
    answer = tilde.client.post("/ez", json={"ezkey": EZKEY, "data": [{"stat": name, "count": count}]}).json()
    assert answer["multiple"] == 1
    tilde.wait_counted()


def change(tilde, stat: str, status: int = 200, **changes: Any) -> dict[str, Any]:
    path = f"/tilde/v1/accounts/renamer/stats/{stat}"
    answer = tilde.client.patch(path, json=changes, headers=tilde.operator())
    assert answer.status_code == status, answer.text
    if answer.is_success and "name" in changes:
        wait_named(tilde, stat, changes["name"])
    return answer.json()


def wait_named(tilde, stat: str, name: str) -> None:
    """Reads of the catalog say so at once, tables soon."""
    until(lambda: name_in_sql(tilde, stat) == name, PATIENCE_S, lambda: f"{stat} is {name_in_sql(tilde, stat)}")


def name_in_sql(tilde, stat: str) -> str:
    (row,) = tilde.sql(f"SELECT name FROM metrics WHERE id = '{stat}'")
    return row["name"]


def named(tilde, name: str, *in_trash: str) -> list[str]:
    """The ids of a name, as every way of looking it up says; tables have what is in the trash, too."""
    found = tilde.client.get("/tilde/v1/stats", params={"name": name}, headers=BEARER).json()
    ids = [stat["id"] for stat in found]
    listed = tilde.client.get("/tilde/v1/stats", headers=BEARER).json()
    assert [stat["id"] for stat in listed if stat["name"] == name] == ids
    prefixed = tilde.client.post("/tilde/v1/stats/find", json={"prefix": name}, headers=BEARER).json()["stats"]
    assert [stat["id"] for stat in prefixed if stat["name"] == name] == ids
    product = tilde.account["product"]["id"]
    rows = tilde.sql(f"SELECT id FROM metrics WHERE product = {product} AND name = '{name}'")
    assert [row["id"] for row in rows if row["id"] not in in_trash] == ids
    by_name = f"SELECT DISTINCT metric FROM stat(name = '{name}') WHERE product = {product}"
    assert len(tilde.sql(by_name)) == len(ids) + len(in_trash)
    if ids:
        one = tilde.client.get(f"/x/{TOKEN}/stat", params={"name": name}).json()
        assert one["id"] == ids[0]
    return ids


def points(tilde, stat: str, name: str) -> list[float]:
    """What it counted, as single points, an export and a sum say."""
    found = [
        one["value"] for one in tilde.client.get(f"/tilde/v1/stats/{stat}/points", params=ALWAYS, headers=BEARER).json()
    ]
    exported = tilde.client.get("/tilde/v1/export", params={"format": "json"}, headers=BEARER).text
    lines = [json.loads(line) for line in exported.splitlines()]
    assert [line["number"] for line in lines if line["id"] == stat] == found
    assert {line["name"] for line in lines if line["id"] == stat} == {name}
    total = tilde.client.get(f"/tilde/v1/stats/{stat}/totals", params=ALWAYS, headers=BEARER).json()["total"]
    assert total == sum(found)
    return found


def test_posts_to_a_new_name_go_to_the_stat_and_its_old_one_is_free(tilde):
    """Also behind a `~`, where one of the stats was renamed; and again when the tables are made anew."""
    post(tilde, "old", 1)
    (stat,) = named(tilde, "old")
    uuid = tilde.client.get(f"/tilde/v1/stats/{stat}", headers=BEARER).json()["uuid"]

    assert change(tilde, stat, name="new")["name"] == "new"
    assert named(tilde, "old") == []
    post(tilde, "new", 2)
    post(tilde, "old", 4)
    post(tilde, "~new,old,other", 8)

    assert named(tilde, "new") == [stat]
    (heir,) = named(tilde, "old")
    (other,) = named(tilde, "other")
    assert len({stat, heir, other}) == 3

    def holds() -> None:
        assert points(tilde, stat, "new") == [1, 2, 8]
        assert points(tilde, heir, "old") == [4, 8]
        assert points(tilde, other, "other") == [8]
        shown = tilde.client.get(f"/tilde/v1/stats/{stat}", headers=BEARER).json()
        assert (shown["name"], shown["uuid"]) == ("new", uuid)

    holds()
    tilde.run("replay")
    tilde.wait_counted()
    holds()
    assert named(tilde, "new") == [stat]
    assert named(tilde, "old") == [heir]


def test_a_name_in_sight_is_not_given_to_another_stat(tilde):
    """Nor one that was made by hand, or given before. One that is in the trash is free."""
    post(tilde, "first")
    post(tilde, "second")
    (first,), (second,) = named(tilde, "first"), named(tilde, "second")

    assert "another stat" in change(tilde, first, 409, name="second")["detail"]
    assert change(tilde, "KPEwTV9Ia", 404, name="second")["detail"] == "stat not found"
    assert change(tilde, first, name="third")["name"] == "third"
    assert "another stat" in change(tilde, second, 409, name="third")["detail"]
    assert "none of them ~" in change(tilde, second, 409, name="a~b")["detail"]
    deleted = tilde.client.delete(f"/tilde/v1/stats/{first}", headers=BEARER)
    assert deleted.json() == {"id": first, "deleted": True}

    assert change(tilde, second, name="third")["name"] == "third"
    post(tilde, "third")
    assert named(tilde, "third", first) == [second]
    assert points(tilde, second, "third") == [1, 1]


def test_a_stat_that_is_deleted_under_its_new_name_comes_back_under_it(tilde):
    """Restored, or by a new post; in the trash it stands under that name, too."""
    post(tilde, "early", 1)
    (stat,) = named(tilde, "early")
    change(tilde, stat, name="late")
    tilde.client.delete(f"/tilde/v1/stats/{stat}", headers=BEARER)
    trash = tilde.client.get("/tilde/v1/accounts/renamer/trash", headers=tilde.operator()).json()
    assert [one["name"] for one in trash if one["id"] == stat] == ["late"]
    restored = tilde.client.post(f"/tilde/v1/accounts/renamer/stats/{stat}/restore", headers=tilde.operator())

    assert restored.json() == {"id": stat, "deleted": False}
    assert points(tilde, stat, "late") == [1]
    tilde.client.delete(f"/tilde/v1/stats/{stat}", headers=BEARER)
    post(tilde, "late", 2)
    assert named(tilde, "late") == [stat]
    assert points(tilde, stat, "late") == [2]


def test_a_stats_settings_are_kept_and_shown(tilde):
    """The public id ends when the sharing does; another one comes with the next."""
    post(tilde, "shared")
    (stat,) = named(tilde, "shared")

    first = change(tilde, stat, sharing="public", include_in_email=True, url="https://shop.example/stats")
    kept = change(tilde, stat, name="shared by all")
    assert kept == {**first, "name": "shared by all"}
    shown = tilde.client.get(f"/tilde/v1/stats/{stat}", headers=BEARER).json()
    assert {name: shown[name] for name in kept} == kept
    assert change(tilde, stat, sharing="none")["public_id"] is None
    again = change(tilde, stat, sharing="public")
    assert len(again["public_id"]) > 30
    assert again["public_id"] != first["public_id"]
    assert again["include_in_email"] is True


def test_the_command_line_renames_a_stat_and_says_what_it_is_now(tilde):
    """In a process of its own, over HTTP."""
    post(tilde, "by hand")
    (stat,) = named(tilde, "by hand")

    told = json.loads(tilde.run("stat", "set", stat, "-a", "renamer", "--name", "by command", "--report", "--json"))

    assert (told["id"], told["name"], told["include_in_email"], told["sharing"]) == (stat, "by command", True, "none")
    wait_named(tilde, stat, "by command")
    assert named(tilde, "by command") == [stat]
