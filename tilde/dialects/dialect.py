"""What general rooms have to know of a dialect: which paths are its, which of these read, which keys open them, and how
its clients read that something failed.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple


class Told(NamedTuple):
    """The body of an answer, and what it is: JSON, XML, a line of text."""

    body: bytes
    media_type: str


Failure = Callable[[str, int, str], Told]
"""How a dialect tells of a failure: by the path, which may say in which form, its HTTP status, and what to say."""


def as_json(**members: object) -> Told:
    """A JSON object of these members."""
    return Told(json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode(), "application/json")


def in_detail(path: str, status: int, message: str) -> Told:
    """The form of whatever has none of its own: `{"detail": ..}`."""
    return as_json(detail=message)


KINDS = {"int": "[0-9]+", "hex40": "[0-9a-fA-F]{40}", "str": "[^/]+"}
"""What a variable in a pattern may be: a number, 40 digits, as a key has, or what has no slash. Routes know them by the
same names (`tilde/web/path_kinds.py`).
"""
_VARIABLE = re.compile(r"\{\w+:(\w+)\}")
_NOTHING = re.compile("(?!)")


@dataclass(frozen=True, slots=True)
class Paths:
    """Some paths whose failures are told in one form; where all are empty, none.

    `exact` are whole paths. `below` are beginnings: `/all/` has `/all/TOKEN/list`, and `/all` has to be said besides.
    `patterns` are whole paths with variables of KINDS in them, as routes and lanes write these: `/{page:int}.gif` has
    `/12.gif`. `headers` go with every failure, and its status once more in `status_header`, where that has a name.
    At paths of `as_ok` it is 200 whatever failed: their clients read no answer of another.
    """

    failure: Failure = in_detail
    exact: frozenset[str] = frozenset()
    below: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    status_header: str = ""
    as_ok: frozenset[str] = frozenset()
    _matching: re.Pattern[str] = field(init=False, repr=False, compare=False, default=_NOTHING)

    def __post_init__(self) -> None:
        if self.patterns:
            object.__setattr__(self, "_matching", re.compile("|".join(map(_expression, self.patterns))))

    def headers_of(self, status: int) -> dict[str, str]:
        """The headers that go with a failure of this status."""
        return {**self.headers, self.status_header: str(status)} if self.status_header else {**self.headers}

    def status_at(self, path: str, status: int) -> int:
        """What clients of a path get of a failure of this status."""
        return HTTPStatus.OK if path in self.as_ok else status

    def have(self, path: str) -> bool:
        """Whether a path is one of these."""
        return path in self.exact or path.startswith(self.below) or self._matching.fullmatch(path) is not None


def _expression(pattern: str) -> str:
    """Raises ValueError where a pattern has anything in braces that is no variable of a kind."""
    around = _VARIABLE.split(pattern)
    texts, kinds = around[::2], around[1::2]
    if any(brace in text for text in texts for brace in "{}") or not KINDS.keys() >= set(kinds):
        raise ValueError(f"{pattern}: a variable in a record's pattern says its kind, {{name:int}}: {', '.join(KINDS)}")
    return re.escape(texts[0]) + "".join(
        KINDS[kind] + re.escape(text) for kind, text in zip(kinds, texts[1:], strict=True)
    )


NO_PATHS = Paths()


class Trial(NamedTuple):
    """What somebody may try first, as `says` has it: a form to post to `post`, in which `parameter` is the key of kind
    `key`, and what to ask for then, with `{token}` in it, where that is simple. A post may be answered by a picture.
    """

    says: str
    key: str
    parameter: str
    form: str
    post: str
    read: str = ""
    is_picture: bool = False


NOTHING_SAID: Mapping[str, str] = {}


class Manual(NamedTuple):
    """What the command line says of a dialect. `clients` are those that it answers, as people call them. `keys` says of
    each kind of key, by its name, what one is that somebody has already, and `switches` what an account's do.
    `exports` is what an export of what people did is that is written and read in its words.
    """

    clients: str = ""
    keys: Mapping[str, str] = NOTHING_SAID
    switches: Mapping[str, str] = NOTHING_SAID
    exports: str = ""


NO_MANUAL = Manual()


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is known of a dialect everywhere: all that it answers (`posts`), and of that what only reads when it is
    asked by GET (`reads`), or also where a body says what is asked for (`reads_by_post`). `slow` are paths whose
    answers may take minutes.

    Who asks is known by a key, and takes turns with others of his address by it: the first there is of `key_headers`,
    the part of the path behind one of `tokens_below`, `/all/TOKEN/..`, and `key_parameters` of the query. Bodies at
    `holders` are taken of nobody but the holder of an access token, those at `operators` of the operator alone, unless
    they are a holder's. Where users reach this Tilde by https, as its operator says, who comes by http is sent there
    from paths of `https_only`.

    `name` is what counts of it are labelled with. `trial` is what to try first, where that is simple; `manual` what
    the command line says of it. Where it reads the questions of saved reports, `report_type` is that of one whose type
    nobody says. `datagrams` are settings, each the UDP port of something that it takes in, which is
    None where it is not to.
    """

    name: str
    posts: Paths = NO_PATHS
    reads: Paths = NO_PATHS
    reads_by_post: frozenset[str] = frozenset()
    slow: Paths = NO_PATHS
    key_headers: tuple[str, ...] = ("authorization",)
    key_parameters: tuple[str, ...] = ()
    tokens_below: tuple[str, ...] = ()
    holders: Paths = NO_PATHS
    operators: Paths = NO_PATHS
    https_only: Paths = NO_PATHS
    trial: Trial | None = None
    manual: Manual = NO_MANUAL
    report_type: str = ""
    datagrams: tuple[str, ...] = ()

    def spoken_at(self, path: str) -> Paths:
        """In whose form a failure at one of its paths is told: a post's, where a path is in both."""
        return self.reads if not self.posts.have(path) and self.reads.have(path) else self.posts


NOBODYS = Dialect("none")
"""What is known of a path that no dialect has: failures are `{"detail": ..}`, a key is in `Authorization`."""


class Dialects:
    """Some records, and whose a path is: of error forms, turns, leave for browsers, and of what is not there."""

    def __init__(self, records: Sequence[Dialect]) -> None:
        """Where two have a path, exact ones go before beginnings and these before patterns, then the earlier record."""
        self.records = tuple(records)
        each = [(dialect, paths) for dialect in records for paths in (dialect.posts, dialect.reads)]
        self._exact = {path: dialect for dialect, paths in reversed(each) for path in paths.exact}
        self._below = [(paths.below, dialect) for dialect, paths in each if paths.below]
        self._patterns = [(paths, dialect) for dialect, paths in each if paths.patterns]
        self.with_exports = tuple(dialect for dialect in records if dialect.manual.exports)
        self.report_type = next((dialect.report_type for dialect in records if dialect.report_type), "")
        self.datagrams = tuple(setting for dialect in records for setting in dialect.datagrams)

    def at(self, path: str) -> Dialect:
        """The dialect whose path it is; NOBODYS where it is nobody's."""
        found = self._exact.get(path)
        if found is None:
            found = next((dialect for below, dialect in self._below if path.startswith(below)), None)
        if found is None:
            found = next((dialect for paths, dialect in self._patterns if paths.have(path)), None)
        return found or NOBODYS

    def spoken_at(self, path: str) -> Paths:
        """The record in whose form a failure at a path is told."""
        return self.at(path).spoken_at(path)
