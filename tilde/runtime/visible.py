"""What somebody typed, shown so that it is nothing but text: what a terminal or a log would obey is written out.

A stat's name may have an escape sequence in it, a line break that begins a line of its own, a mark that turns the
order of letters round, or letters that nobody sees. JSON and CSV are for programs, and keep what was typed.
"""

import re

# What Python calls printable though a screen shows nothing: fillers, joiners, variation selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_WIDE_SPACE = "\u3000"  # between words of Chinese and Japanese: seen, and harmless
_WHITE_SPACE_OF_JSON = "\n\r\t"  # between its own signs; inside of a text they are escaped already
_BMP_MAX = 0xFFFF


def visible(text: str) -> str:
    r"""The text with whatever is obeyed or not seen as its escape: a bell is shown as `\x07`, a line break as `\n`.

    A backslash stays one: who has to tell the two apart reads the JSON.
    """
    if _is_plain(text):
        return text
    return "".join(
        character if _is_seen(character) else character.encode("unicode_escape").decode() for character in text
    )


def visible_lines(text: str) -> str:
    """The same for a text of several lines, which stay lines."""
    return "\n".join(map(visible, text.split("\n")))


class VisibleText:
    """The same for UTF-8 that is read piece by piece; bytes that are none are shown as escapes too."""

    def __init__(self) -> None:
        self._begun = b""  # a line that is not whole yet

    def take(self, piece: bytes) -> bytes:
        """The lines that are whole now, shown; nothing while none is."""
        lines, end, begun = piece.rpartition(b"\n")
        whole = self._begun + lines + end if end else b""
        self._begun = begun if end else self._begun + begun
        return _visible_bytes(whole)

    def rest(self) -> bytes:
        """What is left once all was taken."""
        rest, self._begun = self._begun, b""
        return _visible_bytes(rest)


def _visible_bytes(text: bytes) -> bytes:
    return visible_lines(text.decode(errors="backslashreplace")).encode()


def visible_json(text: str) -> str:
    """JSON with the same meaning, in which no such character stands as it is."""
    if _is_plain(text):
        return text
    return "".join(
        character if _is_seen(character) or character in _WHITE_SPACE_OF_JSON else json_escape(character)
        for character in text
    )


def json_escape(character: str) -> str:
    """A character as JSON writes it in ASCII."""
    code = ord(character)
    if code <= _BMP_MAX:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + (code - 0x10000 >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _is_plain(text: str) -> bool:
    return text.isprintable() and not _UNSEEN.search(text)


def _is_seen(character: str) -> bool:
    return character == _WIDE_SPACE or _is_plain(character)
