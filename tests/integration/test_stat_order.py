"""What is in sight of a stat that was deleted, by every read: decided by places in the log, whatever clocks showed."""

from random import Random

import pytest
import pytest_asyncio

from testkit.query_place import HITS, NOW, TOKEN, QueryPlace, a_hit
from testkit.rows import a_metric
from tilde.domain.catalog.stats import StatCreated, StatDeleted, StatRestored
from tilde.domain.log.versions import TAKEN_BACK, version_at
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.store.sql import statement

BEARER = {"authorization": f"Bearer {TOKEN}"}
HOUR = 3600
pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

ENDS = [10 + partition for partition in range(16)]


def hit(seconds_ago: int, number: float, partition: int, offset: int) -> bytes:
    """A point of `hits` with the place in the log of the post it came from."""
    return a_hit(seconds_ago, number, raw_partition=partition, version=version_at(offset, 0), ts=(NOW - 60) * 1000)


@pytest_asyncio.fixture(loop_scope="module")
async def known(place: QueryPlace) -> QueryPlace:
    await place.insert("metric", a_metric("hits", raw_partition=0, first_seen_at=(NOW - HOUR) * 1000))
    return place


async def shown(place: QueryPlace, id_: str) -> dict[str, object]:
    """What every kind of read says of the numbers of `hits`."""
    stat = f"/tilde/v1/stats/{id_}"
    totals = await place.get(f"{stat}/totals", headers=BEARER)
    last = await place.get(f"{stat}/last", headers=BEARER)
    series = await place.get(f"{stat}/series?bucket=1M", headers=BEARER)  # buckets of unequal length
    steps = await place.get(f"/x/{TOKEN}/data/{id_}?t=1d1h")
    export = await place.http.get("/tilde/v1/export?format=csv", headers=BEARER)
    return {
        "totals": totals["total"],
        "last": last["value"],
        "series": sum(point["value"] for point in series["points"]),
        "steps": sum(point["value"] for point in steps[0]["points"]),
        "export": sum(float(line.split(",")[4]) for line in export.text.splitlines()[1:]),
    }


async def test_a_post_received_by_a_clock_that_is_ahead_is_hidden_by_the_deletion_behind_it(known: QueryPlace) -> None:
    """Two hours ahead: its id and its time of receipt are above those of everything that comes."""
    await known.insert("point", hit(-2 * HOUR, 1, partition=3, offset=ENDS[3] - 1))
    (stat,) = await known.get(f"/x/{TOKEN}/statlist")
    await known.decide(StatDeleted(1, HITS), at_ms=NOW * 1000, ends=ENDS)

    assert await known.get(f"/x/{TOKEN}/statlist") == []
    await known.get(f"/tilde/v1/stats/{stat['id']}", 404, headers=BEARER)
    await known.get(f"/tilde/v1/stats/{stat['id']}/totals", 404, headers=BEARER)


async def test_a_post_behind_a_deletion_is_in_sight_whatever_the_clocks_showed(known: QueryPlace) -> None:
    """The decider's was two hours ahead, the edge's five seconds behind the other edge's."""
    await known.insert("point", hit(5, 1, partition=3, offset=ENDS[3] - 1), hit(4, 2, partition=7, offset=0))
    await known.decide(StatDeleted(1, HITS), at_ms=(NOW + 2 * HOUR) * 1000, ends=ENDS)
    await known.insert("point", hit(9, 4, partition=3, offset=ENDS[3]), hit(8, 8, partition=7, offset=ENDS[7] + 1))
    (stat,) = await known.get(f"/x/{TOKEN}/statlist")

    assert await shown(known, stat["id"]) == {"totals": 12, "last": 8, "series": 12, "steps": 12, "export": 12}
    assert (stat["created_at"], stat["data_received_at"]) == (NOW - 9, NOW - 8)
    one = await known.get(f"/tilde/v1/stats/{stat['id']}", headers=BEARER)
    assert (one["created_at"], one["data_received_at"]) == (NOW - 9, NOW - 8)


async def test_a_restored_stat_shows_everything_again(known: QueryPlace) -> None:
    """Both what was hidden and what came since."""
    await known.insert("point", hit(5, 1, partition=3, offset=1))
    await known.decide(StatDeleted(1, HITS), at_ms=NOW * 1000, ends=ENDS)
    await known.insert("point", hit(9, 4, partition=3, offset=ENDS[3]))
    await known.decide(StatRestored(1, HITS))
    (stat,) = await known.get(f"/x/{TOKEN}/statlist")

    assert await shown(known, stat["id"]) == {"totals": 5, "last": 1, "series": 5, "steps": 5, "export": 5}


async def test_rows_of_before_the_upgrade_are_hidden_by_a_deletion_of_after_it(known: QueryPlace) -> None:
    """They do not say which partition they came from, but stand in front of whatever this release decides."""
    await known.insert("point", a_hit(-HOUR, 1, raw_partition=-1, version=version_at(1_000, 0)))
    await known.decide(StatDeleted(1, HITS), at_ms=NOW * 1000, ends=ENDS)

    assert await known.get(f"/x/{TOKEN}/statlist") == []


async def test_what_an_older_release_deleted_stays_as_it_was(known: QueryPlace) -> None:
    """Its entries hide by the time of receipt, also beside stats that this one deleted."""
    other = metric_id(1, "counter", "other")
    await known.insert("metric", a_metric("other", first_seen_at=(NOW - HOUR) * 1000))
    await known.insert("point", hit(9, 1, partition=3, offset=1), hit(4, 2, partition=3, offset=2))
    ids = {"metric": other, "raw_partition": 3, "ts": (NOW - 60) * 1000}
    await known.insert("point", a_hit(4, 16, version=version_at(2, 0), **ids))
    await known.insert("point", a_hit(9, 32, version=version_at(ENDS[3], 0), **ids))
    await known.decide(StatDeleted(1, HITS), at_ms=(NOW - 5) * 1000)
    await known.decide(StatDeleted(1, other), at_ms=(NOW - 5) * 1000, ends=ENDS)
    stats = {stat["name"]: stat for stat in await known.get(f"/x/{TOKEN}/statlist")}
    totals = {
        name: (await known.get(f"/tilde/v1/stats/{stat['id']}/totals", headers=BEARER))["total"]
        for name, stat in stats.items()
    }

    assert totals == {"hits": 2, "other": 32}
    export = await known.http.get("/tilde/v1/export?format=json", headers=BEARER)
    assert sorted(line.split('"number":')[1].split(",")[0] for line in export.text.splitlines()) == ["2", "32"]


@pytest.mark.parametrize("asked_at_once", [2, 5_000])
async def test_a_list_leaves_out_what_was_deleted_however_much_that_is(
    known: QueryPlace, monkeypatch: pytest.MonkeyPatch, asked_at_once: int
) -> None:
    """By age, and by id; what has points since, or was made since, is at its place among the others."""
    for bound in ("api.reads.stats.stat_list.DECIDED_MAX", "api.reads.stats.returned.ASKED_BY_ID_MAX"):
        monkeypatch.setattr(bound, asked_at_once)
    for bound in ("api.reads.stats.stat_list.AGES_AT_ONCE", "api.reads.stats.stat_list.IDS_AT_ONCE"):
        monkeypatch.setattr(bound, 3 * asked_at_once)
    names = [f"stat {n}" for n in range(30)]
    metrics = [metric_id(1, "counter", name) for name in names]
    for n, name in enumerate(names):
        await known.insert("metric", a_metric(name, raw_partition=n % 16, first_seen_at=(NOW - HOUR + n) * 1000))
    places = {"raw_partition": 3, "ts": (NOW - 60) * 1000}
    await known.insert(
        "point", *(a_hit(60, metric=one, version=version_at(1, n), **places) for n, one in enumerate(metrics))
    )
    await known.decide(*(StatDeleted(1, metric) for metric in metrics[:24]), ends=ENDS)
    await known.insert(
        "point", *(a_hit(9 - n, metric=metrics[n], version=version_at(ENDS[3], n), **places) for n in range(3))
    )
    for n in (3, 27):
        await known.decide(StatCreated(1, metrics[n], Kind.COUNTER, names[n]), at_ms=(NOW - 3 + n) * 1000)
    by_age = [stat["name"] for stat in await known.get("/tilde/v1/stats", headers=BEARER)]
    paged = [
        stat["name"]
        for offset in range(0, 12, 2)
        for stat in await known.get(f"/tilde/v1/stats?limit=2&offset={offset}", headers=BEARER)
    ]
    by_id = await known.get("/tilde/v1/stats?after=", headers=BEARER)

    expected = ["hits", *names[24:], *names[:4]]
    assert by_age == expected
    assert paged == expected
    assert {stat["name"] for stat in by_id} <= set(expected)
    assert sorted(stat["name"] for stat in await known.get("/a1/stats", auth=(TOKEN, ""))) == sorted(expected)


async def test_rows_that_a_deletion_hides_are_not_read_to_know_that_nothing_came_since(known: QueryPlace) -> None:
    """The tables keep the newest place of every metric."""
    await known.insert("point", *(hit(60, 1, partition=3, offset=n) for n in range(9)))
    where = {"database": "tilde_g1", "product": 1, "first": HITS, "last": HITS, "metrics": [HITS]}
    plan = await known.store.rows("EXPLAIN " + statement("api.reads", "stats.places"), where)

    assert "(places)" in str(plan)


@pytest.mark.parametrize("seed", range(6))
async def test_lists_totals_and_exports_show_the_same_of_any_rows(known: QueryPlace, seed: int) -> None:
    """Rows with places and clocks at random, some of them twice: what is in sight is what stands behind the cut."""
    random = Random(seed)
    ends = [random.randrange(20) for _ in range(16)]
    received = random.sample(range(-2 * HOUR, 2 * HOUR), 40)
    rows = {(random.randrange(16), random.randrange(20)): (ago, 2.0**place) for place, ago in enumerate(received)}
    messages = [hit(ago, number, partition, offset) for (partition, offset), (ago, number) in rows.items()]
    await known.insert("point", *messages, *random.sample(messages, 10))
    await known.decide(StatDeleted(1, HITS), at_ms=(NOW + random.randrange(-HOUR, HOUR)) * 1000, ends=ends)
    visible = {where: row for where, row in rows.items() if where[1] >= ends[where[0]]}
    (stat,) = await known.get(f"/x/{TOKEN}/statlist")
    seen = await shown(known, stat["id"])
    total = sum(number for _, number in visible.values())
    newest = min(visible.values())

    assert {seen[name] for name in ("totals", "series", "steps", "export")} == {total}
    assert seen["last"] == newest[1]
    first = max(ago for ago, _ in visible.values())
    assert stat["created_at"] == NOW - first


async def test_a_point_of_the_very_moment_of_an_old_deletion_is_in_sight(known: QueryPlace) -> None:
    """The smallest id of that moment is the first that is not hidden."""
    await known.insert("point", hit(5, 2, partition=3, offset=2))
    await known.decide(StatDeleted(1, HITS), at_ms=(NOW - 5) * 1000)

    assert [stat["name"] for stat in await known.get(f"/x/{TOKEN}/statlist")] == ["hits"]


async def test_a_stat_whose_only_point_since_its_deletion_is_taken_back_is_gone_before_and_after_a_merge(
    known: QueryPlace,
) -> None:
    """What replaced the row decides, also while the row is on disk."""
    ends = [10] * 16
    await known.insert("point", hit(60, 1, partition=3, offset=9))
    await known.decide(StatDeleted(1, HITS), ends=ends)
    await known.insert("point", hit(5, 2, partition=3, offset=10))
    assert [stat["name"] for stat in await known.get(f"/x/{TOKEN}/statlist")] == ["hits"]

    taken_back = {"raw_partition": -1, "version": TAKEN_BACK, "is_deleted": 1, "ts": (NOW - 60) * 1000}
    await known.insert("point", a_hit(5, 0, **taken_back))
    seen = [await known.get(f"/x/{TOKEN}/statlist")]
    await known.store.execute("OPTIMIZE TABLE tilde_g1.points FINAL")
    seen.append(await known.get(f"/x/{TOKEN}/statlist"))

    assert seen == [[], []]
