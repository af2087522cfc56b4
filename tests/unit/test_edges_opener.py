"""A query API has edges open what is sealed: what goes over the wire, and whom it asks."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from run.process import edges_opener
from testkit.edges import KEYRING
from testkit.openers import KeyEdge, asking
from tilde.keys.keyring import Keyring
from tilde.keys.opener import KeysAwayError, Sealed
from tilde.keys.opening import BYTES_MAX, ITEMS_MAX, NoAnswerError, OpenedAnswer, Question
from tilde.web.http_clients import open_async_client

STRANGER = Keyring(bytes(32))


@pytest.fixture
def edges(tmp_path: Path) -> Iterator[list[KeyEdge]]:
    made = [KeyEdge(tmp_path, "one"), KeyEdge(tmp_path, "other")]
    yield made
    for edge in made:
        edge.close()


async def test_what_no_edge_opens_was_erased_only_where_all_were_asked(edges: list[KeyEdge]) -> None:
    """One that is none of TILDE_EDGES may have the key, unless it will never run again."""
    known, erased = edges[0].seal("ann", "Ann"), Sealed(5, b"of nobody")

    assert await asking(edges).opened([known, erased]) == ["Ann", None]
    assert await asking(edges, others=1).opened([known]) == ["Ann"]
    with pytest.raises(KeysAwayError, match=r"edge 2 .* TILDE_EDGES_GONE"):
        await asking(edges, others=1).opened([known, erased])
    assert await asking(edges, others=2, gone=[2, 3]).opened([known, erased]) == ["Ann", None]


async def test_one_address_that_leads_to_one_edge_twice_is_found_out(edges: list[KeyEdge]) -> None:
    """As that of a balancer in front of both."""
    opener = asking(edges)
    edges[1].name = "one"

    with pytest.raises(KeysAwayError, match="edge 1 "):
        await opener.opened([Sealed(5, b"of nobody")])


async def test_an_edge_is_asked_for_what_those_before_it_do_not_know(edges: list[KeyEdge]) -> None:
    """In portions that an edge takes."""
    ann, cid = edges[0].seal("ann", "Ann"), edges[1].seal("cid", "Cid")
    many = [Sealed(key, b"of nobody") for key in range(ITEMS_MAX)]

    opened = await asking(edges).opened([ann, cid, *many])

    assert opened == ["Ann", "Cid", *[None] * ITEMS_MAX]
    assert [[len(Question.read(body).sealed) for body in edge.asked] for edge in edges] == [
        [ITEMS_MAX, 2],
        [ITEMS_MAX, 1],
    ]


async def test_what_is_long_goes_in_questions_of_its_own(edges: list[KeyEdge]) -> None:
    """So that none has more bytes than an edge takes."""
    long = [Sealed(key, b"x" * (BYTES_MAX // 2 + 1)) for key in range(3)]

    assert await asking(edges).opened(long) == [None] * 3
    assert [len(edge.asked) for edge in edges] == [3, 3]


async def test_who_people_are_goes_over_the_wire_sealed(edges: list[KeyEdge]) -> None:
    """An edge's port may be plain http."""
    await asking(edges).opened([edges[0].seal("ann", "ann@example.com")])

    assert edges[0].answers
    assert b"ann@example.com" not in b"".join(edges[0].asked + edges[0].answers)


async def test_who_has_another_master_secret_is_refused(edges: list[KeyEdge]) -> None:
    """And is told so by nobody but the edge: to him all keys are away."""
    known = edges[0].seal("ann", "Ann")

    with pytest.raises(KeysAwayError):
        await asking(edges, keyring=STRANGER).opened([known])
    assert b"master secret" in edges[0].answers[0]


async def test_an_edge_that_comes_back_is_asked_again(edges: list[KeyEdge]) -> None:
    """Within the same question, if that is soon; else nobody is told as erased."""
    known = edges[0].seal("ann", "Ann")
    edges[0].failing = 2
    assert await asking(edges, tries_max=3).opened([known]) == ["Ann"]
    edges[0].failing = 3

    with pytest.raises(KeysAwayError, match="does not answer"):
        await asking(edges, tries_max=3).opened([known])


async def test_an_edge_that_takes_too_long_is_not_asked_again() -> None:
    """Within the same question: that has waited long enough. The next one waits, once more."""
    asked = 0

    def slow(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        raise httpx.ReadTimeout("", request=request)

    edge = edges_opener.AskedEdge(open_async_client(httpx.MockTransport(slow), base_url="http://one"), KEYRING)
    for times in (1, 2):
        with pytest.raises(KeysAwayError, match="does not answer"):
            await edge.opened([Sealed(5, b"of nobody")])
        assert asked == times


async def test_an_edge_that_was_waited_for_in_vain_is_not_waited_for_by_each_question(
    edges: list[KeyEdge], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it answers, or some time has gone by: then it may be one that is started again."""
    known = edges[0].seal("ann", "Ann")
    opener = asking(edges, tries_max=3)
    for failing, is_away in ((3, True), (1, True), (0, False), (2, False), (3, True)):
        edges[0].failing = failing
        if is_away:
            with pytest.raises(KeysAwayError):
                await opener.opened([known])
        else:
            assert await opener.opened([known]) == ["Ann"]
        assert edges[0].failing == 0
    monkeypatch.setattr(edges_opener, "GIVEN_UP_S", 0)
    later = asking(edges, tries_max=3)
    edges[0].failing = 3 + 2
    with pytest.raises(KeysAwayError):
        await later.opened([known])
    assert await later.opened([known]) == ["Ann"]


def test_an_answer_is_one_to_its_question_alone() -> None:
    """One that somebody has recorded opens nobody who was erased since."""
    asked = [Sealed(1, b"sealed")]
    first, again = Question.about(asked), Question.about(asked)
    answer = OpenedAnswer("one", ["Ann"]).sealed(first, KEYRING)

    assert OpenedAnswer.read(answer, first, KEYRING) == ("one", ["Ann"])
    for question, keyring in ((again, KEYRING), (first, STRANGER)):
        with pytest.raises(NoAnswerError):
            OpenedAnswer.read(answer, question, keyring)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"[1]", b'["n", 5]', b'["n", [[1]]]', b'["n", [["x", "eA=="]]]'])
def test_what_is_no_question_is_told_so(body: bytes) -> None:
    """And nothing else happens."""
    with pytest.raises(ValueError, match="no question"):
        Question.read(body)


def test_a_question_is_read_as_it_was_written() -> None:
    """Keys have up to 62 bits."""
    question = Question.about([Sealed(2**62 - 1, bytes(range(256)))])

    assert Question.read(question.written()) == question
    assert orjson.loads(question.written())[1][0][0] == 2**62 - 1
