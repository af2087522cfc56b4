"""docs/compatibility.md as tests, StatHat 6, All dialects 5 and 6: what a name, a number and a time may be."""

from urllib.parse import quote

import orjson
import pytest

from testkit.asking import FORM, ask
from testkit.stathat import OK, AnEdge, Posted, an_edge, batch, ez, failure
from tilde.domain.stats.fanout import FAN_OUT_MAX

COUNT_OF_ONE = [Posted("counter", "a", 1.0, None)]


@pytest.fixture
async def edge() -> AnEdge:
    return await an_edge()


# StatHat 6: names.


@pytest.mark.parametrize("name", ["é" * 255, "x" * 255, "😀" * 255, "a~" + "é" * 253])
async def test_a_name_of_255_code_points_is_taken(edge: AnEdge, name: str) -> None:
    """Code points are counted, not bytes, and after the expansion."""
    assert (await ez(edge, f"count=1&stat={quote(name, safe='~')}")).body == OK
    assert [one.name for one in edge.posted()] == [name]


@pytest.mark.parametrize("name", ["é" * 256, "a~" + "é" * 254, "a~ok," + "é" * 254])
async def test_a_longer_name_is_an_error_and_never_cut(edge: AnEdge, name: str) -> None:
    """One name too long refuses the whole fan-out."""
    assert (await ez(edge, f"count=1&stat={quote(name)}")).body == failure("stat name too long")
    assert edge.posted() == []


async def test_a_list_of_repeats_and_blanks_has_an_end(edge: AnEdge) -> None:
    """`~` drops repeated and empty pieces, but a list of a megabyte would not fit a message of the log."""
    name = "a~" + "b," * 20_000

    assert (await ez(edge, f"count=1&stat={name}")).body == failure("stat name too long")


async def test_the_widest_fan_out_is_taken(edge: AnEdge) -> None:
    """A hundred stats in one post."""
    name = "a~" + ",".join(map(str, range(FAN_OUT_MAX)))

    assert (await ez(edge, f"count=1&stat={name}")).body == OK
    assert edge.posted() == [Posted("counter", name, 1.0, None)]


async def test_a_name_is_kept_as_it_was_sent(edge: AnEdge) -> None:
    """Case, white space inside, any script: the name is the sender's."""
    await ez(edge, f"count=1&stat={quote('Größe  in KB, 東京 <b>&;')}")

    assert [one.name for one in edge.posted()] == ["Größe  in KB, 東京 <b>&;"]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"page view", "page view"),
        (b"page+view", "page view"),
        (b"page%20view", "page view"),
        (b"100%", "100%"),
        (b"%zz%4", "%zz%4"),
        (b"a%2Bb@c,d~e=f", "a+b@c,d~e=f"),
        ("café".encode(), "café"),
        ("café".encode("latin-1"), "café"),
        (b"caf%C3%A9", "café"),
        (b"caf%E9", "café"),
        (b"a%7Eb%2Cc", "a~b,c"),
        (b"=name", "=name"),
    ],
)
async def test_a_name_is_read_however_a_client_encodes_it(edge: AnEdge, raw: bytes, name: str) -> None:
    """Encoded, half encoded or not at all, in UTF-8 or Latin-1, as the clients were seen to send it."""
    reply = await ask(edge.app, "POST", "/ez", b"ezkey=EZKEY&count=1&stat=" + raw, FORM)

    assert reply.body == OK
    assert [one.name for one in edge.posted()] == [name]


@pytest.mark.parametrize("name", [" a", "a ", "\r\na\t", "\u3000a\xa0", "  a\n"])
async def test_a_name_is_trimmed_as_its_pieces_are(edge: AnEdge, name: str) -> None:
    """In forms and in JSON; what an editor or a shell leaves at an end makes no second stat."""
    assert (await ez(edge, f"count=1&stat={quote(name)}")).body == OK
    assert (await batch(edge, {"stat": name, "count": 1})).body == b'{"status":200,"msg":"ok","multiple":1}'
    assert edge.posted() == [Posted("counter", "a", 1.0, None)] * 2


@pytest.mark.parametrize("unseen", ["\ufeff", "\u200b", "\u2060 ", "\xad", "\u200e", "\u3000\u202c"])
async def test_what_nobody_sees_at_an_end_makes_no_second_stat(edge: AnEdge, unseen: str) -> None:
    """A byte order mark, a zero width space and what else is copied along: around a name, its prefix and its pieces,
    a number and a time.
    """
    around = f"{unseen}{{}}{unseen}".format
    await ez(edge, f"count={quote(around('1'))}&t={quote(around('5'))}&stat={quote(around('a'))}")
    await batch(edge, {"stat": f"{around('a')}~{around('b')},{unseen},{around('c')}", "count": around("2")})

    assert edge.posted() == [Posted("counter", "a", 1.0, 5), Posted("counter", "a~b,,c", 2.0, None)]


@pytest.mark.parametrize("name", ["\u0647\u200d", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "a\u200bb"])
async def test_what_changes_how_a_name_looks_stays(edge: AnEdge, name: str) -> None:
    """A joiner at an end gives a letter its form, tags make a flag, and a zero width space inside may divide words."""
    assert (await ez(edge, f"count=1&stat={quote(name)}")).body == OK
    assert [one.name for one in edge.posted()] == [name]


@pytest.mark.parametrize("name", [" ", "\r\n", "~", " ~ , ", "~\t,", "\ufeff", "\u200b~\u2060,\xad"])
async def test_a_blank_name_is_none(edge: AnEdge, name: str) -> None:
    """Nor is one of blank pieces."""
    assert (await ez(edge, f"count=1&stat={quote(name)}")).body == failure("no stat")
    assert (await batch(edge, {"stat": name, "count": 1})).body.startswith(b'{"status":500,"msg":"no stat"')
    assert edge.posted() == []


async def test_a_name_of_255_code_points_within_blanks_is_taken(edge: AnEdge) -> None:
    assert (await ez(edge, f"count=1&stat=+{'x' * 255}%0D%0A")).body == OK
    assert [one.name for one in edge.posted()] == ["x" * 255]


# All dialects 5 and 6: times and numbers, as forms and as JSON. tests/unit/test_numbers.py has the whole table.


@pytest.mark.parametrize(
    ("sent", "t"),
    [
        ("0", 0),
        ("1", 1),
        ("1363118126", 1363118126),
        ("4294967295", 4294967295),
        ("", None),
    ],
)
async def test_any_second_from_1970_to_2106_is_kept_as_sent(edge: AnEdge, sent: str, t: int | None) -> None:
    """Past or future, no clamp; an empty `t` is none."""
    assert (await ez(edge, f"stat=a&count=1&t={sent}")).body == OK
    assert (await batch(edge, {"stat": "a", "count": 1, "t": sent})).body == b'{"status":200,"msg":"ok","multiple":1}'
    assert [one.t for one in edge.posted()] == [t, t]


@pytest.mark.parametrize("sent", ["-1", "4294967296", "1363118126000", "1.5", "now", "0x10", "1e9", "%D9%A3"])
async def test_any_other_time_is_an_error(edge: AnEdge, sent: str) -> None:
    """Milliseconds too: they would land in another century."""
    assert (await ez(edge, f"stat=a&count=1&t={sent}")).body == failure("bad t")
    assert edge.posted() == []


async def test_numbers_in_json_may_be_text_and_nulls_are_absent(edge: AnEdge) -> None:
    """Clients quote them, and send `null` for what they do not have."""
    reply = await batch(
        edge,
        {"stat": "a", "count": "2.5", "value": None, "t": "1363118126"},
        {"stat": "a", "value": 3, "count": "", "t": 1363118126.0},
        {"stat": "a", "count": True},
        {"stat": "a", "count": [1]},
        {"stat": 5, "count": 1},
        {"stat": "a", "count": 1, "t": 1.5},
        {"stat": "a", "count": 1e21},
    )

    assert orjson.loads(reply.body)["errors"] == [
        {"index": 2, "msg": "bad count"},
        {"index": 3, "msg": "bad count"},
        {"index": 4, "msg": "bad stat name"},
        {"index": 5, "msg": "bad t"},
    ]
    assert edge.posted() == [
        Posted("counter", "a", 2.5, 1363118126),
        Posted("value", "a", 3.0, 1363118126),
        Posted("counter", "a", 1e21, None),
    ]


@pytest.mark.parametrize(
    ("raw", "number"), [("1e+21", 1e21), ("1.5E+2", 150.0), ("+5", 5.0), ("1e%2B21", 1e21), ("1e-07", 1e-7)]
)
async def test_a_plus_in_a_number_is_read_un_encoded_too(edge: AnEdge, raw: str, number: float) -> None:
    """npm stathat and Lua print 1e+21 and encode nothing: the plus arrives as a space."""
    assert (await ez(edge, f"stat=a&value={raw}")).body == OK
    assert edge.posted() == [Posted("value", "a", number, None)]


@pytest.mark.parametrize("raw", ["nan", "inf", "-Infinity", "0x10", "1_000", "1,5", "1e999", "9" * 401, "٣", "1 2"])
async def test_what_is_no_finite_number_is_an_error(edge: AnEdge, raw: str) -> None:
    """ClickHouse would wrap or clamp it silently."""
    assert (await ez(edge, f"stat=a&value={quote(raw)}")).body == failure("bad value")
    assert (await batch(edge, {"stat": "a", "value": raw})).body.startswith(b'{"status":500,"msg":"bad value"')
    assert edge.posted() == []


@pytest.mark.parametrize("blanks", ["{}%0D%0A", "%0D%0A{}", "+{}+", "%20{}", "%09{}%A0", "{} "])
async def test_blanks_around_numbers_and_times_are_not_part_of_them(edge: AnEdge, blanks: str) -> None:
    """`curl -d "count=$(cat file)"` and its kin; forms and queries."""
    form = f"stat=a&count={blanks.format('1')}&value={blanks.format('-2.5')}&t={blanks.format('5')}"
    query = form.replace(" ", "%20")

    assert (await ez(edge, form)).body == OK
    assert (await ask(edge.app, "GET", f"/ez?ezkey=EZKEY&{query}")).body == OK
    assert sorted(edge.posted()) == [Posted("counter", "a", 1.0, 5)] * 2 + [Posted("value", "a", -2.5, 5)] * 2


async def test_blanks_around_numbers_in_json_are_not_part_of_them(edge: AnEdge) -> None:
    """A number alone as well as a plus that arrived as a space."""
    await batch(edge, {"stat": "a", "count": "1\r\n", "t": " 5 "}, {"stat": "a", "value": " 1e 21\n"})

    assert edge.posted() == [Posted("counter", "a", 1.0, 5), Posted("value", "a", 1e21, None)]


@pytest.mark.parametrize("form", ["count=%20", "count=%0D%0A&value=+", "value=%09"])
async def test_nothing_but_blanks_is_not_sent(edge: AnEdge, form: str) -> None:
    assert (await ez(edge, f"stat=a&{form}")).body == failure("no count or value")


async def test_a_time_of_blanks_is_not_sent(edge: AnEdge) -> None:
    assert (await ez(edge, "stat=a&count=1&t=+%0D")).body == OK
    assert edge.posted() == COUNT_OF_ONE
