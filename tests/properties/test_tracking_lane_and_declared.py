"""The lanes of tracking are their declared routes, only faster: as `test_lane_and_declared.py` has it for StatHat's."""

from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from testkit.activity import KEY, OTHER_KEY, an_activity_edge
from testkit.lane_talks import CLOSE, FORM, OTHER_HEADERS, Both, Request, Speech, Talk, both_of, forms

BEACON = (b"Content-Type", b"text/plain;charset=UTF-8")
NAMES = [
    *("_k", "_p", "_n", "_t", "_d", "_c", "_ip", "_", "__type", "Plan Type", "plan type", "Amount", "", ",", " _n", "n" * 300),
    *("a:b", "É", "_K"),
]  # fmt: skip
VALUES = [
    *(KEY, OTHER_KEY, KEY[1:], f" {KEY} ", "bob", "bob@example.com", "rob", "", " ", "Signed Up", "signed:up", "1", " 1 "),
    *("0", "1262304000", "1795253116804", "-1", "99.95", "0664123456", "Gold+1", "café", "日本", "%", "+", "a=b", "\x00"),
    *("n" * 300, "v" * 9_000),
]  # fmt: skip
GOOD = [
    [b"_k=" + KEY.encode(), b"_p=bob%40example.com", b"_n=Signed+Up", b"Plan=Gold", b"Amount=99.95"],
    [b"_k=" + KEY.encode(), b"_p=bob", b"a=1"],
    [b"_k=" + OTHER_KEY.encode(), b"_p=bob", b"_n=rob", b"_t=1262304000", b"_d=1"],
]
FORMS = forms(NAMES, VALUES, GOOD)
SPEECH = Speech(
    ["/e"] * 6 + ["/s"] * 3 + ["/a"] * 3 + ["/e/", "//s", "/E"],
    FORMS,
    FORMS | st.just(b""),
    [],
    [BEACON[1], FORM[1], b"text/plain", b"application/json", b""],
)
SAID = f"_k={KEY}&_p=bob%40example.com&_n=Signed+Up&Plan=Gold&Amount=99.95"
AN_EVENT = Request("GET", f"/e?{SAID}")
A_SET = Request("GET", f"/s?{SAID}")
AN_ALIAS = Request("GET", f"/a?{SAID}")
A_FORM = Request("POST", "/e", (SAID.encode(),), (FORM,))
A_BEACON = Request("POST", f"/e?{SAID}", (b"",), (BEACON,))
UNKNOWN = Request("GET", f"/e?_k={KEY[1:]}&_p=bob&_n=x")
REFUSED = Request("GET", f"/e?_k={KEY}&_n=x")


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with both_of(lambda *, lanes: an_activity_edge(lanes=lanes), "id", "key", "other_key") as both:
        yield both


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize(
    "asked",
    [
        *(AN_EVENT, A_SET, AN_ALIAS, A_FORM, A_BEACON, UNKNOWN, REFUSED),
        Request("GET", f"/e?{SAID}", (b"more=1",), (FORM,)),
        Request("POST", f"/e?{SAID}", (b"_n=other&more=1",), (FORM,)),
        Request("POST", f"/s?_k={KEY}", (b"_p=bob&a=1",), (BEACON,)),
        Request("POST", "/e", (b"_n=" + b"x" * (65 << 10),), (FORM,)),
        Request("GET", f"/e?_k={KEY}&_p=bob&_n=x&_t=1&_d=1"),
        Request("GET", f"/e?_k={KEY}&&Plan%20Type=Go&ld&_p=bob@example.com&_n=Signed%20Up&_t=1795253116804"),
        Request("HEAD", f"/e?{SAID}"),
        Request("GET", f"/e?{SAID}", (), (CLOSE,)),
        Request("POST", f"/e?{SAID}", (), (BEACON, OTHER_HEADERS[3])),
    ],
    ids=lambda asked: f"{asked.method} {asked.target[:40]}" if isinstance(asked, Request) else "",
)
def test_they_are_one_where_they_might_not_be(both: Both, asked: Request, is_full: bool) -> None:
    """Again, pipelined, and with a full log."""
    both.agree_in_company(asked, AN_EVENT, AN_ALIAS, is_full=is_full)


@given(SPEECH.talks())
@settings(max_examples=150)
@example(Talk((A_FORM.wire, A_FORM.wire[:-3]), "leaves"))
def test_the_lanes_and_the_declared_routes_are_one(both: Both, talk: Talk) -> None:
    """The bytes of all answers, the end of the connection, events, their partitions, what is counted as taken and as
    refused: all the same.
    """
    both.agree(talk)


@pytest.mark.parametrize("asked", [AN_EVENT, A_FORM], ids=["event", "form"])
def test_packets_may_end_anywhere(both: Both, asked: Request) -> None:
    """Every place of a request, another one behind it."""
    both.agree_wherever_packets_end(asked, behind=AN_EVENT)


@pytest.mark.parametrize("end", ["leaves", "ends"])
def test_a_client_may_go_anywhere(both: Both, end: str) -> None:
    """What was whole counts, whether its sender waits for the answer or not."""
    both.agree_wherever_a_client_goes(A_FORM, AN_EVENT, end)


@pytest.mark.parametrize(
    "asked", [AN_EVENT, A_SET, AN_ALIAS, A_FORM, A_BEACON], ids=["event", "set", "alias", "form", "beacon"]
)
def test_the_lanes_are_taken_at_all(both: Both, asked: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else this page would compare the declared routes with themselves."""
    monkeypatch.setattr(both.laned.intake, "take", partial(pytest.fail, "the declared route was asked"))
    seen = both.talk_to(both.laned, Talk((asked.wire, asked.wire)))

    assert (seen.written[:15], seen.taken) == (b"HTTP/1.1 200 OK", 2)
