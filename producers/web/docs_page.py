"""`/docs` and `/openapi.json`: one page for the edge's routes and the query API's, with no script from elsewhere."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

from producers.web.query_api import QueryApi, QueryApiAwayError
from tilde.runtime.shared import Shared

ASSETS = "/docs-assets"


def add_docs(app: FastAPI, api: QueryApi) -> None:
    """Adds the page, its assets and the document. To be called before the catch-all of the query API."""
    app.mount(ASSETS, StaticFiles(packages=[("fastapi_offline", "static")]))
    pages = _Pages(app, api)
    app.add_api_route("/docs", pages.docs, include_in_schema=False)
    app.add_api_route("/openapi.json", pages.openapi, include_in_schema=False)


class _Pages:
    """Whoever asks shows no key: the page is made once, and the document once for all who wait for it."""

    def __init__(self, app: FastAPI, api: QueryApi) -> None:
        self._app = app
        self._api = api
        self._document = Shared(self._merged)
        self._page = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Tilde",
            swagger_ui_parameters={"docExpansion": "none"},  # a dialect a line: each looks for his own, and opens that
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS}/favicon.png",
        ).body

    async def docs(self) -> HTMLResponse:
        return HTMLResponse(self._page)

    async def openapi(self) -> Response:
        return Response(await self._document.answer(), media_type="application/json")

    async def _merged(self) -> bytes:
        own = self._app.openapi()
        try:
            status, other = await self._api.json("/openapi.json")
        except QueryApiAwayError:
            return bytes(JSONResponse(own).body)
        return bytes(JSONResponse(merged(own, other if status == HTTPStatus.OK else {})).body)


def merged(own: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """One OpenAPI document of two, the first one's calls before the other's: whoever looks for how to post does not
    look behind all that can be asked. A method of a path that both have is the first one's.
    """
    components: dict[str, dict[str, Any]] = {}
    for document in (other, own):
        for kind, members in document.get("components", {}).items():
            components.setdefault(kind, {}).update(members)
    paths = {path: dict(methods) for path, methods in own.get("paths", {}).items()}
    for path, methods in other.get("paths", {}).items():
        paths[path] = {**methods, **paths.get(path, {})}
    return {**own, "paths": paths, "components": components}
