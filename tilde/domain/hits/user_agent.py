"""A user agent without what may tell one device, or somebody, from others of its kind.

It is not searched for what identifies, which has no end: it keeps what agents are made of, and nothing else. That is
words, products with versions of two places, and the models of devices, which have few digits.
"""

import re

AGENT_MAX = 512  # characters; the longest of real browsers, in apps of social networks, have some 400
_DIGITS_MAX = 5  # of a model: `XT2041-4`
_NUMBERED_MAX = 2  # parts of a model that have digits

_BUILD = re.compile(r" Build/[^;)\s]*")
_BRACKETS = re.compile(r"\[[^\]]*\]")  # apps' own: device, carrier, an id of the installation
_SECOND = re.compile(r"Gecko/\d{8}")
_PLACES = re.compile(r"(\d+[._]\d+)(?:[._]\w+)+")

_ITEM = re.compile(r"[^;()]+")
_SOMEBODYS = re.compile(r"[^\x20-\x7e]|\w['`]|\w (?:of|de|von|van|di|da|do|af|av) \w", re.IGNORECASE)
"""Phones are called so: `Ann's iPhone`, `iPhone von Ann`."""
_AROUND = "+-.,:!?*&|~_\"'<>{}^\\#"

_PART = r"(?:[A-Za-z]{1,30}|[A-Za-z]*[a-z]{3}\d{1,2}|(?:Nokia|BlackBerry)\d{4}|[A-Za-z0-9]{1,7})"
_NAME = re.compile(rf"(?=[A-Za-z]){_PART}(?:[-_.,+!&]{_PART}){{0,7}}")
_NETWORK_CARD = re.compile(r"\b(?:[0-9a-f]{2}[-_.]){3}|\b(?:[0-9a-f]{4}[-_.]){2}", re.IGNORECASE)
_NUMBERED = re.compile(r"[A-Za-z]*\d[A-Za-z0-9]*")
_VERSION = re.compile(r"v?\d{1,4}(?:[._]\d{1,5})?(?:[-~+][A-Za-z]{1,5}\d{0,2}|[a-z]\d?)?|\d{1,2}[A-Z]\d{1,3}[a-z]?")
"""`537.36`, `3.1-RC1`, and `15E148` of Safari."""
_REVISION = re.compile(r"rv:\d{1,3}(?:\.\d{1,2})?")
_NUMBER = re.compile(r"\d{1,2}|v?\d{1,3}[._]\d{1,2}[a-z]?")
_YEAR = re.compile(r"20[0-3]\d")  # of a model, in brackets of its own


def plain_agent(agent: str) -> str:
    """What stays: no builds, no serial numbers, no addresses, nothing that apps add in brackets.

    Mozilla/5.0 (Linux; Android 14; SM-G991B Build/UP1A.231005.007) Chrome/124.0.6367.82 mac=00:1A:2B:3C:4D:5E
    Mozilla/5.0 (Linux; Android 14; SM-G991B) Chrome/124.0
    """
    short = _BRACKETS.sub("", _BUILD.sub("", agent[:AGENT_MAX]))
    short = _PLACES.sub(r"\1", _SECOND.sub("Gecko", short))
    return " ".join(_ITEM.sub(_plain_item, short).split())


def _plain_item(found: re.Match[str]) -> str:
    """What stands between two of `;()`."""
    item = found[0]
    if _YEAR.fullmatch(item.strip()):
        return item
    if _SOMEBODYS.search(item):
        return " "
    kept, follows_a_word = [], True
    for word in item.split():
        kept.append(_plain_word(word, may_be_number=follows_a_word))
        follows_a_word = kept[-1][-1:].isalpha()
    before, after = (" " if item[at].isspace() else "" for at in (0, -1))
    return f"{before}{' '.join(kept)}{after}"


def _plain_word(word: str, *, may_be_number: bool) -> str:
    """It, what stays of it, or nothing. A second number in a row may be a part of a longer one."""
    bare = word.strip(_AROUND)
    if not bare:
        return word if len(word) == 1 else ""
    if _NUMBER.fullmatch(bare):
        return word if may_be_number else ""
    if _REVISION.fullmatch(bare):
        return word
    name, *rest = bare.split("/")
    if not _is_name(name):
        return ""
    if all(_VERSION.fullmatch(part) or _is_name(part) for part in rest):
        return word
    return name


def _is_name(text: str) -> bool:
    """Whether it names a product, a system or a model: `Chrome`, `x86_64`, `SM-G991B`, `iPhone14,3`."""
    if not _NAME.fullmatch(text) or _NETWORK_CARD.search(f"{text}-"):
        return False
    return sum(map(str.isdigit, text)) <= _DIGITS_MAX and len(_NUMBERED.findall(text)) <= _NUMBERED_MAX
