"""XML as StatsMix wrote it: a line for each element. Whatever characters go in, a parser reads it again."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
# All that XML 1.0 has no way to say.
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CR = {"\r": "&#13;"}  # else a parser reads it as LF


def text(value: str) -> str:
    """A text as the content of an element; a character that XML cannot have is U+FFFD."""
    return escape(_UNSAYABLE.sub("\ufffd", value), _CR)


def element(name: str, value: str, attributes: str = "") -> str:
    """One line of a document, with its text escaped."""
    return f"<{name}{attributes}>{text(value)}</{name}>"


def parent(name: str, children: Iterable[str]) -> str:
    """An element that has these lines in it."""
    return "\n".join((f"<{name}>", *children, f"</{name}>"))


def document(root: str) -> bytes:
    return f"{PROLOG}{root}\n".encode()
