"""A route is in the folder of the dialect whose path it has: who looks for a path finds it, and whatever its record says
of it holds (in which form a failure is told, who may send a body).
"""

import re
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from testkit.query_place import QueryPlace
from testkit.whole_edge import the_whole_edge
from tilde.dialects.dialect import NOBODYS
from tilde.dialects.known import DIALECTS

ROOT = Path(__file__).parents[2]
ENDS = ("producers", "api")
FOLDERS = {path.parent.name for end in ENDS for path in (ROOT / end).glob("*/dialect.py")}
WITHOUT_RECORD = {"registry"}
"""Their paths are nobody's: clients of a registry read failures in one form of their own, which its routes tell."""
VARIABLE = re.compile(r"{\w+(?::(\w+))?}")
EXAMPLES = {"int": "7", "hex40": "0123456789" * 4}


def whose(endpoint: Any) -> str | None:
    """The folder of the dialect that has a route's function; None of a general room's."""
    while isinstance(endpoint, partial):
        endpoint = endpoint.func
    end, _, rest = endpoint.__module__.partition(".")
    folder = rest.partition(".")[0]
    return folder if end in ENDS and folder in FOLDERS else None


def is_at_home(folder: str, path: str) -> bool:
    """Whether a route's path belongs to the record of its folder."""
    asked = VARIABLE.sub(lambda found: EXAMPLES.get(found[1], "x"), path)
    return DIALECTS.at(asked).name == (NOBODYS.name if folder in WITHOUT_RECORD else folder)


def routes_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Each route of a dialect's: its folder and its path."""
    for route in iter_route_contexts(app.router.routes):
        folder = None if route.endpoint is None else whose(route.endpoint)
        if folder is not None and route.path is not None:
            yield folder, route.path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def routes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[set[tuple[str, str]]]:
    """Those of both ends."""
    place = QueryPlace(cast("Any", None))
    async with the_whole_edge(tmp_path_factory.mktemp("edge")) as edge:
        yield {*routes_of(edge), *routes_of(place.app)}
    await place.http.aclose()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_routes_path_is_one_of_its_folders_dialect(routes: set[tuple[str, str]]) -> None:
    assert [each for each in sorted(routes) if not is_at_home(*each)] == []


@pytest.mark.asyncio(loop_scope="module")
async def test_routes_of_every_dialect_are_looked_at(routes: set[tuple[str, str]]) -> None:
    assert {folder for folder, _ in routes} == FOLDERS
    assert {
        ("stathat", "/ez"),
        ("kissmetrics", "/v3/queries"),
        ("tilde_v1", "/tilde/v1/products/{product}/questions"),
        ("tilde_v1", "/tilde/v1/products/{product}/activity"),
    } <= routes


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("kissmetrics", "/tilde/v1/products/{product}/questions"),
        ("tilde_v1", "/e"),
        ("stathat", "/somewhere"),
        ("registry", "/ez"),
    ],
)
def test_a_path_of_another_dialect_or_of_nobody_would_be_found(folder: str, path: str) -> None:
    assert not is_at_home(folder, path)
