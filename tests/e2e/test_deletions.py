"""Single points taken back, and many stats deleted in one call: through commands, and the same after a replay."""

import json
import time

import pytest

from testkit.waiting import PATIENCE_S, until

pytestmark = pytest.mark.store
T = 1_790_000_000
EZKEY, TOKEN = "a-key-of-the-shop", "a-token-of-the-shop"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def tilde(tilde_up):
    """The one that others use too, with an account for all of these."""
    tilde_up.start_unless_it_runs()
    account, tilde_up.account = tilde_up.account, tilde_up.make_account("deletions", ezkey=EZKEY, token=TOKEN)
    yield tilde_up
    tilde_up.account = account


def post(tilde, *items) -> None:
    answer = tilde.client.post("/ez", json={"ezkey": EZKEY, "data": list(items)}).json()
    assert answer["multiple"] == len(items)


def point(name: str, t: int, number: float = 1.0) -> dict:
    return {"stat": name, "count": number, "t": t}


def id_of(tilde, name: str) -> str:
    tilde.wait_counted()
    (stat,) = tilde.client.get("/tilde/v1/stats", params={"name": name}, headers=BEARER).json()
    return stat["id"]


def numbers(tilde, stat: str) -> list[float]:
    range_ = {"from": 0, "to": 2**32}
    points = tilde.client.get(f"/tilde/v1/stats/{stat}/points", params=range_, headers=BEARER).json()
    exported = tilde.client.get("/tilde/v1/export", params={"stat": stat, "format": "json"}, headers=BEARER).text
    total = tilde.client.get(f"/tilde/v1/stats/{stat}/totals", params=range_, headers=BEARER).json()["total"]
    found = [point["value"] for point in points]
    assert [json.loads(line)["number"] for line in exported.splitlines()] == found
    assert total == sum(found)
    return found


def delete(tilde, stat: str, from_: object, to: object, status: int = 200) -> dict:
    answer = tilde.client.delete(f"/tilde/v1/stats/{stat}/points", params={"from": from_, "to": to}, headers=BEARER)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_points_are_taken_back_and_stay_so(tilde):
    """Those of the range that were acknowledged before, in every read; what is posted into it later stays."""
    post(tilde, *(point("wrong", T + i, 2**i) for i in range(5)), {"stat": "wrong~x", "count": 99, "t": T})
    stat = id_of(tilde, "wrong")
    post(tilde, point("wrong", T + 2, 64))  # not in the tables yet, maybe: it is acknowledged, so it goes

    assert delete(tilde, stat, T + 1, T + 3)["deleted"] == 3
    assert numbers(tilde, stat) == [1, 8, 16]
    post(tilde, point("wrong", T + 2, 32))
    tilde.wait_counted()
    assert numbers(tilde, stat) == [1, 8, 16, 32]
    assert [number for _, number in tilde.points("wrong", "counter")] == [1, 8, 16, 32]
    assert delete(tilde, stat, T + 1, T + 2)["deleted"] == 0
    assert numbers(tilde, id_of(tilde, "wrong x")) == [99]
    tilde.run("replay")
    assert numbers(tilde, stat) == [1, 8, 16, 32]


def test_a_stat_deleted_behind_its_points_is_not_brought_back_by_them(tilde):
    """A deleting row is no new point of it; restored, it is without the points that were taken back."""
    post(tilde, point("gone", T, 1), point("gone", T + 1, 2))
    stat = id_of(tilde, "gone")
    delete(tilde, stat, T, T + 1)
    assert tilde.client.delete(f"/tilde/v1/stats/{stat}", headers=BEARER).json() == {"id": stat, "deleted": True}

    assert tilde.client.get(f"/tilde/v1/stats/{stat}", headers=BEARER).status_code == 404
    assert tilde.client.delete(f"/tilde/v1/stats/{stat}", headers=BEARER).status_code == 404
    tilde.run("stat", "restore", stat, "--account", "deletions")
    until(lambda: numbers(tilde, stat) == [2], PATIENCE_S, lambda: "not restored")


def test_what_cannot_be_is_told(tilde):
    post(tilde, point("kept", T))
    stat = id_of(tilde, "kept")

    assert delete(tilde, stat, "", T + 1, 400) == {"detail": "say `from` and `to`"}
    assert "from" in delete(tilde, stat, T + 1, T, 400)["detail"]
    assert delete(tilde, "0U9DiwS5R", T, T + 1, 404) == {"detail": "stat not found"}
    nobody = tilde.client.delete(f"/tilde/v1/stats/{stat}/points?from=0&to=9", headers={"authorization": "Bearer x"})
    assert (nobody.status_code, nobody.json()) == (401, {"detail": "invalid access token"})
    assert numbers(tilde, stat) == [1]


def test_the_command_line_lists_points_and_takes_them_back(tilde):
    post(tilde, point("by hand", T, 1.5), point("by hand", T + 60, 2))
    stat = id_of(tilde, "by hand")
    options = ("--account", "deletions", "--from", str(T), "--to", str(T + 60))

    assert "1.5" in tilde.run("stat", "points", stat, *options)
    assert json.loads(tilde.run("stat", "points", stat, *options, "--delete", "--json"))["deleted"] == 1
    assert json.loads(tilde.run("stat", "points", stat, *options, "--json")) == []
    assert tilde.run("stat", "points", stat, *options).startswith(f"no points from {T} to {T + 60} ")
    assert numbers(tilde, stat) == [2]


def test_many_stats_are_deleted_in_one_call(tilde):
    """3,000 with three commands; those that are not there are named."""
    for some in range(3):
        post(tilde, *(point(f"many {some} {i}", T) for i in range(1_000)))
    post(tilde, point("man", T))
    tilde.wait_counted()
    listed = tilde.client.get("/tilde/v1/stats", headers=BEARER).json()
    many = [stat["id"] for stat in listed if stat["name"].startswith("many")]
    kept = [stat["id"] for stat in listed if not stat["name"].startswith("many")]
    began = time.monotonic()
    first = tilde.client.post(
        "/tilde/v1/stats/delete", json={"ids": [*many[:2_999], "0U9DiwS5R", "no id"]}, headers=BEARER
    )
    print(f"2,999 stats: {time.monotonic() - began:.2f} s")
    rest = tilde.client.delete("/tilde/v1/stats", params={"prefix": "many"}, headers=BEARER)

    assert sorted(first.json()["deleted"]) == sorted(many[:2_999])
    assert first.json()["not_found"] == ["0U9DiwS5R", "no id"]
    assert rest.json() == {"deleted": many[2_999:], "not_found": []}
    left = [stat["id"] for stat in tilde.client.get("/tilde/v1/stats", headers=BEARER).json()]
    assert sorted(left) == sorted(kept)
    assert tilde.client.delete("/tilde/v1/stats", headers=BEARER).status_code == 422
    assert tilde.client.post("/tilde/v1/stats/delete", json={"prefix": ""}, headers=BEARER).status_code == 422


def test_the_command_line_deletes_many_stats(tilde):
    post(tilde, *(point(f"cli {i}", T) for i in range(3)), point("clu", T))
    ids = [id_of(tilde, f"cli {i}") for i in range(3)]
    clu = id_of(tilde, "clu")
    deleted = json.loads(tilde.run("stat", "delete", *ids[:2], "--account", "deletions", "--json"))

    assert (sorted(deleted["deleted"]), deleted["not_found"]) == (sorted(ids[:2]), [])
    by_prefix = json.loads(tilde.run("stat", "delete", "--prefix", "cl", "--account", "deletions", "--json"))
    assert sorted(by_prefix["deleted"]) == sorted([ids[2], clu])
