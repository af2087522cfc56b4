"""Every operation that the OpenAPI documents have, of every dialect, called by schemathesis with data that fits and with
data that does not: no answer is a 5xx, and each has a status, a content type and a body that the document says.

TILDE_CALLS says how many calls of an operation fit, and how many do not (4).
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import Response
from schemathesis import APIOperation, GenerationMode
from schemathesis.core.failures import FailureGroup

from tests.fuzz.called_places import a_query_api, an_edge, caller_of_api, caller_of_edge
from tests.fuzz.calls import URL, Caller, Known, calls, modes, operations
from tilde.web.http_clients import open_async_client
from tilde.web.plain_app import PlainApp
from tools.docs import openapi_documents

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

Place = tuple[Caller, Known]


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
    for case in calls(operation, mode, known):
        await caller.check(case)


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
            with pytest.raises(FailureGroup):
                await require(Caller(http, {}), {}, operation, GenerationMode.POSITIVE)
