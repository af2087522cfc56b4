"""The identities of people: what is known of each, which of them are one person's, and in which seconds he did which
events, each once.

A person is a set of identities, and his number is the smallest of them. What he did stands with one of them, his
holder: the one that had more to move when two people became one.

    an identity, as it is remembered: its key, when it was first received, who it is, and
    ... .0 texts        it is a holder, and these are its person's occurrences
    ... .1 bounds       the same, in the nodes of a tree (`text_tree.py`)
    ... > holder        its person's holder is another
"""

from binascii import b2a_base64
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from tilde.domain.people.memory import Memory
from tilde.domain.people.packed import packed, unpacked
from tilde.domain.people.text_tree import Top, drop, how_many, is_behind, texts_of, with_text

IDENTITIES_MAX = 1_000  # of a person: an alias writes a row for each that gets another number
MOVED_MAX = 10_000  # what an alias may move: 90 ms, and nobody has done so much before he said who he is
_NUMBER_SIZE, _MS_SIZE = 9, 6
_KEY, _FIRST = 12, 20  # characters of the key; of both, the key and when it was first received
_OCCURRENCE_SIZE = 6
_HOLDER, _HELD = ".", ">"
_ALONE = "0"  # a set of one node
_INDEX_BITS = 16


class NotJoinedError(Exception):
    """Two people cannot become one."""


class KnownIdentity(NamedTuple):
    """An identity: `who` is sealed with `key`, in base64."""

    key: int
    first_received_at: int
    who: str


class Joined(NamedTuple):
    """Two people became one: identities whose person has another number now, and how often both had done each event
    in the same second, by the event's index.
    """

    renumbered: list[int]
    twice: Counter[int]


class _Side(NamedTuple):
    """A person who is to be joined with another: his holder, and all of his identities, packed and sorted."""

    place: str
    holder: str
    text: str
    end: int
    members: list[str]

    @property
    def top(self) -> Top:
        return _top(self.text, self.end)


@lru_cache(4096)
def occurrence(at: int, index: int) -> str:
    """A second in which an event was done, as it is remembered; `index` is below 2^16."""
    return packed(at << _INDEX_BITS | index, _OCCURRENCE_SIZE)


def key_text(key: int) -> str:
    """A key as it is remembered."""
    return packed(key, _NUMBER_SIZE)


def received_text(received_at: int) -> str:
    """When something was received, as it is remembered: later times are larger texts."""
    return packed(received_at, _MS_SIZE)


def tells_news(text: str | None, key: str, received: str) -> bool:
    """Whether it changes what is known of an identity that it was received, with this key: it is new, its key is
    another one since it was erased or met another edge, or it was received before the first time so far. `text` is what
    is remembered of it.
    """
    return text is None or not text.startswith(key) or received < text[_KEY:_FIRST]


def seen(text: str | None, key: str, received: str, who: bytes) -> str:
    """What is to be remembered of an identity that was received, and who it is."""
    if text is None:
        return f"{key}{received}{_base64(who)}{_HOLDER}0"
    end = _end_of_who(text)
    known = text[_FIRST:end] if text.startswith(key) else _base64(who)
    return f"{key}{min(received, text[_KEY:_FIRST])}{known}{text[end:]}"


def did(product: int, place: str, text: str, occurrence: str, memory: Memory) -> bool:
    """The person of an identity did an event; `text` is what is remembered of it, at its place. False where it is known
    that he did it in that second.
    """
    end = _end_of_who(text)
    if text[end] == _HELD:
        place = place_of(product, unpacked(text[end + 1 :]))
        text = memory.get(place)
        end = _end_of_who(text)
    if text[end + 1] == _ALONE and is_behind(text, end + 2, occurrence):
        memory.put(place, text + occurrence)
        return True
    top = _top(text, end)
    after = with_text(top, occurrence, place, memory)
    if after is not None and after is not top:
        _put_top(place, text, end, after, memory)
    return after is not None


def known(product: int, identity: int, memory: Memory) -> KnownIdentity:
    """What is known of an identity that was seen."""
    text = memory.get(place_of(product, identity))
    return KnownIdentity(unpacked(text[:_KEY]), unpacked(text[_KEY:_FIRST]), text[_FIRST : _end_of_who(text)])


def person(product: int, identity: int, memory: Memory) -> int:
    """The number of the person that an identity is of."""
    place, holder, _, _ = _holder(product, identity, memory)
    return unpacked((memory.get(_members(place)) or holder)[:_KEY])


def join(product: int, one: int, other: int, memory: Memory) -> Joined | None:
    """Two identities that were seen are one person's; None where they have been. Raises NotJoinedError, and may have
    changed something then.
    """
    sides = _side(product, one, memory), _side(product, other, memory)
    if sides[0].holder == sides[1].holder:
        return None
    if sum(len(side.members) for side in sides) > IDENTITIES_MAX:
        raise NotJoinedError(f"a person has at most {IDENTITIES_MAX} identities")
    weights = [_weight(side, memory) for side in sides]
    if min(weights) > MOVED_MAX:
        raise NotJoinedError(f"both people have more than {MOVED_MAX} occurrences")
    light, heavy = sides if weights[0] <= weights[1] else reversed(sides)
    twice = _move(product, light, heavy, memory)
    members = sorted(light.members + heavy.members)
    memory.put(_members(heavy.place), "".join(members))
    renumbered = [side.members for side in sides if side.members[0] != members[0]]
    return Joined([unpacked(each) for each in renumbered[0]], twice)


def _move(product: int, light: _Side, heavy: _Side, memory: Memory) -> Counter[int]:
    """What one did, and his identities, to the other; returns what both did."""
    twice: Counter[int] = Counter()
    top = heavy.top
    for each in texts_of(light.top, light.place, memory):
        after = with_text(top, each, heavy.place, memory)
        if after is None:
            twice[unpacked(each) & (1 << _INDEX_BITS) - 1] += 1
        else:
            top = after
    drop(light.top, light.place, memory)
    _put_top(heavy.place, heavy.text, heavy.end, top, memory)
    for member in light.members:
        place = place_of(product, unpacked(member))
        text = memory.get(place)
        memory.put(place, f"{text[: _end_of_who(text)]}{_HELD}{heavy.holder}")
    if len(light.members) > 1:
        memory.put(_members(light.place), None)
    return twice


def _side(product: int, identity: int, memory: Memory) -> _Side:
    place, holder, text, end = _holder(product, identity, memory)
    members = memory.get(_members(place)) or holder
    return _Side(place, holder, text, end, [members[at : at + _KEY] for at in range(0, len(members), _KEY)])


def _holder(product: int, identity: int, memory: Memory) -> tuple[str, str, str, int]:
    """Where an identity's holder stands; the holder, packed; what is remembered of it, and where the base64 ends."""
    place = place_of(product, identity)
    text = memory.get(place)
    end = _end_of_who(text)
    if text[end] == _HOLDER:
        return place, packed(identity, _NUMBER_SIZE), text, end
    holder = text[end + 1 :]
    place = place_of(product, unpacked(holder))
    text = memory.get(place)
    return place, holder, text, _end_of_who(text)


def _weight(side: _Side, memory: Memory) -> int:
    """How much would have to be moved; no more is counted than decides."""
    return len(side.members) + how_many(side.top, side.place, memory, MOVED_MAX + 1)


def _base64(who: bytes) -> str:
    return b2a_base64(who, newline=False).decode()


def _end_of_who(text: str) -> int:
    """Where the base64 ends."""
    end = text.find(_HOLDER, _FIRST)
    return end if end >= 0 else text.index(_HELD, _FIRST)


def _top(text: str, end: int) -> Top:
    return Top(int(text[end + 1]), text[end + 2 :])


def _put_top(place: str, text: str, end: int, top: Top, memory: Memory) -> None:
    memory.put(place, f"{text[: end + 1]}{top.height}{top.node}")


def place_of(product: int, identity: int) -> str:
    """Where in the memory an identity stands."""
    return f"i{product}.{identity}"


def _members(place: str) -> str:
    """Where all identities of a holder's person stand; nowhere while it is the only one."""
    return f"{place}.m"
