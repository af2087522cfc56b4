"""A failure as an answer, in the form of the dialect whose path was asked for."""

from collections.abc import Mapping

from starlette.responses import Response

from tilde.dialects import known


def failure(path: str, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Says it where the clients of the path's dialect look for it; on paths of no dialect, in `detail`."""
    spoken = known.DIALECTS.spoken_at(path)
    told = spoken.failure(path, status, message)
    told_headers = {**spoken.headers_of(status), **(headers or {})}
    return Response(told.body, spoken.status_at(path, status), told_headers, told.media_type)
