"""Request targets as clients write them, who leave un-encoded what they should not."""

import re
from urllib.parse import unquote

from starlette.types import Scope

from tilde.web.plain_paths import with_plain_path

_PLAIN = range(0x21, 0x7F)
# 64 KiB of a target take a millisecond so, and ten where each byte is looked at by Python.
_ENCODED = [bytes((byte,)) if byte in _PLAIN else b"%%%02X" % byte for byte in range(0x100)]
_ASCII_AS_IT_IS = [bytes((byte,)) if byte < 0x80 else _ENCODED[byte] for byte in range(0x100)]  # noqa: PLR2004

_HOST = re.compile(rb"\A\w+://[^/?]*")  # of one that names whom it is sent to, as a proxy gets it


def path_of(target: bytes) -> str | None:
    """The path of a target, as routes know it, or as much of it as has come; None where it has none."""
    raw = _HOST.sub(b"", target.partition(b"?")[0], count=1)
    if not raw.startswith(b"/"):
        return None
    scope: Scope = {"path": unquote(raw.decode("latin-1")), "raw_path": raw}
    return str(with_plain_path(scope)["path"])


def percent_encoded(target: bytes) -> bytes:
    """A target in which all bytes are percent-encoded that it may not have."""
    return b"".join(map(_ENCODED.__getitem__, target))


def in_ascii(line: bytes) -> bytes:
    """A line with a target in it: bytes beyond ASCII are percent-encoded, all others left."""
    return b"".join(map(_ASCII_AS_IT_IS.__getitem__, line))
