"""Whatever was asked for before, a request gets what it gets alone of its declared route: heads, pages, persons, keys
and targets that are remembered are those of another request, or of none.

An edge with lanes that lives as long as this page is asked for something, for something that is like it, and for the
first again. The reference is an edge without lanes that is made for this one request.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from testkit.activity import KEY, OTHER_KEY, an_activity_edge
from testkit.asking import Headers
from testkit.lane_talks import FORM, Both, MakeEdge, Request, Seen, Talk, both_of
from testkit.stathat import COUNTER_KEY, EMAIL, EZKEY, UKEY, VALUE_KEY, an_edge
from testkit.statsmix import API_KEY, OTHER_API_KEY, a_statsmix_edge
from testkit.tracked import ADMIN_KEY, a_hits_edge


@dataclass(frozen=True)
class Asked:
    """One request, in the pieces in which two are like each other."""

    path: str
    pairs: tuple[str, ...] = ()
    body: tuple[str, ...] | None = None
    of_client: Headers = ()
    of_page: Headers = ()

    @property
    def wire(self) -> bytes:
        """Its bytes: a GET, or a POST where it has a body."""
        target = self.path + ("?" + "&".join(self.pairs) if self.pairs else "")
        headers = (*self.of_client, *self.of_page)
        if self.body is None:
            return Request("GET", target, (), headers).wire
        return Request("POST", target, ("&".join(self.body).encode(),), (FORM, *headers)).wire


@dataclass(frozen=True)
class Words:
    """What requests of a dialect are made of."""

    paths: list[str]
    first: list[tuple[str, ...]]
    """Pairs that most have, in the query or in the body."""
    pairs: list[str]
    of_client: list[Headers]
    of_page: list[Headers] = field(default_factory=lambda: [()])

    def two(self) -> st.SearchStrategy[tuple[Asked, Asked]]:
        """Two requests that are as different as it comes, or the same in some pieces."""
        pieces = st.sets(st.sampled_from([piece.name for piece in fields(Asked)]))
        return st.builds(_alike, self._each(), self._each(), pieces)

    def _each(self) -> st.SearchStrategy[Asked]:
        some = st.lists(st.sampled_from(self.pairs), max_size=4).map(tuple)
        most = st.builds(tuple.__add__, st.sampled_from(self.first), some)
        body = st.one_of(st.none(), st.none(), st.just(()), some, most)
        return st.builds(
            Asked,
            st.sampled_from(self.paths),
            st.one_of(most, most, some),
            body,
            st.sampled_from(self.of_client),
            st.sampled_from(self.of_page),
        )


def _alike(one: Asked, other: Asked, pieces: set[str]) -> tuple[Asked, Asked]:
    return one, replace(other, **{piece: getattr(one, piece) for piece in pieces})


class Turns:
    """The edge that lives on, and what each request gets alone."""

    def __init__(self, both: Both) -> None:
        self._both = both
        self._alone: dict[bytes, Seen] = {}

    def agree(self, *asked: Asked) -> None:
        """Asserts that each gets what it gets alone."""
        for one in asked:
            talk = Talk((one.wire,))
            if one.wire not in self._alone:
                self._alone[one.wire] = self._both.alone(talk)
            assert self._both.talk_to(self._both.laned, talk) == self._alone[one.wire]


@contextmanager
def turns(make: MakeEdge, *own_ids: str) -> Iterator[Turns]:
    with both_of(make, *own_ids) as both:
        yield Turns(both)


def headers(name: str, values: Sequence[str]) -> list[Headers]:
    return [(), *(((name.encode(), value.encode()),) for value in values)]


AGENTS = headers("User-Agent", ["Firefox/128.0", "Googlebot/2.1", "a" * 511 + "bc", "a" * 511 + "bd", "a" * 512, ""])


# StatHat.

EZ = Words(
    ["/ez"] * 6 + ["/c", "/v"],
    [
        (f"ezkey={EZKEY}", "stat=a", "count=1"),
        (f"email={EMAIL}", "stat=a", "value=2"),
        (f"key={COUNTER_KEY}", f"ukey={UKEY}", "count=1"),
        (f"key={VALUE_KEY}", f"ukey={UKEY}", "value=2"),
    ],
    [
        *("ezkey=EZKEY%0A", "ezkey=OTHER", "ezkey=nobody", "%65zkey=OTHER", "ezkey=", "stat=b", "st%61t=c", "stat=a~b"),
        *("stat=a~b,c", "stat=x~y~z", "stat=" + "n" * 255, "stat=" + "n" * 256, "count=2", "value=1e400", "t=5", "t=x"),
        *("count=0x1", "&", "="),
    ],
    AGENTS,
)


@pytest.fixture(scope="module")
def of_stathat() -> Iterator[Turns]:
    with turns(an_edge, "id") as made:
        yield made


@given(EZ.two())
@settings(max_examples=400)
def test_a_post_is_taken_as_if_there_had_been_no_other(of_stathat: Turns, two: tuple[Asked, Asked]) -> None:
    one, other = two
    of_stathat.agree(one, other, one)


# StatsMix.

TRACK = Words(
    ["/api/v2/track", "/api/v2/track.json", "/api/v2/track.xml"],
    [(f"api_key={API_KEY}", "name=orders"), (f"api_key={OTHER_API_KEY}", "name=orders"), ("name=orders", "value=2")],
    [
        *("api_key=nobody", f"%61pi_key={API_KEY}", "name=others", "n%61me=third", "name=a~b", "name=" + "n" * 256),
        *("value=1", "value=2.50", "value=1e+21", "value=1e 21", "value=x", "generated_at=2012-07-08 12:33:53"),
        *("generated_at=soon", 'meta={"a":1}', "meta={", "format=json", "format=xml", "profile_id=1", "profile_id=2"),
        *("profile_id=9", "ref_id=", "metrics[]=1"),
    ],
    headers("X-StatsMix-Token", [API_KEY, OTHER_API_KEY, "nobody", f" {API_KEY} ", ""]),
    AGENTS,
)


@pytest.fixture(scope="module")
def of_statsmix() -> Iterator[Turns]:
    with turns(a_statsmix_edge, "id", "event") as made:
        yield made


@given(TRACK.two())
@settings(max_examples=300)
def test_a_stat_is_taken_as_if_there_had_been_no_other(of_statsmix: Turns, two: tuple[Asked, Asked]) -> None:
    one, other = two
    of_statsmix.agree(one, other, one)


# Clicky.

LONG = "https://awesome.com/" + "x" * 600
LONGER = "https://awesome.com/" + "x" * 1_200
PAGES = [
    *(
        "https://www.awesome.com/a?b=c",
        "https://www.awesome.com/a",
        "https://awesome.test/",
        "https://other.com/",
        "null",
    ),
    *(
        "https://x.com@awesome.com/",
        "https://awesome.com@x.com/",
        "/a",
        f"{LONG}a",
        f"{LONG}b",
        f"{LONGER}a",
        f"{LONGER}b",
    ),
    *(f"https://awesome.com/{'x' * 5_000}", f"https://other.com/{'x' * 600}", f"https://{'x' * 600}.awesome.com/", ""),
]
HITS = Words(
    ["/in.php"] * 3 + ["/2ns.gif"] * 2 + ["/77ns.gif"],
    [
        ("site_id=2", "href=%2Fa", "jsuid=3228480604"),
        ("site_id=2", "type=ping", "jsuid=77"),
        ("site_id=2", f"sitekey_admin={ADMIN_KEY}", "ip_address=203.0.113.7"),
        ("site_id=2",),
    ],
    [
        *("jsuid=3228480604", "jsuid=3228480605", "jsuid=77", "jsuid=", "jsuid=<x>", "js%75id=5", "%6asuid=6", "jsuid=" + "9" * 65),
        *("type=pageview", "type=outbound", "type=none", "href=/b", "href=https://other.com/x", "href=https://awesome.com/x"),
        *("hre%66=%23c", "title=T", "title=" + "t" * 1_100, "ref=https://x.com/", "mime=js", "mim%65=js", "mime=gif", "x=0.3", "x"),
        *("ua=U", "u%61=V", "session_id=5", "session%5Fid=6", "ip_address=::1", "ip%5Faddress=203.0.113.8", "custom[a]=b"),
        *("custom[a]=c", "cust%6Fm[a]=d", "heatmap[]=a", "heatmap[]=b", "heatm%61p[]=c", "goal[id]=1", "goal[id]=2", "ck=1"),
        *("basket=7", "basket=8", "sitekey=s", f"sitekey%5Fadmin={ADMIN_KEY}", "sitekey_admin=no", "site_id=77", "site%5Fid=2"),
    ],
    AGENTS,
    [one + other for one in headers("Referer", PAGES) for other in headers("Origin", ["https://awesome.com", "null", "https://x.com"])],
)  # fmt: skip
OURS = ((b"Referer", b"https://www.awesome.com/a?b=c"),)
A_HIT = Asked("/in.php", ("site_id=2", "href=%2Fa", "jsuid=77"), None, (), OURS)
A_PICTURE = Asked("/2ns.gif", ("jsuid=77",), None, (), OURS)
FROM_LONG = ((b"Referer", LONG.encode()),)


@pytest.fixture(scope="module")
def of_clicky() -> Iterator[Turns]:
    with turns(lambda *, lanes: a_hits_edge(lanes=lanes), "id", "key") as made:
        yield made


@given(HITS.two())
@settings(max_examples=250)
@example((A_HIT, replace(A_HIT, of_page=((b"Referer", b"https://other.com/"),))))
@example((A_PICTURE, replace(A_PICTURE, of_page=FROM_LONG)))
@example((replace(A_PICTURE, of_page=FROM_LONG), replace(A_PICTURE, of_page=((b"Referer", f"{LONG}b".encode()),))))
@example((A_HIT, replace(A_HIT, pairs=(*A_HIT.pairs, "ip%5Faddress=203.0.113.8"))))
def test_a_hit_is_taken_as_if_there_had_been_no_other(of_clicky: Turns, two: tuple[Asked, Asked]) -> None:
    one, other = two
    of_clicky.agree(one, other, one)


# Kissmetrics.

TRACKING = Words(
    ["/e", "/e", "/s", "/a"],
    [
        (f"_k={KEY}", "_p=jo@example.com", "_n=Signed Up"),
        (f"_k={OTHER_KEY}", "_p=jo@example.com", "_n=Signed Up"),
        (f"_k={KEY}", "_p=jo@example.com", "color=red"),
    ],
    [
        *("_k=nobody", f"_k=%20{KEY}%0A", f"%5Fk={OTHER_KEY}", "_p=ann", "%5Fp=bob", "_p=", "_p=%20", "_n=Viewed", "%5Fn=x"),
        *("_n=", "_n=SIGNED%20UP", "_n=" + "n" * 300, "_t=1363118126", "_t=soon", "_d=1", "_d=0", "color=red", "Color=blue"),
        *("c%6Flor=green", "size=3", "size=x", "_ip=203.0.113.7", "_u=http://a/", "_x=1", "text=" + "t" * 3_000),
    ],
    AGENTS,
)  # fmt: skip


@pytest.fixture(scope="module")
def of_kissmetrics() -> Iterator[Turns]:
    with turns(lambda *, lanes: an_activity_edge(lanes=lanes), "id", "key", "other_key") as made:
        yield made


@given(TRACKING.two())
@settings(max_examples=250)
def test_what_people_do_is_taken_as_if_there_had_been_nothing_else(
    of_kissmetrics: Turns, two: tuple[Asked, Asked]
) -> None:
    one, other = two
    of_kissmetrics.agree(one, other, one)
