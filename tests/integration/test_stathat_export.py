"""StatHat's export API over chDB with known rows: exact answers, as its clients were seen to need them."""

import base64

import pytest
import pytest_asyncio

from testkit.edges import KEYRING
from testkit.query_place import HITS, NOW, TOKEN, QueryPlace, a_hit, an_account
from testkit.rows import a_metric
from tilde.domain.catalog.stat_settings import StatChanged
from tilde.domain.catalog.stats import StatCommented, StatCreated, StatDeleted, StatRestored
from tilde.domain.stats.metrics import Kind, metric_id, short_id

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

MINUTE_OF_NOW = 1_793_016_060
LOAD = metric_id(1, "value", "load")
ID = short_id(HITS)
LOAD_ID = short_id(LOAD)


@pytest_asyncio.fixture(loop_scope="module")
async def known(place) -> QueryPlace:
    """Two stats: `hits`, a counter, and `load`, a value that came later."""
    await place.insert(
        "metric",
        a_metric("hits", first_seen_at=(NOW - 8 * 86_400) * 1000),
        a_metric("load", "value", first_seen_at=(NOW - 3600) * 1000),
    )
    await place.insert(
        "point",
        a_hit(8 * 86_400, 1000),  # before the week
        a_hit(6 * 86_400 + 100, 2),
        a_hit(6 * 86_400 + 90, 3),
        a_hit(86_000, 0.5),
        a_hit(5, 7),  # in the minute that now lies in
        a_hit(3000, 1, metric=LOAD),
        a_hit(2000, 2, metric=LOAD),
        a_hit(1000, 4.5, metric=LOAD),
    )
    return place


HITS_OBJECT = {
    "id": ID,
    "name": "hits",
    "public": False,
    "counter": True,
    "unit": "",
    "classic_key": KEYRING.stat_key(1, Kind.COUNTER, HITS),
    "embed_key": KEYRING.embed_key(1, HITS),
    "data_received_at": NOW - 5,
    "created_at": NOW - 8 * 86_400,
}


async def test_statlist_has_every_field_that_a_client_needs(known):
    listed = await known.get(f"/x/{TOKEN}/statlist")

    assert listed[0] == HITS_OBJECT
    assert [(stat["name"], stat["counter"], stat["created_at"], stat["data_received_at"]) for stat in listed] == [
        ("hits", True, NOW - 691_200, NOW - 5),
        ("load", False, NOW - 3600, NOW - 1000),
    ]


async def test_whole_numbers_are_written_whole(known):
    text = (await known.http.get(f"/x/{TOKEN}/data/{ID}?t=1w1d")).text

    assert '{"time":1792411260,"value":5}' in text
    assert '{"time":1792929660,"value":0.5}' in text
    assert ".0" not in text


async def test_statlist_past_its_end_is_empty(known):
    assert await known.get(f"/x/{TOKEN}/statlist?offset=2") == []
    assert len(await known.get(f"/x/{TOKEN}/statlist?offset=1")) == 1


async def test_an_offset_that_is_none_is_told(known):
    for offset in ("x", "-1", "9" * 5000):
        assert await known.get(f"/x/{TOKEN}/statlist?offset={offset}", 400) == {"msg": "offset must be a whole number"}


async def test_stat_by_name(known):
    assert await known.get(f"/x/{TOKEN}/stat?name=hits") == HITS_OBJECT


async def test_a_name_that_is_unknown_is_404(known):
    assert await known.get(f"/x/{TOKEN}/stat?name=nothing", 404) == {"msg": "stat not found"}


async def test_a_name_of_a_counter_and_a_value_finds_the_older_one(known):
    await known.insert("metric", a_metric("load", "counter", first_seen_at=NOW * 1000))
    found = await known.get(f"/x/{TOKEN}/stat?name=load")

    assert (found["counter"], found["created_at"]) == (False, NOW - 3600)


async def test_a_week_by_the_day_has_eight_points_that_hang_on_the_minute(known):
    """Both ends: the first begins a week before the minute of now, the last with it."""
    assert await known.get(f"/x/{TOKEN}/data/{ID}?t=1w1d") == [
        {
            "name": "hits",
            "timeframe": "1 week @ 1 day",
            "points": [
                {"time": MINUTE_OF_NOW - 604_800, "value": 5},
                {"time": MINUTE_OF_NOW - 518_400, "value": 0},
                {"time": MINUTE_OF_NOW - 432_000, "value": 0},
                {"time": MINUTE_OF_NOW - 345_600, "value": 0},
                {"time": MINUTE_OF_NOW - 259_200, "value": 0},
                {"time": MINUTE_OF_NOW - 172_800, "value": 0},
                {"time": MINUTE_OF_NOW - 86_400, "value": 0.5},
                {"time": MINUTE_OF_NOW, "value": 7},
            ],
        }
    ]


async def test_value_points_are_averages_and_0_without_data(known):
    (dataset,) = await known.get(f"/x/{TOKEN}/data/{LOAD_ID}/?t=2h1h")

    assert dataset == {
        "name": "load",
        "timeframe": "2 hours @ 1 hour",
        "points": [
            {"time": MINUTE_OF_NOW - 7200, "value": 0},
            {"time": MINUTE_OF_NOW - 3600, "value": 2.5},
            {"time": MINUTE_OF_NOW, "value": 0},
        ],
    }


async def test_a_summary_has_whole_days_in_utc_today_the_last(known):
    (dataset,) = await known.get(f"/x/{TOKEN}/data/{ID}?summary=7d")

    assert dataset == {
        "name": "hits",
        "timeframe": "1 week @ 1 day",
        "points": [
            {"time": 1_792_454_400, "value": 5},  # 2026-10-20T00:00:00Z
            {"time": 1_792_540_800, "value": 0},
            {"time": 1_792_627_200, "value": 0},
            {"time": 1_792_713_600, "value": 0},
            {"time": 1_792_800_000, "value": 0},
            {"time": 1_792_886_400, "value": 0.5},
            {"time": 1_792_972_800, "value": 7},  # 2026-10-26
        ],
    }


async def test_with_start_the_set_runs_from_there(known):
    (dataset,) = await known.get(f"/x/{TOKEN}/data/{ID}?t=2d1d&start={NOW - 8 * 86_400 - 1}")

    assert dataset["points"] == [
        {"time": NOW - 691_201, "value": 1000},
        {"time": NOW - 604_801, "value": 5},
        {"time": NOW - 518_401, "value": 0},
    ]


async def test_up_to_five_stats_come_in_the_order_asked_for_and_more_are_ignored(known):
    asked = f"{LOAD_ID}/{ID}/{LOAD_ID}/{ID}/{LOAD_ID}/nonsense"
    datasets = await known.get(f"/x/{TOKEN}/data/{asked}?t=1h1h")

    assert [dataset["name"] for dataset in datasets] == ["load", "hits", "load", "hits", "load"]


@pytest.mark.parametrize("id_", ["nonsense", "000000000", "zzzzzzzzz", "%20", short_id(HITS + 1)])
async def test_data_of_an_id_that_is_unknown_is_404(known, id_):
    assert await known.get(f"/x/{TOKEN}/data/{ID}/{id_}?t=1w1d", 404) == {"msg": "stat not found"}


@pytest.mark.parametrize("t", ["1w", "1x1d", "0d1h", "-1d1h", "1y1m"])
async def test_a_timeframe_that_is_none_is_told(known, t):
    answer = await known.get(f"/x/{TOKEN}/data/{ID}?t={t}", 400)

    assert list(answer) == ["msg"]


@pytest.mark.parametrize("token", ["wrong", "%20", TOKEN + "x"])
async def test_a_bad_token_is_401(known, token):
    assert await known.get(f"/x/{token}/statlist", 401) == {"msg": "invalid access token"}


async def test_a_token_is_percent_decoded(known):
    assert await known.get("/x/TOK%2Fx/statlist") == []


async def test_the_stats_of_another_account_are_not_in_sight(known):
    assert await known.get(f"/x/TOK%2Fx/data/{ID}?t=1w1d", 404) == {"msg": "stat not found"}


async def test_a_token_that_was_just_made_is_found(place):
    """The follower has not read it: a look at the end of the catalog comes before a refusal."""
    await place.decide(an_account(3, "third", "just made"), followed=False)

    assert await place.get("/x/just%20made/statlist") == []


async def test_a_stat_in_the_trash_is_out_of_sight(known):
    await known.decide(StatDeleted(1, HITS), at_ms=NOW * 1000)

    assert [stat["name"] for stat in await known.get(f"/x/{TOKEN}/statlist")] == ["load"]
    assert await known.get(f"/x/{TOKEN}/stat?name=hits", 404) == {"msg": "stat not found"}
    assert await known.get(f"/x/{TOKEN}/data/{ID}", 404) == {"msg": "stat not found"}


async def test_a_stat_that_was_restored_is_as_before(known):
    await known.decide(StatDeleted(1, HITS), at_ms=NOW * 1000)
    await known.decide(StatRestored(1, HITS), at_ms=NOW * 1000)

    assert await known.get(f"/x/{TOKEN}/stat?name=hits") == HITS_OBJECT


async def test_what_came_after_a_deletion_starts_the_stat_anew(known):
    await known.decide(StatDeleted(1, HITS), at_ms=(NOW - 3600) * 1000)
    listed = await known.get(f"/x/{TOKEN}/statlist")

    assert [(stat["name"], stat["created_at"], stat["data_received_at"]) for stat in listed] == [
        ("load", NOW - 3600, NOW - 1000),
        ("hits", NOW - 5, NOW - 5),
    ]
    assert await known.get(f"/x/{TOKEN}/stat?name=hits") == listed[1]
    (dataset,) = await known.get(f"/x/{TOKEN}/data/{ID}?t=1w1d")
    assert [point["value"] for point in dataset["points"]] == [0, 0, 0, 0, 0, 0, 0, 7]


async def test_a_stat_created_by_command_is_listed_before_its_first_post(place):
    await place.decide(StatCreated(1, HITS, Kind.COUNTER, "hits"), at_ms=(NOW - 50) * 1000)
    created = {**HITS_OBJECT, "created_at": NOW - 50, "data_received_at": 0}

    assert await place.get(f"/x/{TOKEN}/statlist") == [created]
    assert await place.get(f"/x/{TOKEN}/stat?name=hits") == created
    (dataset,) = await place.get(f"/x/{TOKEN}/data/{ID}?t=1h1h")
    assert [point["value"] for point in dataset["points"]] == [0, 0]


async def test_a_deleted_stat_that_is_created_again_is_listed_without_its_old_points(known):
    await known.decide(StatDeleted(1, HITS), at_ms=(NOW - 3) * 1000)
    await known.decide(StatCreated(1, HITS, Kind.COUNTER, "hits"), at_ms=(NOW - 2) * 1000)
    listed = await known.get(f"/x/{TOKEN}/statlist")

    assert listed[1] == {**HITS_OBJECT, "created_at": NOW - 2, "data_received_at": 0}
    (dataset,) = await known.get(f"/x/{TOKEN}/data/{ID}?t=1h1h")
    assert [point["value"] for point in dataset["points"]] == [0, 0]


async def test_points_that_came_twice_count_once(known):
    await known.insert("point", a_hit(5, 7), a_hit(86_000, 0.5))
    (dataset,) = await known.get(f"/x/{TOKEN}/data/{ID}?t=1w1d")

    assert [point["value"] for point in dataset["points"]][-2:] == [0.5, 7]


BASIC = {"authorization": "Basic " + base64.b64encode(f"{TOKEN}:".encode()).decode()}


async def test_a1_lists_stats_for_the_official_command_line_tool(known):
    listed = await known.get("/a1/stats", headers=BASIC)

    assert listed[1] == {
        "id": LOAD_ID,
        "name": "load",
        "public": False,
        "counter": False,
        "data_received_at": NOW - 1000,
        "created_at": NOW - 3600,
    }


async def test_a_stat_that_is_shared_is_public_until_it_is_private_again(known):
    """In all three answers that have the field; the other stat is as it was."""

    async def told():
        lists = [await known.get(f"/x/{TOKEN}/statlist"), await known.get("/a1/stats", headers=BASIC)]
        one = await known.get(f"/x/{TOKEN}/stat?name=hits")
        return [{stat["name"]: stat["public"] for stat in stats} for stats in (*lists, [one])]

    await known.decide(StatChanged(1, HITS, is_public=True, in_email=False, url=""))
    assert await told() == [{"hits": True, "load": False}] * 2 + [{"hits": True}]

    await known.decide(StatChanged(1, HITS, is_public=False, in_email=False, url=""))
    assert await told() == [{"hits": False, "load": False}] * 2 + [{"hits": False}]


async def test_a1_datasets_say_how_many_posts_a_bucket_has(known):
    """`rcount` 0 means no data, and is left out of the tool's averages."""
    assert await known.get(f"/a1/stats/{LOAD_ID}/dataset?t=2h1h", headers=BASIC) == {
        "name": "load",
        "timeframe": "2 hours @ 1 hour",
        "kind": "value",
        "points": [
            {"time": MINUTE_OF_NOW - 7200, "value": 0, "rcount": 0},
            {"time": MINUTE_OF_NOW - 3600, "value": 2.5, "rcount": 3},
            {"time": MINUTE_OF_NOW, "value": 0, "rcount": 0},
        ],
    }


async def test_a1_full_datasets_go_from_the_first_day_to_today(known):
    full = await known.get(f"/a1/stats/{ID}/dataset_full", headers=BASIC)

    assert (full["kind"], full["timeframe"]) == ("count", "9 days @ 1 day")
    assert [(point["value"], point["rcount"]) for point in full["points"]] == [
        (1000, 1),  # 2026-10-18
        (0, 0),
        (5, 2),
        (0, 0),
        (0, 0),
        (0, 0),
        (0, 0),
        (0.5, 1),
        (7, 1),
    ]


async def test_a1_without_a_token_is_401(known):
    answer = await known.http.get("/a1/stats")

    assert (answer.status_code, answer.json()) == (401, {"msg": "invalid access token"})
    assert answer.headers["www-authenticate"].startswith("Basic")


async def test_comments_and_existence_for_the_edge(known):
    await known.decide(StatCommented(1, HITS, "went up"), at_ms=NOW * 1000)
    bearer = {"authorization": f"Bearer {TOKEN}"}
    stat = await known.get(f"/tilde/v1/stats/{ID}", headers=bearer)

    assert stat["comments"] == [{"at": NOW, "text": "went up"}]
    assert await known.get("/tilde/v1/stats/nonsense", 404, headers=bearer) == {"detail": "stat not found"}
