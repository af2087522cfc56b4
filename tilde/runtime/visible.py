"""What somebody typed, shown so that it is nothing but text: what a terminal or a log would obey is written out.

A stat's name may have an escape sequence in it, a line break that begins a line of its own, a mark that turns the
order of letters round, or letters that nobody sees. JSON and CSV are for programs, and keep what was typed. Pages and
letters are for readers: they leave out what others write as escapes.
"""

import re
from collections.abc import Callable
from unicodedata import category

# What Python calls printable though a screen shows nothing: fillers, joiners, variation selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_WIDE_SPACE = "\u3000"  # between words of Chinese and Japanese: seen, and harmless
_WHITE_SPACE_OF_JSON = "\n\r\t"  # between its own signs; inside of a text they are escaped already
_BMP_MAX = 0xFFFF
SEEN_MAX = 10_000  # characters remembered: more than a script has


def visible(text: str) -> str:
    r"""The text with whatever is obeyed or not seen as its escape: a bell is shown as `\x07`, a line break as `\n`.

    A backslash stays one: who has to tell the two apart reads the JSON.
    """
    return text if _is_plain(text) else text.translate(_ESCAPES)


def visible_lines(text: str) -> str:
    """As `visible`, for a text of several lines, which stay lines."""
    return "\n".join(map(visible, text.split("\n")))


def one_line(text: str, characters_max: int | None = None) -> str:
    """The text as readers of pages and letters get it: no line break, nothing that turns letters round."""
    plain = "".join(" " if category(character)[0] in "CZ" else character for character in text)
    line = " ".join(plain.split())
    return line if characters_max is None or len(line) <= characters_max else f"{line[: characters_max - 1]}…"


class VisibleText:
    """Shows UTF-8 that is read piece by piece, as `visible` does a text; bytes that are none are escaped, too."""

    def __init__(self) -> None:
        self._begun: list[bytes] = []  # a line that is not whole yet: it may be long, and is put together once

    def take(self, piece: bytes) -> bytes:
        """The lines that are whole now, shown; nothing while none is."""
        lines, end, begun = piece.rpartition(b"\n")
        if not end:
            self._begun.append(begun)
            return b""
        whole = b"".join([*self._begun, lines, end])
        self._begun = [begun]
        return _visible_bytes(whole)

    def rest(self) -> bytes:
        """What is left of the text once all was taken."""
        rest, self._begun = b"".join(self._begun), []
        return _visible_bytes(rest)


def _visible_bytes(text: bytes) -> bytes:
    return visible_lines(text.decode(errors="backslashreplace")).encode()


def visible_json(text: str) -> str:
    """JSON with the same meaning, in which no such character stands as it is."""
    return text if _is_plain(text) else text.translate(_JSON_ESCAPES)


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


class _Escapes(dict[int, int | str]):
    """For `str.translate`: each character as it is shown, looked at once."""

    def __init__(self, escape: Callable[[str], str], kept: str = "") -> None:
        super().__init__()
        self._escape = escape
        self._kept = kept

    def __missing__(self, code: int) -> int | str:
        character = chr(code)
        shown = code if _is_seen(character) or character in self._kept else self._escape(character)
        if len(self) < SEEN_MAX:
            self[code] = shown
        return shown


_ESCAPES = _Escapes(lambda character: character.encode("unicode_escape").decode())
_JSON_ESCAPES = _Escapes(json_escape, _WHITE_SPACE_OF_JSON)
