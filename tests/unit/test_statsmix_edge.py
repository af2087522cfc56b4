"""What StatsMix's calls write, by each way in which its clients send them, and why they are refused."""

import json
import re

import orjson
import pytest

from producers.datagrams import Datagram
from producers.statsmix import changes
from producers.statsmix.posts import META_MAX
from producers.statsmix.reasons import Reason
from producers.statsmix.requests import FORM_BYTES_MAX
from testkit.asking import FORM, ask
from testkit.builders import NOON_MS, UUID
from testkit.resellers import a_site_created, a_user_created
from testkit.statsmix import API_KEY, ORDERS, OTHER_API_KEY, OTHERS, StandIn, StatsMixEdge, a_statsmix_edge, call
from tilde.domain.catalog.account_switches import AccountChanged
from tilde.domain.catalog.products import ProductChanged, ProductCreated
from tilde.domain.catalog.sites import SiteDeleted
from tilde.domain.catalog.stats import StatDeleted
from tilde.domain.catalog.switches import Switch
from tilde.domain.samples.sample import sample_id
from tilde.domain.stats.metrics import metric_id
from tilde.web.multipart import parts_of

TOKEN = [(b"x-statsmix-token", API_KEY.encode())]
TRACK = "/api/v2/track"


@pytest.fixture
async def edge() -> StatsMixEdge:
    return await a_statsmix_edge()


def numbers(edge: StatsMixEdge) -> list[tuple[str | None, float | None]]:
    return [(event["name"], event["number"]) for event in edge.records()]


MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="api_key"\r\n\r\n' + API_KEY.encode() + b"\r\n"
    b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\norders\r\n'
    b'--x\r\nContent-Disposition: form-data; name="value"\r\n\r\n2.5\r\n--x--\r\n'
)
FIELDS = f"api_key={API_KEY}&name=orders&value=2.5".encode()


@pytest.mark.parametrize(
    ("method", "target", "body", "headers"),
    [
        ("POST", TRACK, FIELDS, FORM),
        ("POST", TRACK, FIELDS, []),  # no content type
        ("GET", f"{TRACK}.xml", FIELDS, FORM),  # the Ruby gem
        ("POST", f"{TRACK}?{FIELDS.decode()}", b"", []),  # Java
        ("GET", f"{TRACK}?{FIELDS.decode()}&generated_at=&ref_id=&profile_id=", b"", []),  # Node HSH
        ("POST", TRACK, b"name=orders&value=2.5", [*FORM, *TOKEN]),
        ("GET", f"{TRACK}?name=orders&value=2.5", b"", TOKEN),
        ("POST", f"{TRACK}/track", FIELDS, FORM),  # C#
        ("POST", TRACK, MULTIPART, [(b"content-type", b"multipart/form-data; boundary=x")]),  # PHP
        ("POST", f"{TRACK}?name=orders", b"name=other&value=2.5", [*FORM, *TOKEN]),
    ],
)
async def test_track_is_read_from_wherever_a_client_puts_it(edge, method, target, body, headers):
    reply = await ask(edge.app, method, target, body, headers)

    assert reply.status == 200
    assert numbers(edge) == [("orders", 2.5)]
    assert edge.intake.tally.taken == 1


@pytest.mark.parametrize("written", ["json", "JSON", "%20json%20", "%E2%80%8Bjson"])
@pytest.mark.parametrize("fields", ["name=orders", "name=orders&ref_id=1"], ids=["lane", "route"])
async def test_a_form_is_read_without_what_nobody_sees_around_it(edge, fields, written):
    """As reads take it (tests/integration/test_statsmix_reads.py)."""
    assert json.loads((await call(edge, "POST", TRACK, f"{fields}&format={written}")).body)["stat"]["value"] == 1


async def test_track_answers_the_stat_in_the_form_that_was_asked_for(edge):
    xml = await call(edge, "POST", TRACK, "name=orders")
    by_path = await call(edge, "POST", f"{TRACK}.json", 'name=orders&meta={"a":1}&generated_at=2012-7-8 1:2:3')
    by_field = await call(edge, "POST", TRACK, "name=orders&format=json")
    stat = json.loads(by_path.body)["stat"]

    assert b"<stat>\n<id>" in xml.body
    assert (b"content-type", b"application/xml; charset=utf-8") in xml.headers
    assert (b"status", b"200") in xml.headers
    assert stat | {"id": 0} == {
        "id": 0,
        "ref_id": None,
        "profile_id": 1,
        "metric_id": ORDERS,
        "value": 1,
        "meta": '{"a":1}',
        "generated_at": "2012-07-08T01:02:03Z",
        "created_at": "2026-01-01T12:00:00Z",
        "updated_at": "2026-01-01T12:00:00Z",
    }
    assert [write.id for write in edge.writes()][1] == stat["id"]
    assert "stat" in json.loads(by_field.body)


async def test_a_ref_writes_the_same_stat_again_and_keeps_what_is_not_sent(edge):
    await call(edge, "POST", TRACK, 'name=orders&ref_id=order 7&value=3&meta={"a":1}')
    reply = await call(edge, "POST", f"{TRACK}.json", "name=orders&ref_id=order 7&value=5")
    stat = json.loads(reply.body)["stat"]

    assert stat["id"] == sample_id(ORDERS, "order 7")
    assert (stat["value"], stat["meta"], stat["ref_id"]) == (5, '{"a":1}', "order 7")
    assert len(edge.samples()) == 1


async def test_what_cannot_be_read_back_is_answered_as_it_was_written(edge):
    """It is durable: to say that it failed would have it sent again."""
    edge.api.is_away = True
    reply = await call(edge, "POST", f"{TRACK}.json", "name=orders&ref_id=a&value=5")

    assert json.loads(reply.body)["stat"]["value"] == 5
    assert len(edge.samples()) == 1


async def test_what_is_read_back_too_slowly_is_answered_as_it_was_written(edge, monkeypatch):
    """A stopped pipeline, or hundreds of others that want to read theirs, hold no client whose stat is durable."""
    monkeypatch.setattr(changes, "READ_BACK_S", 0.05)
    edge.api.is_stuck = True
    reply = await call(edge, "POST", f"{TRACK}.json", "name=orders&ref_id=a&value=5")

    assert json.loads(reply.body)["stat"]["value"] == 5
    assert len(edge.samples()) == 1


async def test_a_change_is_answered_as_it_was_written_where_the_tables_are_late(edge):
    """The wait for them has an end, and it is durable."""
    await call(edge, "POST", TRACK, "name=orders&ref_id=a&value=3&meta=7")
    (id_,) = edge.samples()
    edge.clock.advance(10)
    edge.api.late_from = 1
    changed = await call(edge, "PUT", f"/api/v2/stats/{id_}.json", "value=4")
    again = await call(edge, "POST", f"{TRACK}.json", "name=orders&ref_id=a&value=5")

    assert [json.loads(reply.body)["stat"]["value"] for reply in (changed, again)] == [4, 5]
    assert json.loads(again.body)["stat"]["meta"] == "7"


@pytest.mark.parametrize("name", ["a~b,c", "~", "a=b", "größer", " a "])
async def test_a_name_is_one_metrics_whatever_is_in_it(edge, name):
    await ask(edge.app, "POST", TRACK, b"name=" + name.encode(), [*FORM, *TOKEN])

    assert [write.metric for write in edge.writes()] == [metric_id(1, "counter", name.strip())]


async def test_v2_posts_to_the_metric_of_an_id(edge):
    reply = await call(edge, "POST", "/api/v2/stats.json", f"metric_id={ORDERS}&value=12345678901.25")

    assert json.loads(reply.body)["stat"]["value"] == 12345678901.25
    assert numbers(edge) == [("orders", 12345678901.25)]


async def test_v1_answers_the_documents_ten_elements(edge):
    reply = await ask(edge.app, "POST", "/api/v1/stats", f"metric_id={ORDERS}&profile_id=1".encode(), [*FORM, *TOKEN])
    names = re.findall(rb"<([a-z-]+) type", reply.body)

    assert reply.status == 200
    assert names == [
        *(b"created-at", b"generated-at", b"id", b"metric-id", b"profile-id", b"service-id", b"service-type-id"),
        *(b"stat-type-id", b"updated-at", b"value"),
    ]


async def test_v1_reads_and_prints_times_of_a_zone_that_this_machine_does_not_know_in_utc(edge):
    await edge.decide(ProductChanged(1, "shop", "", "No/Such"))
    await edge.follower.read_to_end()

    form = f"metric_id={ORDERS}&generated_at=2012-07-08 10:00:00"
    taken = await call(edge, "POST", "/api/v1/stats", form)
    (id_,) = edge.samples()
    changed = await call(edge, "PUT", f"/api/v1/stats/{id_}", "value=4")

    for reply in (taken, changed):
        assert reply.status == 200
        assert b'<generated-at type="datetime">2012-07-08T10:00:00+00:00</generated-at>' in reply.body


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_change_sets_what_is_sent_and_says_how_it_was_read(edge, method):
    await call(edge, "POST", TRACK, 'name=orders&value=3&meta={"a":1}')
    (id_,) = edge.samples()
    reply = await call(edge, method, f"/api/v2/stats/{id_}.json", "value=4&generated_at=2012-07-08")
    stat = json.loads(reply.body)["stat"]

    assert (stat["id"], stat["value"], stat["meta"]) == (id_, 4, '{"a":1}')
    assert stat["generated_at"] == "2012-07-08T00:00:00Z"
    assert edge.writes()[1].before.number == 3
    assert not edge.writes()[1].makes


async def test_a_stat_that_is_sent_back_as_it_was_shown_does_not_move(edge):
    """Clients send all fields; the time that they were shown has no milliseconds."""
    edge.clock.advance(345)
    shown = json.loads((await call(edge, "POST", f"{TRACK}.json", "name=orders&value=3")).body)["stat"]
    await call(edge, "PUT", f"/api/v2/stats/{shown['id']}", f"value=4&generated_at={shown['generated_at']}")

    assert edge.samples()[shown["id"]].t_ms == NOON_MS + 345


async def test_a_stat_is_moved_back_where_the_tables_do_not_know_yet_that_it_has_moved(edge):
    """What is read says that it is there; the log says otherwise, and is right."""
    edge.clock.advance(345)
    shown = json.loads((await call(edge, "POST", f"{TRACK}.json", "name=orders")).body)["stat"]
    await call(edge, "PUT", f"/api/v2/stats/{shown['id']}", "generated_at=2012-07-08")
    edge.api.late_from = 1
    await call(edge, "PUT", f"/api/v2/stats/{shown['id']}", f"generated_at={shown['generated_at']}")

    assert edge.samples()[shown["id"]].t_ms == NOON_MS + 345


async def test_a_change_that_nobody_can_read_any_more_is_answered_as_it_was_written(edge, monkeypatch):
    """It counts: who is told otherwise writes again."""
    await call(edge, "POST", TRACK, 'name=orders&value=3&meta={"a":1}')
    (id_,) = edge.samples()
    kept = edge.intake.kept

    async def kept_and_gone():
        await kept()
        edge.api.is_away = True

    monkeypatch.setattr(edge.intake, "kept", kept_and_gone)
    reply = await call(edge, "PUT", f"/api/v2/stats/{id_}.json", "value=4")

    assert reply.status == 200
    assert (json.loads(reply.body)["stat"]["value"], json.loads(reply.body)["stat"]["meta"]) == (4, '{"a":1}')
    assert edge.samples()[id_].number == 4


async def test_a_change_that_says_nothing_writes_nothing(edge):
    await call(edge, "POST", TRACK, "name=orders&value=3")
    (id_,) = edge.samples()
    reply = await call(edge, "PUT", f"/api/v2/stats/{id_}.json")

    assert json.loads(reply.body)["stat"]["value"] == 3
    assert len(edge.writes()) == 1


@pytest.mark.parametrize(
    ("written", "asked"),
    [(b" C ", b"%20C%20"), (b"%E9", b"%E9"), (b"%C3%A9", b"%E9"), (b"%80", b"%E2%82%AC"), (b"C%A0", b"C")],
)
async def test_a_ref_in_a_path_is_read_as_one_in_a_parameter(edge, written, asked):
    """Without what nobody sees around it, and in the encoding of whoever wrote it."""
    await ask(edge.app, "POST", TRACK, b"name=orders&ref_id=" + written, [*FORM, *TOKEN])
    path = f"/api/v2/stats/{asked.decode()}.json?metric_id={ORDERS}"

    assert json.loads((await ask(edge.app, "PUT", f"{path}&value=9", headers=TOKEN)).body)["stat"]["value"] == 9
    assert (await ask(edge.app, "DELETE", path, headers=TOKEN)).status == 200
    assert edge.samples() == {}


async def test_a_path_without_a_ref_is_nobodys(edge):
    """Not that of the stats that have none."""
    await call(edge, "POST", TRACK, "name=orders")

    for nothing in ("", "%20", "%EF%BB%BF"):
        path = f"/api/v2/stats/{nothing}.json?metric_id={ORDERS}"
        assert (await ask(edge.app, "DELETE", path, headers=TOKEN)).status == 404
    assert len(edge.samples()) == 1


@pytest.mark.parametrize("version", ["/api/v1/stats", "/api/v2/stats"])
async def test_the_ref_of_another_stat_is_refused_and_nothing_is_written(edge, version):
    """In the metric; the same ref of another one is another."""
    for name, ref in (("orders", "A"), ("orders", "B"), ("others", "C")):
        await call(edge, "POST", TRACK, f"name={name}&ref_id={ref}&value=1")
    id_ = sample_id(ORDERS, "A")
    taken = await call(edge, "PUT", f"{version}/{id_}", "ref_id=B&value=100")

    assert (taken.status, b"another stat of the metric has that ref_id" in taken.body) == (422, True)
    assert edge.intake.tally.refused == {Reason.REF_TAKEN: 1}
    assert (len(edge.writes()), edge.samples()[id_].number) == (3, 1)
    assert (await call(edge, "PUT", f"{version}/{id_}", "ref_id=A&value=2")).status == 200
    assert (await call(edge, "PUT", f"{version}/{id_}", "ref_id=C&value=3")).status == 200
    assert (edge.samples()[id_].ref, edge.samples()[id_].number) == ("C", 3)
    assert (await call(edge, "PUT", f"{version}/{sample_id(ORDERS, 'B')}", "ref_id=A")).status == 200


async def test_the_ref_that_somebody_else_takes_at_the_same_time_is_refused(edge, monkeypatch):
    """Found out when the change is read back: the stat has the old one."""
    await call(edge, "POST", TRACK, "name=orders&ref_id=A")
    await call(edge, "POST", TRACK, "name=orders&ref_id=B")
    edge.api.late_from = 1
    kept = edge.intake.kept

    async def kept_and_caught_up():
        await kept()
        edge.api.late_from = None

    monkeypatch.setattr(edge.intake, "kept", kept_and_caught_up)
    reply = await call(edge, "PUT", f"/api/v2/stats/{sample_id(ORDERS, 'A')}", "ref_id=B&value=9")

    assert (reply.status, edge.intake.tally.refused) == (422, {Reason.REF_TAKEN: 1})
    assert {sample.ref for sample in edge.samples().values()} == {"A", "B"}


@pytest.mark.parametrize("ref", ["order 7", "7", "a/b", "x.y"])
async def test_a_stat_is_found_by_its_ref_beside_its_metric(edge, ref):
    await ask(edge.app, "POST", TRACK, f"name=orders&ref_id={ref}".encode(), [*FORM, *TOKEN])
    path = f"/api/v2/stats/{ref.replace('/', '%2F').replace(' ', '%20')}.json?metric_id={ORDERS}"
    changed = await ask(edge.app, "PUT", f"{path}&value=9", headers=TOKEN)
    deleted = await ask(edge.app, "DELETE", path, headers=TOKEN)

    assert json.loads(changed.body)["stat"]["value"] == 9
    assert json.loads(deleted.body)["stat"]["value"] == 9
    assert edge.samples() == {}


async def test_a_deleted_stat_is_answered_as_it_was_and_gone(edge):
    await call(edge, "POST", TRACK, "name=orders&value=3")
    (id_,) = edge.samples()
    deleted = await ask(edge.app, "DELETE", f"/api/v1/stats/{id_}.xml", b"", TOKEN)
    again = await ask(edge.app, "DELETE", f"/api/v1/stats/{id_}.xml", b"", TOKEN)

    assert b'<value type="integer">3</value>' in deleted.body
    assert again.status == 404
    assert edge.samples() == {}


async def test_the_key_may_stand_in_the_body_of_a_delete(edge):
    """As the Ruby gem sends it."""
    await call(edge, "POST", TRACK, "name=orders")
    (id_,) = edge.samples()

    assert (await call(edge, "DELETE", f"/api/v2/stats/{id_}.xml")).status == 200


@pytest.mark.parametrize(
    ("method", "path", "form", "status", "reason"),
    [
        ("POST", TRACK, "", 422, Reason.NO_STAT),
        ("POST", TRACK, "name=%00", 422, Reason.BAD_STAT_NAME),
        ("POST", TRACK, "name=" + "x" * 256, 422, Reason.STAT_NAME_TOO_LONG),
        ("POST", TRACK, "name=a&value=many", 422, Reason.BAD_VALUE),
        ("POST", TRACK, "name=a&value=1e999", 422, Reason.BAD_VALUE),
        ("POST", TRACK, "name=a&generated_at=yesterday", 422, Reason.BAD_GENERATED_AT),
        ("POST", TRACK, "name=a&meta={", 422, Reason.BAD_META),
        ("POST", TRACK, f'name=a&meta="{"x" * META_MAX}"', 422, Reason.BAD_META),
        ("POST", TRACK, "name=a&ref_id=" + "x" * 256, 422, Reason.BAD_REF_ID),
        ("POST", TRACK, "name=a&ref_id=%01x", 422, Reason.BAD_REF_ID),
        ("POST", TRACK, "name=a&profile_id=2", 404, Reason.UNKNOWN_PROFILE),
        ("POST", TRACK, "name=a&profile_id=x", 404, Reason.UNKNOWN_PROFILE),
        ("POST", TRACK, "name=a&x=" + "x" * FORM_BYTES_MAX, 413, Reason.BODY_TOO_LONG),
        ("POST", "/api/v2/stats", "", 422, Reason.NO_METRIC_ID),
        ("POST", "/api/v2/stats", "metric_id=5", 404, Reason.UNKNOWN_METRIC),
        ("POST", "/api/v2/stats", "metric_id=x", 404, Reason.UNKNOWN_METRIC),
        ("POST", "/api/v2/stats", f"metric_id={OTHERS}", 404, Reason.UNKNOWN_METRIC),
        ("POST", "/api/v1/stats", f"metric_id={ORDERS}&profile_id=2", 403, Reason.UNKNOWN_PROFILE),
        ("PUT", "/api/v2/stats/5", "value=1", 404, Reason.UNKNOWN_STAT),
        ("PUT", "/api/v2/stats/a", "value=1", 404, Reason.UNKNOWN_STAT),
        ("PUT", "/api/v2/stats/a", f"value=1&metric_id={ORDERS}", 404, Reason.UNKNOWN_STAT),
        ("DELETE", "/api/v1/stats/5", "", 404, Reason.UNKNOWN_STAT),
    ],
)
async def test_what_is_refused_is_told_in_either_form_and_counted(edge, method, path, form, status, reason):
    reply = await call(edge, method, path, form)
    json_reply = await call(edge, method, path, form + "&format=json")

    assert reply.status == status
    assert re.search(rb"<errors><error>(.*)</error></errors>", reply.body)
    assert (
        path.startswith("/api/v1") or reason is Reason.BODY_TOO_LONG or "error" in json.loads(json_reply.body)["errors"]
    )
    assert edge.intake.tally.refused[reason] == 2
    assert edge.writes() == []


async def test_a_metric_of_another_profile_is_not_in_the_one_that_was_named(edge):
    """403 in v1, 404 in v2."""
    await edge.decide(ProductCreated(1, 3, "Second", UUID, "", None, ()))
    await edge.follower.read_to_end()
    form = f"metric_id={ORDERS}&profile_id=3"

    assert (await call(edge, "POST", "/api/v2/stats", form)).status == 404
    assert (await call(edge, "POST", "/api/v1/stats", form)).status == 403
    assert edge.intake.tally.refused == {Reason.FOREIGN_PROFILE: 2}


async def test_track_counts_in_the_profile_that_was_named(edge):
    await edge.decide(ProductCreated(1, 3, "Second", UUID, "", None, ()))
    await edge.follower.read_to_end()
    await call(edge, "POST", TRACK, "name=orders&profile_id=3")

    assert [write.product for write in edge.writes()] == [3]


async def test_without_a_key_or_with_a_wrong_one_it_is_401(edge):
    none = await ask(edge.app, "POST", TRACK, b"name=a", FORM)
    wrong = await call(edge, "POST", f"{TRACK}.json", "name=a", key="nobody's")

    assert (none.status, wrong.status) == (401, 401)
    assert json.loads(wrong.body) == {"errors": {"error": "api_key is not known"}}
    assert edge.intake.tally.refused == {Reason.NO_KEY: 1, Reason.INVALID_KEY: 1}


async def test_a_stat_of_somebody_else_is_not_there(edge):
    await call(edge, "POST", TRACK, "name=mine")
    (id_,) = edge.samples()

    assert (await call(edge, "PUT", f"/api/v2/stats/{id_}", "value=1", key=OTHER_API_KEY)).status == 404
    assert (await call(edge, "DELETE", f"/api/v2/stats/{id_}", key=OTHER_API_KEY)).status == 404
    assert len(edge.writes()) == 1


async def test_v1_says_of_what_is_somebody_elses_that_it_is_forbidden(edge):
    """And of what is nobody's that it is not there."""
    await call(edge, "POST", TRACK, "name=mine")
    (id_,) = edge.samples()
    statuses = [
        (await call(edge, "PUT", f"/api/v1/stats/{id_}", "value=1", key=OTHER_API_KEY)).status,
        (await call(edge, "DELETE", f"/api/v1/stats/{id_}.xml", key=OTHER_API_KEY)).status,
        (await call(edge, "POST", "/api/v1/stats", f"metric_id={OTHERS}")).status,
        (await call(edge, "POST", "/api/v1/stats", "metric_id=5")).status,
        (await call(edge, "DELETE", "/api/v1/stats/5")).status,
    ]

    assert statuses == [403, 403, 403, 404, 404]
    assert edge.intake.tally.refused[Reason.FOREIGN] == 3
    assert len(edge.writes()) == 1


async def test_what_a_site_that_is_gone_had_is_nobodys(edge):
    """Its rows are in the tables still; an id of one is as one that never was, in v1, too."""
    await edge.decide(a_user_created(account=2), a_site_created(3, account=2), SiteDeleted(3))
    edge.api.stats[3, 77] = ("counter", "gone")

    assert (await call(edge, "POST", "/api/v1/stats", "metric_id=77")).status == 404
    assert edge.intake.tally.refused == {Reason.UNKNOWN_METRIC: 1}


async def test_a_log_that_cannot_be_written_is_told_as_passing(edge):
    edge.writer.is_full = True
    reply = await call(edge, "POST", TRACK, "name=a")

    assert reply.status == 503
    assert (b"retry-after", b"5") in reply.headers
    assert edge.intake.tally.refused == {Reason.LOG_NOT_WRITABLE: 1}
    assert edge.intake.tally.taken == 0


@pytest.mark.parametrize(
    ("path", "form"),
    [("/api/v1/stats.json", "xml"), ("/api/v1/stats", "xml"), ("/api/v2/stats.json", "json"), (TRACK, "xml")],
)
async def test_a_body_that_finds_no_room_is_told_as_passing_in_the_form_of_its_version(edge, path, form):
    """Nothing of it was read; v1 knows XML alone, as in what it answers else."""
    edge.app.bodies.small.bytes_max = edge.app.bodies.large.bytes_max = 0
    reply = await call(edge, "POST", path, "name=a")

    assert (reply.status, dict(reply.headers)[b"content-type"].partition(b";")[0]) == (
        503,
        f"application/{form}".encode(),
    )
    assert (b"retry-after", b"5") in reply.headers
    assert edge.intake.tally.refused == {Reason.NO_ROOM: 1}


async def test_a_wrong_clock_is_told_as_passing(edge):
    edge.clock.advance(-NOON_MS)

    assert (await call(edge, "POST", TRACK, "name=a")).status == 503
    assert edge.intake.tally.refused == {Reason.CLOCK_IS_WRONG: 1}


async def test_a_query_api_that_is_away_is_told_as_passing(edge):
    edge.api.is_away = True

    assert (await call(edge, "POST", "/api/v2/stats", f"metric_id={ORDERS}")).status == 503
    assert edge.intake.tally.refused == {Reason.API_AWAY: 1}


async def test_a_body_that_is_cut_off_counts_nothing(edge):
    await ask(edge.app, "POST", TRACK, [FIELDS, None], FORM)

    assert edge.intake.tally.refused == {Reason.BODY_CUT_OFF: 1}
    assert edge.writes() == []


async def test_a_method_and_a_path_that_are_not_there_are_told_with_their_status(edge):
    """In the header, too; and no method is named that the path has not."""
    for method in ("HEAD", "OPTIONS", "PATCH"):
        reply = await ask(edge.app, method, TRACK)
        assert (reply.status, dict(reply.headers)[b"allow"]) == (405, b"GET, POST")
        assert dict(reply.headers)[b"status"] == b"405"
    for path in ("/api/v2/nothing.json", "/api/v2", "/api/v1/stats.xml"):
        reply = await ask(edge.app, "GET", path)
        assert dict(reply.headers)[b"status"] == str(reply.status).encode()
        assert b"error" in reply.body


async def test_head_counts_nothing(edge):
    assert (await ask(edge.app, "HEAD", f"{TRACK}?{FIELDS.decode()}")).status == 405
    assert (await ask(edge.app, "HEAD", f"/stats/iapi?p=1&m={ORDERS}")).status == 200
    assert edge.writes() == []


async def test_a_failure_at_the_pixel_is_told_as_all_others_are(edge):
    reply = await ask(edge.app, "POST", f"/stats/iapi?p=1&m={ORDERS}")

    assert (reply.status, dict(reply.headers)[b"status"]) == (405, b"405")
    assert b"<error>" in reply.body


async def test_the_pixel_counts_without_a_key(edge):
    reply = await ask(edge.app, "GET", f"/stats/iapi?v=2&p=1&m={ORDERS}")

    assert reply.body.startswith(b"GIF89a")
    assert (b"cache-control", b"no-store") in reply.headers
    assert numbers(edge) == [("orders", 2.0)]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", Reason.NOT_TOGETHER),
        (f"p=2&m={ORDERS}", Reason.NOT_TOGETHER),
        (f"p=1&m={OTHERS}", Reason.NOT_TOGETHER),
        ("p=x&m=y", Reason.NOT_TOGETHER),
        (f"p=1&m={ORDERS}&v=x", Reason.BAD_VALUE),
    ],
)
async def test_a_pixel_that_cannot_be_counted_is_a_gif_and_a_refusal(edge, query, reason):
    reply = await ask(edge.app, "GET", f"/stats/iapi?{query}")

    assert (reply.status, reply.body[:6]) == (200, b"GIF89a")
    assert edge.intake.tally.refused == {reason: 1}
    assert edge.writes() == []


async def test_an_account_may_switch_the_pixel_off(edge):
    await edge.decide(AccountChanged.of(1, {Switch.PIXEL: False}))
    await edge.follower.read_to_end()
    await ask(edge.app, "GET", f"/stats/iapi?p=1&m={ORDERS}")

    assert edge.intake.tally.refused == {Reason.PIXEL_IS_OFF: 1}


async def test_a_pixel_is_a_gif_whatever_is_away(edge):
    edge.api.is_away = True
    first = await ask(edge.app, "GET", f"/stats/iapi?p=1&m={ORDERS}")
    edge.api.is_away, edge.writer.is_full = False, True
    second = await ask(edge.app, "GET", f"/stats/iapi?p=1&m={ORDERS}")

    assert first.body == second.body
    assert edge.intake.tally.refused == {Reason.API_AWAY: 1, Reason.LOG_NOT_WRITABLE: 1}


def a_datagram(**fields: object) -> Datagram:
    """As the Ruby gem sends it: JSON in a JSON string."""
    return Datagram(orjson.dumps(orjson.dumps({"api_key": API_KEY, **fields}).decode()), ("127.0.0.1", 5))


async def test_a_datagram_is_json_in_a_json_string(edge):
    taken = await edge.intake.datagrams([a_datagram(name="orders", value="2.5", meta={"a": 1}), a_datagram(name="b")])

    assert len(taken) == 2
    assert numbers(edge) == [("orders", 2.5), ("b", 1.0)]
    assert edge.writes()[0].meta == '{"a":1}'


async def test_a_datagram_that_cannot_be_counted_takes_no_other_with_it(edge):
    bad = [Datagram(data, None) for data in (b"", b"[]", b"\xff", b'"{"')]
    taken = await edge.intake.datagrams([*bad, a_datagram(), a_datagram(api_key="x", name="a"), a_datagram(name="a")])

    assert len(taken) == 1
    assert edge.intake.tally.refused == {Reason.NO_DATAGRAM: 4, Reason.NO_STAT: 1, Reason.INVALID_KEY: 1}


async def test_datagrams_that_are_not_durable_are_not_told_as_taken(edge):
    edge.writer.is_full = True

    assert await edge.intake.datagrams([a_datagram(name="a")]) == []
    assert edge.intake.tally.refused == {Reason.LOG_NOT_WRITABLE: 1}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "body",
    [
        b"".join(b"--x\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (i, i) for i in range(1_500)),
        b"--x\r\nContent-Disposition: form-data" + b';"' * 50_000,
        b"--x\r\n" * 15_000,
        b"--x\r\nContent-Disposition: form-data; name=" + b"\r\n " * 20_000,
        b"--x\r\n" + b"content-disposition:" * 5_000,
    ],
    ids=["parts of parts", "quotes", "empty", "folded", "heads"],
)
async def test_no_multipart_takes_more_than_a_moment(edge, body):
    headers = [(b"content-type", b"multipart/form-data; boundary=x"), *TOKEN]
    reply = await ask(edge.app, "POST", TRACK, body, headers)

    assert reply.status == 422
    assert edge.intake.tally.refused == {Reason.NO_STAT: 1}


def test_a_multipart_that_is_none_has_no_parts():
    assert list(parts_of("multipart/form-data", b"x")) == []
    assert list(parts_of("multipart/form-data; boundary=y", MULTIPART)) == []
    assert dict(parts_of("multipart/form-data; boundary=x", MULTIPART))["name"] == "orders"
    assert dict(parts_of('multipart/form-data; charset=utf-8; boundary="x"', MULTIPART))["value"] == "2.5"


def test_a_multipart_value_is_what_stands_between_its_boundaries():
    part = b'--b\r\ncontent-disposition: form-data; filename="name=x"; name=meta\r\ncontent-type: text/plain\r\n\r\n'

    assert list(parts_of("multipart/form-data; boundary=b", part + b"a\r\n\r\n--c\r\n--b--\r\n")) == [
        ("meta", "a\r\n\r\n--c")
    ]


async def test_a_metric_that_is_deleted_while_it_is_asked_for_is_not_remembered(edge, monkeypatch):
    """The query API has seen it, the edge has forgotten it since: the next stat asks again."""
    answers = StandIn.__call__

    async def deletes_meanwhile(api, scope, receive, send):
        await edge.decide(StatDeleted(1, ORDERS))
        await edge.follower.read_to_end()
        await answers(api, scope, receive, send)

    with monkeypatch.context() as patch:
        patch.setattr(StandIn, "__call__", deletes_meanwhile)
        await call(edge, "POST", "/api/v2/stats.json", f"metric_id={ORDERS}&value=1")
    edge.api.stats.clear()
    reply = await call(edge, "POST", "/api/v2/stats.json", f"metric_id={ORDERS}&value=2")

    assert reply.status == 404
    assert numbers(edge) == [("orders", 1.0)]
