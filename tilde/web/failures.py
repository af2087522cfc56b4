"""A failure as an answer, in the form of the dialect whose path was asked for."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from tilde.dialects.known import spoken_at


def failure(path: str, status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Says it where the clients of the path's dialect look for it; on paths of no dialect, in `detail`."""
    spoken = spoken_at(path)
    return JSONResponse(spoken.failure(status, message), status, {**spoken.headers, **(headers or {})})
