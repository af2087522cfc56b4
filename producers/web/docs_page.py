"""`/docs` and `/openapi.json`: one page for the edge's routes and the query API's, with no script from elsewhere."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

from producers.web.query_api import QueryApi, QueryApiAwayError

ASSETS = "/docs-assets"


def add_docs(app: FastAPI, api: QueryApi) -> None:
    """Adds the page, its assets and the document. To be called before the catch-all of the query API."""
    app.mount(ASSETS, StaticFiles(packages=[("fastapi_offline", "static")]))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Tilde",
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS}/favicon.png",
        )

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> JSONResponse:
        try:
            status, other = await api.json("/openapi.json")
        except QueryApiAwayError:
            return JSONResponse(app.openapi())
        return JSONResponse(merged(app.openapi(), other if status == HTTPStatus.OK else {}))


def merged(own: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """One OpenAPI document of two; a method of a path that both have is the first one's."""
    components: dict[str, dict[str, Any]] = {}
    for document in (other, own):
        for kind, members in document.get("components", {}).items():
            components.setdefault(kind, {}).update(members)
    paths = {path: dict(methods) for path, methods in other.get("paths", {}).items()}
    for path, methods in own.get("paths", {}).items():
        paths.setdefault(path, {}).update(methods)
    return {**own, "paths": paths, "components": components}
