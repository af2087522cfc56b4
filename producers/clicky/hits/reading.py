"""How the parameters of a hit read: pure, and the same for `in.php`, the pixel and a site's own server.

As everywhere, the first value of a name counts, the query before the body, and an empty value is an absent one; a name
that ends in `[]` may come often. Texts are bounded, and what is longer is cut: the hit counts. Parameters that nobody
knows are kept, too, for the visitor's key to seal.

A page's hits say the same things again and again, each visitor's and each page's: a pair is read, and encoded, once.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from tilde.domain.hits.hit import HitType, Parameter
from tilde.domain.hits.traits import VALUE_MAX, plain_id, plain_name
from tilde.domain.sites.kept_hrefs import referrer, without_user
from tilde.domain.stats.numbers import natural
from tilde.domain.texts import trimmed
from tilde.memo import Memo
from tilde.schemas.hits import PAGE_TEXTS, TYPES, parameter_of, texts_of
from tilde.schemas.hot import NULL, maybe
from tilde.schemas.hot import text as encoded_text
from tilde.web.parameters import PAIRS_MAX, text

ADDRESS_MAX = 4_096  # characters of href and ref; browsers themselves send no more of a Referer
TITLE_MAX = 1_024
TEXT_MAX = 256  # of all other texts that have a place of their own
NAME_MAX = 128
OTHERS_MAX = 100  # of one hit, with a place of their own or not
PAIRS_REMEMBERED_MAX = 20_000  # half a kilobyte each
PAIR_REMEMBERED_MAX = 256  # bytes of one that is
PAGES_REMEMBERED_MAX = 4_000  # two kilobytes each
PAGE_REMEMBERED_MAX = 1_024  # bytes of what one says
SITE_DIGITS_MAX = 16

_TYPES = {type_.value: TYPES[type_] for type_ in HitType}
_PAGE_VIEW, _OUTBOUND = TYPES[HitType.PAGEVIEW], TYPES[HitType.OUTBOUND]
_LENGTHS = {"href": ADDRESS_MAX, "title": TITLE_MAX, "ref": ADDRESS_MAX, "ua": VALUE_MAX}
_OWN = frozenset(
    {
        *("site_id", "type", "href", *PAGE_TEXTS, "jsuid"),
        *("ip_address", "ua", "session_id", "sitekey_admin", "sitekey", "mime", "x", "srv"),
    }
)
"""They have a field of their own, or no meaning: `x` keeps caches away, `srv` named a server of the service."""
_PLAIN = frozenset(
    {
        *("tc", "hep", "hem", "ck", "hm", "hmset", "olark", "upset", "noc", "secure", "consent"),
        *("utm", "goal", "split", "heatmap", "video"),
    }
)
_PLAIN_GROUPS = ("goal[", "split[", "heatmap[", "video[", "utm_", "utm[")
_CUSTOM = "custom["
_OF_ONE = frozenset({"jsuid", "x", "sitekey", "sitekey_admin", "ip_address", "session_id", "ua"})
"""Of one visitor, one request or one server: they are no other's, or must not be remembered."""
_CLICKS = "heatmap"  # with what it begins, as `heatmap[]`, is new with each hit
_NO_CUSTOM: Mapping[str, str] = {}
_AND = ord("&")


class Role(IntEnum):
    """What a pair is."""

    NOTHING = 0
    OWN = 1
    PLAIN = 2
    CUSTOM = 3
    UNKNOWN = 4


class Pair(NamedTuple):
    """A pair that was read: a text of its own and one that stands in `parameters` are encoded as the event has them.
    `comes_again`: others send it, too, so it may be remembered.
    """

    role: Role
    name: str
    value: str
    encoded: bytes
    comes_again: bool


_X = Pair(Role.NOTHING, "x", "", b"", comes_again=False)


class SentHit:
    """What one hit says. Its own texts by their names, then what has a meaning, what is about the visitor, the rest.

    `site` is the one that is meant, None where none is, or what is there is no id; `jsuid` the visitor's id as it was
    sent. `type` and `texts` are the event's, encoded, the second as `texts_of` has them. A type that is
    not there, or that nobody knows, is a page view. `page` is what all who say the same share: it is remembered, so
    what is made of it may be, too; None where it is not.
    """

    __slots__ = ("custom", "jsuid", "own", "page", "parameters", "site", "texts", "type", "unknown")

    def __init__(
        self,
        own: Mapping[str, Pair],
        parameters: Sequence[bytes] = (),
        custom: Mapping[str, str] = _NO_CUSTOM,
        unknown: Sequence[Parameter] = (),
    ) -> None:
        self.own = own
        self.parameters = parameters
        self.custom = custom
        self.unknown = unknown
        self.page: SentHit | None = None
        self.jsuid = self.get("jsuid")
        self.type = _TYPES.get(self.get("type") or "", _PAGE_VIEW)
        self.site = natural((self.get("site_id") or "").strip(), SITE_DIGITS_MAX)
        self.texts = texts_of({name: pair.encoded for name, pair in own.items()})

    def of(self, jsuid: str, *, is_remembered: bool) -> "SentHit":
        """What was sent, said by a visitor of this id, where nobody's was sent."""
        sent = object.__new__(SentHit)
        sent.own, sent.parameters, sent.custom, sent.unknown = self.own, self.parameters, self.custom, self.unknown
        sent.site, sent.jsuid, sent.type, sent.texts = self.site, jsuid, self.type, self.texts
        sent.page = self if is_remembered else None
        return sent

    def get(self, name: str) -> str | None:
        """A text of its own, but for `jsuid`; None where it was not sent."""
        pair = self.own.get(name)
        return None if pair is None else pair.value

    @property
    def is_page_view(self) -> bool:
        """Whether its href is where the page is."""
        return self.type is _PAGE_VIEW

    @property
    def is_outbound(self) -> bool:
        """Whether its href is where a link leads away."""
        return self.type is _OUTBOUND


class Pairs:
    """Reads parameters, and remembers what may come again: pairs, and all of a page's but for who its visitor is."""

    def __init__(self) -> None:
        self._known = Memo[bytes, Pair](PAIRS_REMEMBERED_MAX)
        self._pages = Memo[bytes, SentHit](PAGES_REMEMBERED_MAX)

    def read(self, *sources: bytes) -> SentHit:
        """All that the pairs of a query, and of a body, say."""
        if len(sources) == 1 and len(sources[0]) <= PAGE_REMEMBERED_MAX:
            sent = self._of_a_page(sources[0])
            if sent is not None:
                return sent
        return self._all(sources)[0]

    def _of_a_page(self, query: bytes) -> SentHit | None:
        """What a page's visitors send alike, and whose it is this time; None where it says an id in another way than
        all trackers do.
        """
        jsuid, rest = _taken_out(query, b"jsuid=")
        if not jsuid.isalnum():
            return None
        _, rest = _taken_out(rest, b"x=")
        page, comes_again = self._pages.get(rest), True
        if page is None:
            page, comes_again = self._all((rest,))
            if page.jsuid is not None:
                return None
            if comes_again:
                self._pages.keep(rest, page)
        return page.of(jsuid[:TEXT_MAX].decode("ascii", "replace"), is_remembered=comes_again)

    def _all(self, sources: Sequence[bytes]) -> tuple[SentHit, bool]:
        """What is said, and whether every pair of it comes again."""
        own: dict[str, Pair] = {}
        parameters: list[bytes] = []
        custom: dict[str, str] = {}
        unknown: list[Parameter] = []
        known, others = self._known, 0
        names: set[str] | None = None
        all_come_again = True
        for source in sources:
            for raw in source.split(b"&", PAIRS_MAX)[:PAIRS_MAX]:
                pair = known.get(raw) or self._read(raw)
                role, name, value, encoded, comes_again = pair
                all_come_again = all_come_again and comes_again
                if role == Role.OWN:
                    if name not in own:
                        own[name] = pair
                    continue
                if role == Role.NOTHING or others == OTHERS_MAX:
                    continue
                names = set() if names is None else names
                if name in names and not name.endswith("[]"):
                    continue
                names.add(name)
                others += 1
                if role == Role.PLAIN:
                    parameters.append(encoded)
                elif role == Role.CUSTOM:
                    custom[name] = value
                else:
                    unknown.append(Parameter(name, value))
        return SentHit(own, parameters, custom, unknown), all_come_again

    def _read(self, raw: bytes) -> Pair:
        pair = read_pair(raw)
        if pair.comes_again and len(raw) <= PAIR_REMEMBERED_MAX:
            self._known.keep(raw, pair)
        return pair


def _taken_out(query: bytes, begins: bytes) -> tuple[bytes, bytes]:
    """The value of the first pair that begins so, and all others; nothing, and all, where there is none."""
    at = query.find(begins)
    while at > 0 and query[at - 1] != _AND:
        at = query.find(begins, at + 1)
    if at < 0:
        return b"", query
    end = query.find(b"&", at)
    if end < 0:
        return query[at + len(begins) :], query[: max(0, at - 1)]
    return query[at + len(begins) : end], query[:at] + query[end + 1 :]


def read_pair(raw: bytes) -> Pair:
    """What one pair says; NOTHING where it has no value."""
    raw_name, _, raw_value = raw.partition(b"=")
    if raw_name == b"x":
        return _X
    if raw_name == b"jsuid" and raw_value.isalnum():  # as every tracker sends it
        return Pair(Role.OWN, "jsuid", raw_value.decode("ascii", "replace")[:TEXT_MAX], NULL, comes_again=False)
    name = trimmed(text(raw_name))[:NAME_MAX]
    role = _role_of(name)
    comes_again = role in (Role.OWN, Role.PLAIN) and name not in _OF_ONE and not name.startswith(_CLICKS)
    if not raw_value:
        return Pair(Role.NOTHING, name, "", b"", comes_again or not name)
    value, encoded = _value_of(role, name, text(raw_value)), b""
    if not value:
        return Pair(Role.NOTHING, name, "", b"", comes_again)
    if role is Role.OWN:
        encoded = encoded_text(value) if name == "href" else maybe(value)
    elif role is Role.PLAIN:
        encoded = parameter_of(Parameter(name, value))
    elif role is Role.CUSTOM:
        name = plain_name(name.removeprefix(_CUSTOM).removesuffix("]"))
    return Pair(role, name, value, encoded, comes_again)


def _value_of(role: Role, name: str, said: str) -> str:
    """What is kept of it, which may be nothing. A password goes before the text is cut, or a part of it would stay."""
    if role is not Role.OWN:
        return (trimmed(said) if role is Role.CUSTOM else said)[:VALUE_MAX]
    if name == "ref":
        said = referrer(said) or ""
    elif name == "href":
        said = without_user(said)
    return said[: _LENGTHS.get(name, TEXT_MAX)]


def _role_of(name: str) -> Role:
    """Of a pair of this name that has a value."""
    if name in _OWN:
        return Role.OWN
    if name in _PLAIN or name.startswith(_PLAIN_GROUPS):
        return Role.PLAIN
    return Role.CUSTOM if name.startswith(_CUSTOM) or name == "custom" else Role.UNKNOWN


def visitor_id(raw: str | None) -> str | None:
    """A visitor's id, or that of a session: letters and digits; anything else is none."""
    return plain_id(raw) if raw is not None and raw.isalnum() else None
