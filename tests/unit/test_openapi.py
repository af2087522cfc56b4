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


@pytest.mark.parametrize(
    ("call", "scheme", "told"),
    [
        ("GET /core/products", "Kissmetrics", "`tilde token create`"),
        ("POST /v3/queries", "Kissmetrics", "The operator token opens nothing here."),
        ("GET /tilde/v1/stats", "HTTPBearer", "An account's access token."),
        ("DELETE /tilde/v1/stats/{stat}", "HTTPBearer", "An account's access token."),
        ("GET /tilde/v1/products", "OperatorOrAccount", "The operator token, or an account's access token."),
        ("POST /tilde/v1/products", "Operator", "The operator token."),
        ("GET /tilde/v1/products/{product}/person", "OperatorOrAccount", "or an account's access token."),
        ("DELETE /tilde/v1/products/{product}/person", "Operator", "The operator token."),
    ],
)
def test_the_field_for_a_token_says_whose_it_takes(call: str, scheme: str, told: str) -> None:
    """A scheme that both sides describe has one description, whichever that is: those of a name say the same."""
    schemes = [each["components"]["securitySchemes"] for each in (docs.openapi(), *docs.openapi_documents())]

    assert dict(OPERATIONS)[call]["security"] == [{scheme: []}]
    assert told in schemes[0][scheme]["description"]
    assert all(each[scheme] == schemes[0][scheme] for each in schemes if scheme in each)


def test_what_is_done_about_a_person_stands_in_one_place() -> None:
    tags = {call: operation["tags"] for call, operation in OPERATIONS if call.endswith("/products/{product}/person")}
    assert tags == {f"{method} /tilde/v1/products/{{product}}/person": ["People"] for method in ("GET", "DELETE")}


@pytest.mark.parametrize(("call", "operation"), OPERATIONS, ids=[call for call, _ in OPERATIONS])
def test_a_call_says_what_its_answers_are(call: str, operation: dict) -> None:
    """Of which type, and how it fails, in our own forms; FastAPI's 422 is none."""
    answers = operation["responses"]

    assert {"4XX", "5XX"} <= answers.keys()
    assert "422" not in answers
    assert all(answer.get("content") for status, answer in answers.items() if status != "201")


@pytest.mark.parametrize(
    ("call", "media_types", "told"),
    [
        ("GET /core/events/{uuid}", {"application/json"}, {"message", "error", "status"}),
        ("GET /{tracking_key}.js", {"text/javascript"}, {"message", "error", "status"}),
        ("GET /{site_id}.js", {"text/javascript"}, {"detail"}),
        ("GET /x/{token}/statlist", {"application/json"}, {"msg"}),
        ("POST /ez", {"application/json"}, {"status", "msg"}),
        ("POST /e", {"image/gif"}, {"message", "error", "status"}),
        ("GET /tilde/v1/accounts", {"application/json"}, {"detail"}),
    ],
)
def test_a_failure_is_shown_as_its_dialect_tells_it(call: str, media_types: set[str], told: set[str]) -> None:
    answers = dict(OPERATIONS)[call]["responses"]
    (success,) = (answer for status, answer in answers.items() if status.startswith("2"))

    assert success["content"].keys() == media_types
    for status in ("4XX", "5XX"):
        assert set(answers[status]["content"]["application/json"]["schema"]["required"]) == told


def test_calls_that_answer_in_two_forms_say_both() -> None:
    answers = dict(OPERATIONS)["GET /api/v2/stats"]["responses"]
    assert all(answer["content"].keys() == {"application/xml", "application/json"} for answer in answers.values())


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
