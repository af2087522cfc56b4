"""What is seen of a text, whatever it names: what is trimmed where it comes in, and which texts are lines or titles."""

from unicodedata import category

# What is copied along at an end: byte order mark, zero width space, word joiner, soft hyphen, marks of direction. The
# joiners are not among them: they change how the letter beside them looks.
COPIED_ALONG = frozenset(
    "\ufeff\u200b\u2060\xad\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_AT_ENDS = "".join(character for character in map(chr, range(0x3001)) if character.isspace()) + "".join(COPIED_ALONG)
# Fillers, joiners and variation selectors, which are printable to Python.
_SELECTORS = "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159" + _SELECTORS)


def trimmed(text: str) -> str:
    """A text without what nobody sees at its ends: white space, and what is copied along, as a byte order mark."""
    return text.strip() if text.isascii() else text.strip(_AT_ENDS)


def with_plus(text: str) -> str:
    """A text that has no blanks, as its sender wrote it: a plus that he did not encode arrives as one. `john a@x` was
    `john+a@x`, `1e 21` was `1e+21`, and `Etc/GMT 10` a zone.
    """
    return text.replace(" ", "+") if " " in text else text


def is_blank(name: str) -> bool:
    """Whether nobody sees anything of a name: a zero width space alone. For whoever takes names in; events of older
    releases have such names, and keep them.
    """
    if name.isascii():  # as nearly all are, and a batch may name a hundred thousand
        return not name or name.isspace()
    return all(character.isspace() or category(character) == "Cf" or character in _UNSEEN for character in name)


def is_text(text: str) -> bool:
    """Whether a text can be written down: it has no half of a surrogate pair, as JavaScript leaves of an emoji that it
    cuts.
    """
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_line(text: str) -> bool:
    """Whether a text has no control character, and no half of a surrogate pair."""
    return text.isprintable() or not any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in text)


def is_title(text: str) -> bool:
    """Whether a text can name an account or a product: a line of what is printable, with something to see, and no white
    space at its ends.
    """
    return text.isprintable() and text.strip() == text and not is_blank(text)
