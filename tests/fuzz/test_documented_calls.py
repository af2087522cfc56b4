"""Every operation that the OpenAPI documents have, of every dialect, called by schemathesis with data that fits and with
data that does not: no answer is a 5xx, and each has a status, a content type and a body that the document says.

TILDE_CALLS says how many calls of an operation fit, and how many do not (4), and TILDE_SEED which (0).
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import Request, Response
from schemathesis import APIOperation, GenerationMode

from testkit.whole_edge import a_query_api as a_stand_in
from tests.fuzz.called_places import a_query_api, an_edge, caller_of_api, caller_of_edge
from tests.fuzz.calls import URL, Caller, CallError, Known, calls, modes, operations
from tilde.domain.stats.metrics import short_id
from tilde.web.http_clients import open_async_client
from tilde.web.plain_app import PlainApp
from tools.docs import openapi_documents

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

Place = tuple[Caller, Known]
A_PARAMETER = {"name": "of", "in": "query", "required": True, "schema": {"type": "string"}}


def every(found: Mapping[str, APIOperation]) -> list[Any]:
    return [
        pytest.param(operation, mode, id=f"{label} {mode.value}")
        for label, operation in found.items()
        for mode in modes(operation)
    ]


EDGE, API = (every(operations(document)) for document in openapi_documents())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("api")
    async with a_query_api(folder) as place:
        yield await caller_of_api(place, folder)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with an_edge(tmp_path_factory.mktemp("edge")) as http:
        yield await caller_of_edge(http)


async def require(caller: Caller, known: Known, operation: APIOperation, mode: GenerationMode) -> None:
    for call in calls(operation, mode, known):
        await caller.check(call, known)


@pytest.mark.parametrize(("operation", "mode"), API)
async def test_a_call_of_the_query_api_is_answered_as_its_document_says(
    api: Place, operation: APIOperation, mode: GenerationMode
) -> None:
    await require(*api, operation, mode)


@pytest.mark.parametrize(("operation", "mode"), EDGE)
async def test_a_call_of_the_edge_is_answered_as_its_document_says(
    edge: Place, operation: APIOperation, mode: GenerationMode
) -> None:
    await require(*edge, operation, mode)


async def test_points_are_taken_back_at_the_edge_though_another_stands_in_for_the_api(edge: Place) -> None:
    """The stand-in has one point of each stat, so its listing is a list."""
    caller, known = edge
    path = f"/tilde/v1/accounts/main/stats/{known['stat'][0]}/points"
    answer = await caller.http.delete(
        path, params={"from": "0", "to": "9"}, headers={"authorization": caller.credentials["Operator"]}
    )

    assert (answer.status_code, answer.json()["deleted"]) == (200, 1)


@pytest.mark.parametrize(("method", "path"), [("GET", "{id_}/points"), ("POST", "find")])
async def test_who_stands_in_for_the_api_answers_as_its_document_says(method: str, path: str) -> None:
    of_account = "/tilde/v1/accounts/{name}/stats/" + path
    operation = operations(openapi_documents()[1])[f"{method} {of_account}"]
    async with open_async_client(httpx.ASGITransport(a_stand_in), base_url=URL) as http:
        answer = await http.request(method, of_account.format(name="main", id_=short_id(1)))

    assert answer.status_code == 200
    operation.validate_response(answer)


async def test_a_call_that_fails_is_told_and_made_again_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    app = PlainApp()

    async def breaks(name: str, request: Request) -> Response:
        heard.append((name, request.url.query))
        raise ZeroDivisionError("a bug")

    heard: list[tuple[str, str]] = []
    app.add_api_route("/core/{name}", breaks, openapi_extra={"parameters": [A_PARAMETER]})
    (operation,) = operations(app.openapi()).values()
    known = {"name": ["main"], "of": ["1", "2"]}
    async with open_async_client(httpx.ASGITransport(app), base_url=URL) as http:
        *_, call = (one for one in calls(operation, GenerationMode.POSITIVE, known) if one.says)
        with pytest.raises(CallError) as failure:
            await Caller(http, {}).check(call, known)
        *_, curl, _, says, again = str(failure.value).splitlines()
        monkeypatch.setattr("tests.fuzz.calls.ALONE", again.partition("=")[2].partition(" ")[0])
        with pytest.raises(CallError):
            await require(Caller(http, {}), known, operation, GenerationMode.POSITIVE)

    assert says == "This one call again:"
    assert again.endswith("_calls.py::test_a_call_that_fails_is_told_and_made_again_alone")
    assert curl.startswith("curl -X GET ")
    assert heard[0] == heard[1]
    assert heard[0][0] == "main"


async def _breaks() -> Response:
    return Response("{}", 500, media_type="application/json")


async def _says_something_else() -> Response:
    return Response("ok", media_type="text/plain")


async def _is_elsewhere() -> Response:
    return Response(status_code=307)


async def _is_refused_in_no_form() -> Response:
    return Response("{}", 404, media_type="application/json")


async def _is_well() -> Response:
    return Response("{}", media_type="application/json")


@pytest.mark.parametrize("call", [_breaks, _says_something_else, _is_elsewhere, _is_refused_in_no_form, _is_well])
async def test_a_call_that_is_not_answered_so_is_found(call: Any) -> None:
    """The control: each of four faults, and one call that has none."""
    app = PlainApp()
    app.add_api_route("/core/called", call)
    (operation,) = operations(app.openapi()).values()
    async with open_async_client(httpx.ASGITransport(app), base_url=URL) as http:
        if call is _is_well:
            await require(Caller(http, {}), {}, operation, GenerationMode.POSITIVE)
        else:
            with pytest.raises(CallError):
                await require(Caller(http, {}), {}, operation, GenerationMode.POSITIVE)
