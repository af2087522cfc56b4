"""StatsMix's `track` in its lanes is its declared route, only faster: the same answer to the byte, of the stat that the
event says, whatever was sent in whichever way. As tests/properties/test_lane_and_declared.py does for EZ posts.
"""

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from producers.statsmix.requests import FORM_BYTES_MAX
from testkit.lane_talks import FORM, OTHER_HEADERS, TYPES, Both, Request, Speech, Talk, both_of, forms
from testkit.statsmix import API_KEY, OTHER_API_KEY, a_statsmix_edge

NAMES = ["api_key", "name", "value", "generated_at", "meta", "ref_id", "profile_id", "format", "metrics[]", "Name"]
NAMES += [" value", "\ufeffname", "n%61me", "metric_id", "id", "", "metrics%5B%5D"]
VALUES = [
    *(API_KEY, OTHER_API_KEY, "nobody", f" {API_KEY}\r\n", f"\ufeff{API_KEY}"),
    *("orders", "a~b,c", "~", "café", "n" * 256, "a\x00", "<b>&amp;", "日本", "%", "+", "a=b"),
    *("1", "0", "-2.50", "1e+21", "1e999", "nan", "", " ", "0x10", "12345678901.25", "1e 21 ", "-0"),
    *("2012-07-08 12:33:53", "2012/09/01 10:00:00", "2012-7-8 1:2:3", "2026-11-21GMT09:29:55", "1960-01-01", "soon"),
    *('{"a":1}', '{"a":"<ü>"}', "[1,2]", "{", '"x"', "null"),
    *("json", "xml", "JSON ", "csv", "2", "1", "99999999999999999999"),
]
GOOD = [
    [b"api_key=" + API_KEY.encode(), b"name=orders", b"value=2.5"],
    [b"api_key=" + API_KEY.encode(), b"name=a~b, c", b"generated_at=2012-07-08 12:33:53", b'meta={"a":"\xc3\xbc"}'],
    [b"api_key=" + API_KEY.encode(), b"name=caf\xe9", b"format=json", b"profile_id=1", b"ref_id=", b"generated_at="],
]
FORMS = forms(NAMES, VALUES, GOOD)
TOKENS = [(b"X-StatsMix-Token", token) for token in (API_KEY.encode(), OTHER_API_KEY.encode(), b"nobody", b"", b"\xff")]
PATHS = [*("/api/v2/track", "/api/v2/track.xml", "/api/v2/track.json") * 4, "/api/v2/track.csv", "/api/v2/track#x"]
PATHS += ["/api/v2/track/", "/api/v2/track/track", "/API/v2/track", "//api/v2/track.json", "http://a/api/v2/track"]
SPEECH = Speech(
    PATHS,
    FORMS,
    st.one_of(FORMS, FORMS, st.binary(max_size=40), st.just(b"")),
    TOKENS,
    [*TYPES, b"multipart/form-data; boundary=x"],
)
PLAIN = b"api_key=%s&name=orders&value=2" % API_KEY.encode()
TOKEN = (b"X-StatsMix-Token", API_KEY.encode())
A_FORM = Request("POST", "/api/v2/track", (PLAIN,), (FORM,))
A_QUERY = Request("GET", f"/api/v2/track.json?{PLAIN.decode()}")
BY_TOKEN = Request("POST", "/api/v2/track", (b"name=orders",), (TOKEN, FORM))
JAVA = Request("POST", f"/api/v2/track?{PLAIN.decode()}", (b"",), ())
CHUNKED = Request("POST", "/api/v2/track.json", (PLAIN,), (FORM,), is_chunked=True)
REFUSED = Request("POST", "/api/v2/track", (PLAIN + b"x",), (FORM,))
TRICKY = {
    "a query": A_QUERY,
    "a form": A_FORM,
    "a key in a header": BY_TOKEN,
    "a key in a header, and another in the form": Request(
        "POST", "/api/v2/track", (b"api_key=nobody&name=orders",), (TOKEN, FORM)
    ),
    "a key in a header that nobody has": Request(
        "POST", "/api/v2/track", (PLAIN,), ((b"X-StatsMix-Token", b"nobody"), FORM)
    ),
    "two headers with keys": Request(
        "POST", "/api/v2/track", (b"name=orders",), ((b"X-StatsMix-Token", b""), TOKEN, FORM)
    ),
    "all in a POST's query, with a body of no bytes": JAVA,
    "the same with a content type": Request("POST", JAVA.target, (b"",), ((b"Content-Type", b"text/plain"),)),
    "the same without a length": Request("POST", JAVA.target),
    "a query of a GET with a body of no bytes": Request("GET", A_QUERY.target, (b"",), ()),
    "a query before a form": Request("POST", "/api/v2/track?name=first&format=json", (PLAIN,), (FORM,)),
    "a form in a GET": Request("GET", "/api/v2/track.xml", (PLAIN,), (FORM,)),
    "a form without a content type": Request("POST", "/api/v2/track", (PLAIN,)),
    "multipart": Request(
        "POST",
        "/api/v2/track",
        (b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\norders\r\n--x--\r\n',),
        (TOKEN, (b"Content-Type", b"multipart/form-data; boundary=x")),
    ),
    "a ref": Request("POST", "/api/v2/track", (PLAIN + b"&ref_id=7",), (FORM,)),
    "an empty ref": Request("POST", "/api/v2/track", (PLAIN + b"&ref_id= ",), (FORM,)),
    "a time and a meta": Request(
        "POST", "/api/v2/track", (PLAIN + b"&generated_at=2012-07-08 12:33:53&meta={}",), (FORM,)
    ),
    "a form that is too long": Request("POST", "/api/v2/track", (PLAIN + b"&x=" + b"y" * FORM_BYTES_MAX,), (FORM,)),
    "more metrics than one user has": Request(
        "POST", "/api/v2/track", (PLAIN + b"".join(b"&metrics[]=%d" % n for n in range(101)),), (FORM,)
    ),
    "the other's profile": Request("POST", "/api/v2/track", (PLAIN + b"&profile_id=2",), (FORM,)),
    "a form in two chunks": Request("POST", "/api/v2/track", (PLAIN[:9], PLAIN[9:]), (FORM,), is_chunked=True),
    "a form of HTTP/1.0": Request("POST", "/api/v2/track", (PLAIN,), (FORM,), version="1.0"),
    "a form, and no more": Request("POST", "/api/v2/track", (PLAIN,), (FORM, OTHER_HEADERS[0])),
    "a form that waits for leave": Request("POST", "/api/v2/track", (PLAIN,), (FORM, OTHER_HEADERS[3])),
    "a form of a page": Request("POST", "/api/v2/track", (PLAIN,), (FORM, OTHER_HEADERS[4])),
    "HEAD": Request("HEAD", A_QUERY.target),
    "a preflight": Request("OPTIONS", "/api/v2/track", (), (OTHER_HEADERS[4],)),
    "what is refused": REFUSED,
    "no name": Request("POST", "/api/v2/track", (b"",), (FORM, TOKEN)),
}


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with both_of(a_statsmix_edge, "id", "event") as both:
        yield both


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize("asked", TRICKY.values(), ids=list(TRICKY))
def test_they_are_one_where_they_might_not_be(both: Both, asked: Request, is_full: bool) -> None:
    """Again, pipelined, and with a full log."""
    both.agree_in_company(asked, A_FORM, A_QUERY, is_full=is_full)


def test_a_ref_that_is_there_is_answered_as_it_is(both: Both) -> None:
    """With what was kept of it."""
    says = (PLAIN + b"&ref_id=7&meta={}", PLAIN + b"&ref_id=7")
    both.agree(Talk(tuple(Request("POST", "/api/v2/track", (body,), (FORM,)).wire for body in says)))


@given(SPEECH.talks())
@settings(max_examples=250)
@example(Talk((A_FORM.wire, A_FORM.wire[:-3]), "leaves"))
def test_the_lanes_and_the_declared_routes_are_one(both: Both, talk: Talk) -> None:
    """The bytes of all answers, the end of the connection, events, their partitions, what is counted as taken and as
    refused: all the same.
    """
    both.agree(talk)


@pytest.mark.parametrize(
    ("mark", "asked"), [(b"track", A_QUERY), (b"name=", A_FORM), (b"Token: ", BY_TOKEN), (b"key=", A_QUERY)]
)
def test_no_byte_makes_a_difference_wherever_it_stands(both: Both, mark: bytes, asked: Request) -> None:
    """In a path, a name, a header, a key."""
    for byte in range(256):
        both.agree(Talk((asked.wire.replace(mark, mark + bytes((byte,))),)))


@pytest.mark.parametrize("asked", [A_FORM, A_QUERY, BY_TOKEN], ids=["form", "query", "token"])
def test_packets_may_end_anywhere(both: Both, asked: Request) -> None:
    both.agree_wherever_packets_end(asked, behind=A_FORM)


@pytest.mark.parametrize("end", ["leaves", "ends"])
def test_a_client_may_go_anywhere_in_a_request(both: Both, end: str) -> None:
    both.agree_wherever_a_client_goes(A_FORM, A_FORM, end)


@given(st.lists(SPEECH.talks(), max_size=10))
@settings(max_examples=20)
def test_ids_rise_whatever_is_asked(both: Both, asked: list[Talk]) -> None:
    """Through the lane, the declared route or both, no id is given twice; those of refs are their own."""
    ids = [id_ for id_ in both.ids(asked) if id_ < 1 << 52]

    assert ids == sorted(set(ids))


def test_an_answer_tells_the_stat_that_the_event_says(both: Both) -> None:
    """Its id above all: by that its client changes it."""
    seen = both.talk_to(both.laned, Talk((A_FORM.wire, BY_TOKEN.wire)))

    assert re.findall(rb"<id>(.*)</id>", seen.written) == [b"of event 0", b"of event 1"]
    assert re.findall(rb"<value>(.*)</value>", seen.written) == [b"2", b"1"]
    assert [event["number"] for _, event in seen.events] == [2, 1]


@pytest.mark.parametrize(
    "asked", [A_FORM, A_QUERY, BY_TOKEN, JAVA, CHUNKED], ids=["form", "query", "token", "java", "chunked"]
)
def test_the_lanes_are_taken_at_all(both: Both, asked: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else this page would compare the declared routes with themselves."""
    monkeypatch.setattr(both.laned.intake, "track", None)
    seen = both.talk_to(both.laned, Talk((asked.wire, asked.wire)))

    assert (seen.written[:15], seen.taken) == (b"HTTP/1.1 200 OK", 2)
