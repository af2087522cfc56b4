"""Serves a file that browsers and proxies may keep: they ask whether it is still the same, and take it packed."""

import gzip
from collections.abc import Mapping
from hashlib import sha256

from starlette.datastructures import Headers
from starlette.responses import Response

from tilde.web.codings import takes_gzip

TAG_DIGITS = 32
SCRIPT_HEADERS = {
    "cache-control": "public, max-age=3600, stale-while-revalidate=86400",  # an hour behind an upgrade everybody has it
    "access-control-allow-origin": "*",  # for pages that load it with `crossorigin`
    "cross-origin-resource-policy": "cross-origin",  # for pages that ask everybody for leave
    "x-content-type-options": "nosniff",
}


class CachedFile:
    """A file that browsers keep. It is packed once, when it is made."""

    def __init__(self, content: bytes, media_type: str, headers: Mapping[str, str]) -> None:
        """`headers` go with every answer, that nothing has changed as well."""
        digest = sha256(content).hexdigest()[:TAG_DIGITS]
        self.content = content
        self.packed = gzip.compress(content, mtime=0)
        self._media_type = media_type
        self._plain_headers = {**headers, "etag": f'"{digest}"', "vary": "accept-encoding"}
        self._packed_headers = {**self._plain_headers, "etag": f'"{digest}-gzip"'}

    def answer(self, asked: Headers) -> Response:
        """The file in the form that a request takes; 304 where the asker has it already, in whichever form."""
        is_packed = takes_gzip(asked.get("accept-encoding", ""))
        headers = self._packed_headers if is_packed else self._plain_headers
        if self._is_had(asked.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        if is_packed:
            return Response(self.packed, media_type=self._media_type, headers={**headers, "content-encoding": "gzip"})
        return Response(self.content, media_type=self._media_type, headers=headers)

    def _is_had(self, tags: str) -> bool:
        had = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return not had.isdisjoint({"*", self._plain_headers["etag"], self._packed_headers["etag"]})


def script_file(text: str) -> CachedFile:
    """A script that pages of any origin load."""
    return CachedFile(text.encode(), "text/javascript", SCRIPT_HEADERS)
