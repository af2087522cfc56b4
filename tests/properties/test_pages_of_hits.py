"""What is remembered of a page's hits says the same as what is read pair by pair."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from producers.clicky.hits.reading import PAGE_REMEMBERED_MAX, Pairs, SentHit

PIECES = [
    *(b"site_id=2", b"site_id=x", b"type=ping", b"type=", b"href=%2Fa", b"href=/b", b"title=T", b"mime=js", b"x=0.3"),
    *(b"x=", b"jsuid=3", b"jsuid=4", b"jsuid=", b"jsuid=<x>", b"jsuid", b"js%75id=5", b" jsuid=6", b"ajsuid=7", b"jsuid=\xe9"),
    *(b"ck=1", b"goal[id]=1", b"goal[id]=2", b"heatmap[]=a", b"heatmap[]=b", b"custom[a]=b", b"custom[a]=c", b"basket=7"),
    *(b"ua=U", b"u%61=U", b"ip%5Faddress=::2", b"session_id=s", b"ip_address=::1", b"sitekey_admin=k", b"%73itekey_admin=k", b"", b"=", b"ax=1"),
    b"title=" + b"t" * PAGE_REMEMBERED_MAX,
]  # fmt: skip
QUERIES = st.lists(st.sampled_from(PIECES), max_size=8).map(b"&".join)


def said(sent: SentHit) -> dict[str, Any]:
    """All of it; the visitor's id stands by itself."""
    own = {name: pair for name, pair in sent.own.items() if name != "jsuid"}
    slots = ("custom", "jsuid", "site", "texts", "type")
    lists = {"parameters": list(sent.parameters), "unknown": list(sent.unknown)}
    return {"own": own, **lists, **{name: getattr(sent, name) for name in slots}}


@given(st.lists(QUERIES, min_size=1, max_size=6))
@example([b"site_id=2&href=/a&jsuid=3", b"site_id=2&href=/a&jsuid=4&x=1", b"jsuid=5&site_id=2&href=/a"])
@example([b"js%75id=5&jsuid=3", b"js%75id=5&jsuid=4"])
@example([b"jsuid=3&custom[a]=b", b"jsuid=4&custom[a]=b"])
def test_a_page_that_comes_again_says_the_same_of_each_visitor(queries: list[bytes]) -> None:
    pairs = Pairs()
    for query in queries * 2:
        pair_by_pair = Pairs().read(query, b"")  # of two sources nothing is remembered as a whole

        assert said(pairs.read(query)) == said(pair_by_pair)


@given(st.lists(QUERIES, min_size=1, max_size=6))
def test_nothing_of_a_visitor_comes_again(queries: list[bytes]) -> None:
    """Only what a page's visitors send alike may be remembered, by whoever makes something of it."""
    pairs = Pairs()
    for query in queries * 2:
        sent = pairs.read(query)
        if sent.page is not None:
            assert (dict(sent.custom), list(sent.unknown)) == ({}, [])
            assert not {"jsuid", "ua", "ip_address", "session_id", "sitekey", "sitekey_admin"} & set(sent.own)


@pytest.mark.parametrize("spelling", ["%s", "+%s", " %s", "%%%02x%s"], ids=["plain", "plus", "blank", "escaped"])
@pytest.mark.parametrize(
    "name",
    [
        *("jsuid", "ua", "ip_address", "session_id", "sitekey", "sitekey_admin", "x"),
        *("custom[a]", "custom", "heatmap[]", "heatmap", "heatmap[0][x]", "anything"),
    ],
)
def test_however_a_name_is_spelt_what_is_of_one_visitor_is_in_no_memory(name: str, spelling: str) -> None:
    """Nor what nobody knows: it may be about him."""
    said = spelling % ((ord(name[0]), name[1:]) if "02x" in spelling else name)
    pair = f"{said}=42".encode()
    pairs = Pairs()
    for query in (b"%s&site_id=2", b"site_id=2&jsuid=3&%s", b"site_id=2&jsuid=3&%s&x=0.3"):
        pairs.read(query % pair)
        pairs.read(query % pair, b"")

    assert pair not in pairs._known
    assert not any(pair in page for page in pairs._pages)
    assert b"site_id=2" in pairs._known
