"""In which form a failure is told: that of the dialect whose path was asked for."""

import json

import pytest
from starlette.requests import Request

from producers.edge.command_desk import CommandRefusedError
from producers.exception_handlers import exception_handlers
from testkit import pixels
from tilde.dialects.known import DIALECTS
from tilde.domain.catalog.refusals import Refusal
from tilde.web.failures import failure


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ez", b'{"status":500,"msg":"gr\xc3\xb6\xc3\x9fer"}'),
        ("/x/TOKEN/statlist", b'{"msg":"gr\xc3\xb6\xc3\x9fer"}'),
        ("/tilde/v1/stats", b'{"detail":"gr\xc3\xb6\xc3\x9fer"}'),
        ("/core/events", b'{"message":"gr\xc3\xb6\xc3\x9fer","error":"Not Found","status":404}'),
        ("/v2/queries/5", b'{"message":"gr\xc3\xb6\xc3\x9fer","error":"Not Found","status":404}'),
        ("/query", b'{"message":"gr\xc3\xb6\xc3\x9fer","error":"Not Found","status":404}'),
        ("/v1", b'{"message":"gr\xc3\xb6\xc3\x9fer","error":"Not Found","status":404}'),
        ("/v1/reports/5", b'{"message":"gr\xc3\xb6\xc3\x9fer","error":"Not Found","status":404}'),
        ("/v3", b'{"status":404,"messages":["gr\xc3\xb6\xc3\x9fer"]}'),
        ("/v3/products", b'{"status":404,"messages":["gr\xc3\xb6\xc3\x9fer"]}'),
        ("/nowhere", b'{"detail":"gr\xc3\xb6\xc3\x9fer"}'),
    ],
)
def test_a_failure_is_told_where_the_clients_of_its_path_look_for_it(path: str, body: bytes) -> None:
    answer = failure(path, 404, "größer")

    assert (answer.status_code, answer.body, answer.headers["content-type"]) == (404, body, "application/json")


BEGINNINGS = [below for record in DIALECTS.records for paths in (record.posts, record.reads) for below in paths.below]


@pytest.mark.parametrize("below", BEGINNINGS)
def test_a_path_alone_is_told_of_as_what_is_below_it(below: str) -> None:
    """`/v3` as `/v3/products`."""
    alone, inside = failure(below.rstrip("/"), 404, "no"), failure(f"{below}nothing", 404, "no")

    assert (alone.body, alone.media_type) == (inside.body, inside.media_type)


@pytest.mark.parametrize(
    ("path", "is_json"),
    [
        ("/api/v2/nothing.json", True),
        ("/api/v2/stats/5.json", True),
        ("/api/v2/stats/5.xml", False),
        ("/api/v2/track", False),
        ("/api/v1/stats/5.json", False),
    ],
)
def test_statsmix_tells_a_failure_in_the_form_that_the_path_ends_in(path: str, is_json: bool) -> None:
    """v1 knows XML alone."""
    body = failure(path, 405, "no").body

    assert (b'{"errors":{"error":"no"}}' in body, b"<errors><error>no</error></errors>" in body) == (
        is_json,
        not is_json,
    )


@pytest.mark.parametrize("status", [400, 404, 405, 408, 414, 500, 503])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/whitelabel", b"NOK\n7\nA database error has occured.\n"),
        ("/api/whitelabel/sites", b'{"response":{"error":"no"}}'),
    ],
)
def test_the_white_label_api_has_no_status_but_200(path: str, body: bytes, status: int) -> None:
    """PHP's `file()` drops the body of every other one."""
    answer = failure(path, status, "no", {"allow": "GET"})

    assert (answer.status_code, answer.body, answer.headers["allow"]) == (200, body, "GET")


def test_only_the_white_label_api_has() -> None:
    """A browser reads the status of a script and of a picture."""
    assert [failure(path, 405, "no").status_code for path in ("/js", "/5.js", "/in.php", "/5ns.gif")] == [405] * 4


def test_a_dialect_that_knows_no_json_has_bytes_of_its_own() -> None:
    """Two lines of text, as old PHP takes them apart; with the headers that all of its failures have, and the answer's."""
    with pixels.known():
        answer = failure("/12px.gif", 503, "try again", {"retry-after": "2"})

    assert (answer.status_code, answer.body) == (503, b"NOK\ntry again\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert (answer.headers["x-of"], answer.headers["retry-after"]) == ("posts", "2")


@pytest.mark.parametrize(
    ("status", "words"), [(401, "Unauthenticated."), (403, "You are not authorized to access this page.")]
)
def test_who_is_let_in_is_told_in_the_third_query_apis_words(status: int, words: str) -> None:
    assert json.loads(bytes(failure("/v3/products", status, "no").body)) == {"status": status, "messages": [words]}


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(Refusal.UNKNOWN_REPORT, 404), (Refusal.UNKNOWN_METRIC, 404), (Refusal.BAD_METRIC_TITLE, 409)],
)
async def test_what_another_request_has_deleted_meanwhile_is_not_there(refusal: Refusal, status: int) -> None:
    """The edge still knew it, and the decider not any more: as whoever comes a moment later is told. Other refusals are
    no matter of what there is.
    """
    request = Request({"type": "http", "path": "/tilde/v1/metrics/5"})

    answer = await exception_handlers()[CommandRefusedError](request, CommandRefusedError(refusal))

    assert (answer.status_code, json.loads(bytes(answer.body))) == (status, {"detail": refusal.value})
