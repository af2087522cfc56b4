"""The registry answers as Confluent's does to what its clients, serializers and consoles ask first."""

import json

import httpx
import pytest
from fastapi import FastAPI

from api.registry import routes as registry
from tilde.schemas.registry import latest, schemas

POINT = latest("point")


@pytest.fixture
async def http():
    app = FastAPI()
    app.include_router(registry.router())
    for error, handler in registry.exception_handlers().items():
        app.add_exception_handler(error, handler)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registry") as client:
        yield client


async def ask(http, method, path, status=200, body=None):
    """The JSON of an answer that has this status, and the API's type."""
    answer = await http.request(method, path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/vnd.schemaregistry.v1+json")
    if status != 200:
        assert answer.json().keys() == {"error_code", "message"}
        return answer.json()["error_code"]
    return answer.json()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/schemas/types", ["AVRO"]),
        ("/contexts", ["."]),
        ("/config", {"compatibilityLevel": "FULL_TRANSITIVE"}),
        ("/config/points-value?defaultToGlobal=true", {"compatibilityLevel": "FULL_TRANSITIVE"}),
        ("/mode", {"mode": "READONLY"}),
        ("/mode/points-value", {"mode": "READONLY"}),
        ("/subjects?subjectPrefix=me&deleted=false", ["metrics-value"]),
        ("/subjects/points-value/versions", [1, 2]),
        ("/schemas/ids/4/subjects", ["points-value"]),
        ("/schemas/ids/4/versions", [{"subject": "points-value", "version": 1}]),
        ("/schemas/ids/7/subjects", ["tilde.Marker"]),
        ("/schemas/ids/4?subject=points-value&fetchMaxId=false", {"schema": schemas()[4].text}),
        ("/schemas/ids/4/schema", json.loads(schemas()[4].text)),
        ("/subjects/points-value/versions/1/schema", json.loads(schemas()[4].text)),
    ],
)
async def test_what_is_asked_first_is_answered(http, path, expected):
    assert await ask(http, "GET", path) == expected


@pytest.mark.parametrize(
    "subject", ["points-value", "points.g2-value", "tilde.Point", "points-tilde.Point", ":.:points-value"]
)
async def test_a_subject_is_known_by_each_strategy_of_naming(http, subject):
    """By the topic, as serializers do unless they are told otherwise; by the record; by both."""
    whole = {"subject": subject, "version": POINT.version, "id": POINT.id, "schema": POINT.text}

    assert await ask(http, "GET", f"/subjects/{subject}/versions/latest") == whole
    assert await ask(http, "GET", f"/subjects/{subject}/versions/-1") == whole
    assert await ask(http, "GET", f"/subjects/{subject}/versions/{POINT.version}") == whole
    assert await ask(http, "POST", f"/subjects/{subject}", body={"schema": POINT.text}) == whole


async def test_every_schema_is_found_by_its_text(http):
    """Also as other tools print it: on one line, or without the words in it."""
    for schema in schemas().values():
        plain = {"schema": json.dumps(json.loads(schema.text)), "schemaType": "AVRO", "references": []}
        found = await ask(http, "POST", f"/subjects/{schema.name}?normalize=true", body=plain)
        assert (found["id"], found["version"]) == (schema.id, schema.version)
    wordless = json.loads(POINT.text)
    del wordless["doc"]
    for field in wordless["fields"]:
        field.pop("doc", None)
    found = await ask(http, "POST", "/subjects/points-value", body={"schema": json.dumps(wordless)})

    assert found["id"] == POINT.id


async def test_what_would_register_a_schema_that_is_there_gets_its_id(http):
    """Serializers do so before their first message, unless they are told not to."""
    answer = await ask(http, "POST", "/subjects/points-value/versions", body={"schema": POINT.text})

    assert answer == {"id": POINT.id}


async def test_all_schemas_are_listed(http):
    every = await ask(http, "GET", "/schemas")
    newest = await ask(http, "GET", "/schemas?latestOnly=true&subjectPrefix=points")

    assert {each["id"] for each in every} == schemas().keys() - {7}
    assert newest == [{"subject": "points-value", "version": POINT.version, "id": POINT.id, "schema": POINT.text}]


OTHER = {"schema": json.dumps({"type": "record", "name": "Other", "fields": []})}


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "body"),
    [
        ("GET", "/subjects/nope-value/versions", 404, 40401, None),
        ("GET", "/subjects/nope-value/versions/latest", 404, 40401, None),
        ("GET", "/subjects/points-key/versions/latest", 404, 40401, None),
        ("GET", "/subjects/points-tilde.Metric/versions", 404, 40401, None),
        ("GET", "/subjects/points-value-value/versions", 404, 40401, None),
        ("GET", "/config/nope-value", 404, 40401, None),
        ("GET", "/mode/nope-value", 404, 40401, None),
        ("POST", "/subjects/nope-value", 404, 40401, OTHER),
        ("GET", "/subjects/points-value/versions/9", 404, 40402, None),
        ("GET", "/subjects/points-value/versions/0", 422, 42202, None),
        ("GET", "/subjects/points-value/versions/first", 422, 42202, None),
        ("GET", "/schemas/ids/99", 404, 40403, None),
        ("GET", "/schemas/ids/x", 404, 40403, None),
        ("GET", "/schemas/ids/99/versions", 404, 40403, None),
        ("GET", "/schemas/ids/" + "9" * 5000, 404, 40403, None),
        ("POST", "/subjects/points-value", 404, 40403, OTHER),
        ("POST", "/subjects/points-value", 404, 40403, {**OTHER, "schemaType": "JSON"}),
        ("POST", "/subjects/points-value", 422, 42201, {"schema": "{"}),
        ("POST", "/subjects/points-value", 422, 42201, {"schema": '"no such type"'}),
        ("POST", "/subjects/points-value", 422, 42201, {"schema": "[" * 50_000}),
        ("POST", "/subjects/points-value", 422, 42201, {"schema": " " * 200_000}),
        ("POST", "/subjects/points-value", 422, 42201, {"schema": 1}),
        ("POST", "/subjects/points-value", 422, 42201, []),
        ("POST", "/subjects/points-value", 422, 42201, None),
        ("POST", "/subjects/points-value/versions", 422, 42205, OTHER),
        ("PUT", "/config", 422, 42205, {"compatibility": "NONE"}),
        ("PUT", "/config/points-value", 422, 42205, {"compatibility": "NONE"}),
        ("DELETE", "/config/points-value", 422, 42205, None),
        ("PUT", "/mode", 422, 42205, {"mode": "READWRITE"}),
        ("DELETE", "/subjects/points-value", 422, 42205, None),
        ("DELETE", "/subjects/points-value/versions/1?permanent=true", 422, 42205, None),
    ],
)
async def test_refusals_have_the_codes_that_clients_know(http, method, path, status, code, body):
    assert await ask(http, method, path, status, body) == code
