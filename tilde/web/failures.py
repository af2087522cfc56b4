"""A failure as an answer, in the form of the dialect whose path was asked for."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from tilde.dialects.known import spoken_at


def failure(path: str, status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Says it where the path's clients look: below `/x/` in `msg`, elsewhere in `detail`."""
    spoken = spoken_at(path)
    return JSONResponse(spoken.failure(status, message), status, {**spoken.headers, **(headers or {})})
