"""Kissmetrics' `/e`, `/s` and `/a`: what is taken, what is refused and why, and what everybody is answered."""

from urllib.parse import urlencode

import pytest

from producers.edge.receipts import Receipts
from producers.kissmetrics import routes
from producers.kissmetrics.reasons import Reason
from producers.people.activity_writer import ActivityProduct, ActivityWriter
from producers.web.bounded_bodies import BodyError, BodyFault
from producers.web.pixel import GIF
from testkit.activity import KEY, OTHER_KEY, OTHER_PRODUCT, PRODUCT, ActivityEdge, an_activity_edge, track
from testkit.asking import FORM, ask
from testkit.builders import NOON_MS
from testkit.edges import KEYRING
from tilde.domain.catalog.accounts import KeyStored
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.people.activity import PERSON

NOON_S = NOON_MS // 1000
BOB = "bob@example.com"
TEXT = [(b"content-type", b"text/plain;charset=UTF-8")]


@pytest.fixture
async def edge(tmp_path) -> ActivityEdge:
    return await an_activity_edge(tmp_path)


def number_of(person: str, product: int = PRODUCT) -> int:
    return KEYRING.keyed_hash(product, PERSON, person)


def text(name: str, value: str, product: int = PRODUCT) -> dict[str, object]:
    """A property that is a text."""
    return {"name": name, "number": None, "text": KEYRING.keyed_hash(product, f"text {name}", value)}


def number(name: str, value: float) -> dict[str, object]:
    return {"name": name, "number": value, "text": None}


async def test_an_event_is_taken_in_whole(edge):
    """Names in lower case, a number in plain, a text by its hash; who and what was said open with the person's key."""
    answer = await track(edge, "/e", f"_k={KEY}&_p=bob%40example.com&_n=Signed+Up&Plan+Type=Gold%2B1&Amount=99.95")
    (record,) = edge.records()

    assert (answer.status, answer.body, len(GIF)) == (200, GIF, 43)
    assert {(b"content-type", b"image/gif"), (b"cache-control", b"no-store")} <= set(answer.headers)
    assert (b"access-control-allow-origin", b"*") in answer.headers
    assert {
        name: value
        for name, value in record.items()
        if name not in {"id", "key", "who", "said", "other_key", "other_who"}
    } == {
        "product": PRODUCT,
        "received_at": NOON_MS,
        "at": NOON_S,
        "act": "event",
        "name": "signed up",
        "identity": number_of(BOB),
        "other": None,
        "properties": [text("plan type", "Gold+1"), number("amount", 99.95)],
    }
    assert edge.opened(record) == (BOB, {"texts": ["Gold+1"]})
    assert edge.intake.tally.taken == 1
    assert not any(plain in edge.writer.events[0][1] for plain in (b"bob", b"Gold"))


async def test_properties_are_set_without_an_event(edge):
    """By `/s`, and by `/e` without a name, or with nothing in it but what is no part of one."""
    await track(edge, "/s", {"_p": BOB, "Visits": "3", "_n": "no name"})
    await track(edge, "/e", {"_p": BOB, "Visits": "3"})
    await track(edge, "/e", {"_p": BOB, "Visits": "3", "_n": " :, "})
    records = edge.records()

    assert [(each["act"], each["name"]) for each in records] == [("set", None)] * 3
    assert [each["properties"] for each in records] == [[number("visits", 3.0)]] * 3
    assert [each["said"] for each in records] == [None] * 3


async def test_an_alias_joins_two_identities(edge):
    """Each with a key of its own; in whatever order they come."""
    await track(edge, "/a", {"_p": "visitor 1", "_n": BOB})
    await track(edge, "/a", {"_p": BOB, "_n": "visitor 1", "_t": "1262304000", "_d": "1"})
    one, two = edge.records()
    edge.keyholders.keep()

    assert (one["act"], one["identity"], one["other"]) == ("alias", number_of("visitor 1"), number_of(BOB))
    assert (two["identity"], two["other"], two["at"]) == (one["other"], one["identity"], 1262304000)
    assert (two["key"], two["other_key"]) == (one["other_key"], one["key"])
    assert edge.keyholders.opened(one["other_key"], one["other_who"]) == {"id": BOB}
    assert (one["name"], one["properties"], one["said"]) == (None, [], None)


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        ("_t=1262304000&_d=1", 1262304000),
        ("_t=+1262304000+&_d=+1+", 1262304000),
        ("_t=1262304000.0&_d=1", 1262304000),
        ("_t=+1262304000.000+&_d=1", 1262304000),
        ("_t=1262304000&_d=0", NOON_S),
        ("_t=1262304000", NOON_S),
        ("_t=1795253116804", NOON_S),
        ("_t=nonsense&_d=true", NOON_S),
        ("_d=1", NOON_S),
        ("_t=&_d=1", NOON_S),
        ("_t=1230768000&_d=1", 1230768000),
        ("_t=4294967295&_d=1", 4294967295),
    ],
)
async def test_a_time_counts_where_it_is_said_to(edge, sent, at):
    """With `_d=1` alone; else it keeps caches away, and is whatever clients have there."""
    await track(edge, "/e", f"_k={KEY}&_p=bob&_n=x&{sent}")

    assert [each["at"] for each in edge.records()] == [at]


@pytest.mark.parametrize(
    ("query", "properties", "name"),
    [
        (f"/e?_k={KEY}&&Plan%20Type=Go&ld&_p=bob@example.com&_n=Signed%20Up&_t=1795253116804", [text("plan type", "Go")], "signed up"),
        (f"/e?_k={KEY}&_p=bob@example.com&_n=Signed+Up&a=b+c&", [text("a", "b c")], "signed up"),
        (f"/e?_p=bob@example.com&_n=Signed:,Up,&_k={KEY}&A=1&a=2", [number("a", 1.0)], "signed up"),
        (f"/e?_p=%20bob@example.com%20&_n=%C3%89t%C3%A9&_k={KEY}", [], "été"),
        (f"//e/?_p=bob@example.com&_n=x&_k=%20{KEY}%20&,=1&n=0664123456", [text("n", "0664123456")], "x"),
    ],
)  # fmt: skip
async def test_all_spellings_of_clients_are_read(edge, query, properties, name):
    """Two `&`, or one at the end; what is not escaped; `+` for a blank; a name twice."""
    answer = await ask(edge.app, "GET", query)
    (record,) = edge.records()

    assert answer.body == GIF
    assert (record["name"], record["properties"]) == (name, properties)
    assert record["identity"] == number_of(BOB)


async def test_parameters_come_in_the_query_or_in_a_body_of_whatever_type(edge):
    """A form, or a beacon's text. The query goes before the body."""
    query = f"/e?_k={KEY}&_p=bob&_n=query"
    answers = [
        await ask(edge.app, "POST", query, headers=TEXT),
        await ask(edge.app, "POST", "/e", f"_k={KEY}&_p=bob&_n=text".encode(), TEXT),
        await ask(edge.app, "POST", "/e", f"_k={KEY}&_p=bob&_n=form".encode(), FORM),
        await ask(edge.app, "POST", query, b"_n=body&a=1"),
        await ask(edge.app, "POST", f"/s?_k={KEY}", b"_p=bob&a=1", FORM),
        await ask(edge.app, "POST", f"/a?_k={KEY}", b"_p=bob&_n=rob", FORM),
    ]

    assert [(each.status, each.body) for each in answers] == [(200, GIF)] * 6
    assert [(each["name"], len(each["properties"])) for each in edge.records()] == [
        ("query", 0),
        ("text", 0),
        ("form", 0),
        ("query", 1),
        (None, 1),
        (None, 0),
    ]


async def test_what_clients_tell_of_themselves_is_no_property(edge):
    """It is sealed, but for addresses and user agents of others: these are nowhere."""
    sent = {"_p": BOB, "_n": "x", "_c": "android", "_ip": "203.0.113.7", "_ua": "Firefox", "_u": "App/1", ",": "1"}
    await track(edge, "/e", sent)
    await track(edge, "/a", {"_p": BOB, "_n": "rob", "_c": "android", "_ip": "203.0.113.7"})
    event, alias = edge.records()

    assert event["properties"] == []
    assert edge.opened(event)[1] == {"unknown": [["_c", "android"], [",", "1"]]}
    assert edge.opened(alias)[1] == {"unknown": [["_c", "android"]]}


@pytest.mark.parametrize(
    ("path", "query", "reason"),
    [
        ("/e", "_p=bob&_n=x", Reason.NO_KEY),
        ("/e", "_k=+&_p=bob&_n=x", Reason.NO_KEY),
        ("/e", f"_k={KEY[:-1]}&_p=bob&_n=x", Reason.UNKNOWN_KEY),
        ("/e", f"_k={KEY}&_n=x", Reason.NO_PERSON),
        ("/e", f"_k={KEY}&_p=%E2%80%8B&_n=x", Reason.NO_PERSON),
        ("/s", f"_k={KEY}&a=1", Reason.NO_PERSON),
        ("/a", f"_k={KEY}&_n=x", Reason.NO_PERSON),
        ("/a", f"_k={KEY}&_p=bob", Reason.NO_OTHER_IDENTITY),
        ("/a", f"_k={KEY}&_p=bob&_n=+bob", Reason.NOTHING_SAID),
        ("/e", f"_k={KEY}&_n=x&_p={'p' * 256}", Reason.IDENTITY_TOO_LONG),
        ("/a", f"_k={KEY}&_p=x&_n={'p' * 256}", Reason.IDENTITY_TOO_LONG),
        ("/e", f"_k={KEY}&_p=bob&_n={'n' * 256}", Reason.NAME_TOO_LONG),
        ("/e", f"_k={KEY}&_p=bob&_n={'+' * 2000}n", Reason.NAME_TOO_LONG),
        ("/e", f"_k={KEY}&_p=bob&_n=x&{'n' * 256}=1", Reason.NAME_TOO_LONG),
        ("/e", f"_k={KEY}&_p=bob&_n=x&a={'v' * 8193}", Reason.VALUE_TOO_LONG),
        ("/s", f"_k={KEY}&_p=bob&a={'%C3%A9' * 4097}", Reason.VALUE_TOO_LONG),
        ("/s", f"_k={KEY}&_p=bob", Reason.NOTHING_SAID),
        ("/e", f"_k={KEY}&_p=bob&_c=x", Reason.NOTHING_SAID),
        ("/e", f"_k={KEY}&_p=bob&_n=x&_d=1&_t=1795253116804", Reason.BAD_T),
        ("/e", f"_k={KEY}&_p=bob&_n=x&_d=1&_t=1230767999", Reason.BAD_T),
        ("/e", f"_k={KEY}&_p=bob&_n=x&_d=1&_t=4294967296", Reason.BAD_T),
        ("/s", f"_k={KEY}&_p=bob&a=1&_d=1&_t=today", Reason.BAD_T),
        ("/e", f"_k={KEY}&_p=bob&_n=x&_d=1&_t=1262304000.5", Reason.BAD_T),
        ("/e", f"_k={KEY}&_p=bob&_n=x&_d=1&_t=.0", Reason.BAD_T),
        ("/a", f"_k={KEY}&_p=bob&_n=rob&_d=1&_t=-1", Reason.BAD_T),
    ],
)  # fmt: skip
async def test_what_does_not_count_is_answered_and_counted_by_reason(edge, path, query, reason):
    """The picture is there all the same. A product whose key it was sees it among its own."""
    answer = await track(edge, path, query)
    is_known = reason not in (Reason.NO_KEY, Reason.UNKNOWN_KEY)

    assert (answer.status, answer.body) == (200, GIF)
    assert edge.records() == []
    assert edge.intake.tally.refused == {reason: 1}
    assert edge.intake.tally.refused_of == ({(PRODUCT, reason): 1} if is_known else {})
    assert edge.intake.tally.taken == 0


@pytest.mark.parametrize(
    "query",
    [
        f"_p={'p' * 255}&_n={'n' * 255}",
        f"_p=bob&_n=x&{'n' * 255}=1",
        f"_p=bob&_n=x&a={'v' * 8192}",
        f"_p=bob&_n=x&a={'%C3%A9' * 4096}",
        f"_p={'%F0%9F%98%80' * 255}&_n=x",
    ],
)
async def test_what_is_as_long_as_it_may_be_counts(edge, query):
    """Identities and names in characters, values in bytes."""
    await track(edge, "/e", f"_k={KEY}&{query}")

    assert len(edge.records()) == 1


async def test_two_products_have_no_person_in_common(edge):
    """The same e-mail address has another number, another key and other hashes of what is said."""
    for key in (KEY, OTHER_KEY):
        await track(edge, "/e", f"_k={key}&_p=bob&_n=x&plan=Gold")
    one, two = edge.records()

    assert (one["product"], two["product"]) == (PRODUCT, OTHER_PRODUCT)
    assert (one["identity"], two["identity"]) == (number_of("bob"), number_of("bob", OTHER_PRODUCT))
    assert one["key"] != two["key"]
    assert two["properties"] == [text("plan", "Gold", OTHER_PRODUCT)]
    assert one["properties"] == [text("plan", "Gold")] != two["properties"]


async def test_a_key_that_was_given_a_moment_ago_is_known(edge):
    """Through another edge: this one looks at the end of the catalog before it refuses. The old one is nobody's then."""
    new = "a" * 40
    await edge.decide(KeyStored(PRODUCT, KEYRING.store(KeyKind.TRACKING_KEY, new)))
    await track(edge, "/e", f"_k={new}&_p=bob&_n=x")
    await track(edge, "/e", f"_k={KEY}&_p=bob&_n=x")

    assert len(edge.records()) == 1
    assert edge.intake.tally.refused == {Reason.UNKNOWN_KEY: 1}


async def test_who_was_erased_and_comes_again_is_somebody_new(edge):
    """Under the same number, with another key; what was sealed before opens for nobody."""
    await track(edge, "/e", {"_p": BOB, "_n": "x", "plan": "Gold"})
    await edge.keyholders.take_away(1, PRODUCT, [number_of(BOB)])
    await track(edge, "/e", {"_p": BOB, "_n": "x", "plan": "Gold"})
    before, after = edge.records()

    assert before["identity"] == after["identity"]
    assert before["key"] != after["key"]
    assert edge.opened(after) == (BOB, {"texts": ["Gold"]})


async def test_with_an_erasure_nothing_that_was_said_is_remembered(edge):
    """A text may be about whoever is erased: it is in the memory of no edge any more."""
    writer = ActivityWriter(edge.writer, edge.ids, edge.keyholders, KEYRING)
    said = [("mail", BOB), ("plan", "Gold")]
    writer.leave(ActivityProduct.of(PRODUCT), "visitor-17", Receipts(edge.clock).now(), properties=said)
    before = [value for _, _, value in writer._properties]
    await edge.keyholders.take_away(1, PRODUCT, [number_of("visitor-17")])

    assert before == [BOB, "Gold"]
    assert (list(writer._properties), list(writer._people)) == ([], [])


async def test_what_cannot_be_kept_is_503(edge):
    """A picture that says it counts would be a lie."""
    edge.writer.is_full = True
    answer = await track(edge, "/e", {"_p": BOB, "_n": "x"})

    assert (answer.status, answer.body) == (503, b"not kept: log_not_writable\n")
    assert (b"retry-after", b"5") in answer.headers
    assert edge.intake.tally.refused == {Reason.LOG_NOT_WRITABLE: 1}
    assert edge.intake.tally.refused_of == {(PRODUCT, Reason.LOG_NOT_WRITABLE): 1}


async def test_a_clock_that_is_plainly_wrong_is_503(edge):
    """No event gets an id by it."""
    edge.clock.advance(-edge.clock.now_ms())
    answer = await track(edge, "/e", {"_p": BOB, "_n": "x"})

    assert (answer.status, answer.body) == (503, b"not kept: clock_is_wrong\n")
    assert edge.intake.tally.refused == {Reason.CLOCK_IS_WRONG: 1}


async def test_a_body_that_is_too_long_or_cut_off_is_refused(edge):
    """It is not read to its end."""
    long = await ask(edge.app, "POST", "/e", [f"_k={KEY}&_p=b&_n=".encode(), b"y" * (64 << 10)], FORM)
    await ask(edge.app, "POST", "/e", [f"_k={KEY}".encode(), None], FORM)

    assert (long.status, long.body) == (200, GIF)
    assert edge.intake.tally.refused == {Reason.BODY_TOO_LONG: 1, Reason.BODY_CUT_OFF: 1}


async def test_a_body_that_has_no_room_is_asked_for_again(edge, monkeypatch):
    """As all other posts are."""

    async def no_room(*_):
        raise BodyError(BodyFault.NO_ROOM)

    monkeypatch.setattr(routes, "bounded_body", no_room)
    answer = await ask(edge.app, "POST", "/e", urlencode({"_k": KEY}).encode(), FORM)

    assert (answer.status, answer.body) == (503, b"not kept: no_room\n")
    assert edge.intake.tally.refused == {Reason.NO_ROOM: 1}


@pytest.mark.parametrize("path", ["/e", "/s", "/a"])
async def test_a_look_counts_nothing(edge, path):
    """HEAD is GET without a body, and without an event."""
    answer = await ask(edge.app, "HEAD", f"{path}?_k={KEY}&_p=bob&_n=x&a=1")

    assert answer.status == 200
    assert edge.records() == []
