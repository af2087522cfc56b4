"""What a connection answers where no route was reached: what is no request, or has too long a head, or half a body."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from tilde.web.failures import failure

HEAD_BYTES_MAX = 64 << 10  # of a URL, and of all headers together; the longest seen from a real client has 4 KiB
HEADERS_MAX = 200  # in 64 KiB there is room for ten thousand, each of which costs at every door; proxies take 100
_WORDS: Mapping[HTTPStatus, str] = {
    HTTPStatus.REQUEST_URI_TOO_LONG: f"a URL has at most {HEAD_BYTES_MAX >> 10} KiB; parameters can stand in the body",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: f"a request has at most {HEADERS_MAX} headers, of"
    f" {HEAD_BYTES_MAX >> 10} KiB together",
}


def refusal(status: HTTPStatus, path: str | None) -> bytes:
    """The whole answer, behind which the connection ends: in the form of the path's dialect; in a line of text, where
    nobody knows the path.
    """
    if path is None:
        answer = Response(f"{status} {status.phrase}\n", status, media_type="text/plain")
    else:
        answer = failure(path, status, _WORDS.get(status, status.phrase))
    answer.headers["connection"] = "close"
    head = b"".join(b"%s: %s\r\n" % header for header in answer.raw_headers)
    return STATUS_LINE[answer.status_code] + head + b"\r\n" + bytes(answer.body)
