"""The list of calls at /docs, as a reader meets it."""

import pytest

from producers.web.docs_page import merged
from tools import docs

OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in docs.openapi()["paths"].items()
    for method, operation in operations.items()
]


@pytest.mark.parametrize(("call", "operation"), OPERATIONS, ids=[call for call, _ in OPERATIONS])
def test_a_call_has_a_summary_that_somebody_wrote_and_stands_once(call: str, operation: dict) -> None:
    """FastAPI makes one out of a function's name; `Health` and `Metrics` need no more."""
    assert operation["summary"] in ("Health", "Metrics") or not operation["summary"].istitle()
    assert len(operation["tags"]) == 1


@pytest.mark.parametrize(
    ("call", "operation"), [pair for pair in OPERATIONS if "/tilde/v1/" in pair[0]], ids=lambda one: str(one)[:60]
)
def test_a_call_that_needs_a_token_says_so(call: str, operation: dict) -> None:
    """Then the page has a padlock there, and sends the token."""
    assert operation["security"], call


def test_a_path_that_both_sides_have_keeps_the_methods_of_both() -> None:
    """The edge creates an account's stats, the query API lists them."""
    calls = {call for call, _ in OPERATIONS}
    one = merged({"paths": {"/": {"get": "edge's"}}}, {"paths": {"/": {"get": "api's", "post": "api's"}}})

    assert next(iter(dict(OPERATIONS))) == "GET /ez"
    assert one["paths"] == {"/": {"get": "edge's", "post": "api's"}}
    assert {"GET /tilde/v1/accounts/{name}/stats", "POST /tilde/v1/accounts/{name}/stats"} <= calls


@pytest.mark.parametrize(
    ("call", "needed"),
    [
        ("GET /api/v2/track", {"name"}),
        ("POST /api/v2/track", {"name"}),
        ("POST /api/v2/stats", {"metric_id"}),
        ("PUT /api/v2/stats/{id_or_ref}", set()),
        ("GET /api/v2/stats", {"metric_id"}),
        ("POST /api/v2/metrics", {"name"}),
        ("POST /api/v2/partners/users", {"email"}),
    ],
)
def test_a_call_of_statsmix_says_its_key_and_what_it_needs(call: str, needed: set[str]) -> None:
    """So that the page can try it out: these are read from a request as it came, and FastAPI knows nothing of them."""
    operation = dict(OPERATIONS)[call]
    parameters = {each["name"]: each for each in operation["parameters"]}
    form = operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {})
    required = {name for name, each in parameters.items() if each.get("required") and each["in"] != "path"}

    assert parameters["X-StatsMix-Token"]["in"] == "header"
    assert required | set(form.get("schema", {}).get("required", ())) == needed
    assert "format" in {*parameters, *form.get("schema", {}).get("properties", ())}
