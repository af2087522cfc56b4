"""Multipart forms, as old clients write them: cut at their boundary, whatever their parts say of themselves."""

import re
from collections.abc import Iterator

from tilde.domain.texts import trimmed
from tilde.web.parameters import PAIRS_MAX, decoded

HEAD_MAX = 1_000  # of a part; what browsers and libraries write has a hundred
_MULTIPART = "multipart/"
_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]+)"|([^;,"\s]+))', re.IGNORECASE)
# Of a line that begins so: from each place in a line, a head of many of these words took half a millisecond.
_PART_NAME = re.compile(
    rb'^[ \t]*content-disposition:[^\r\n]*?;\s*name=(?:"([^"\r\n]*)"|([^;\s"]+))', re.IGNORECASE | re.MULTILINE
)


def is_multipart(content_type: str) -> bool:
    """Whether a body is a form of this kind."""
    return content_type.lower().startswith(_MULTIPART)


def parts_of(content_type: str, body: bytes) -> Iterator[tuple[str, str]]:
    """Names and values of a multipart form; files in it count as values, and what has no name is passed over."""
    boundary = _BOUNDARY.search(content_type[:HEAD_MAX])
    if boundary is None:
        return
    delimiter = b"\r\n--" + (boundary[1] or boundary[2]).encode("latin-1", "replace")
    for part in (b"\r\n" + body).split(delimiter, PAIRS_MAX)[1:]:
        head, _, value = part.partition(b"\r\n\r\n")
        named = _PART_NAME.search(head[:HEAD_MAX])
        if named is not None:
            yield trimmed(decoded(named[1] or named[2] or b"")), decoded(value)
