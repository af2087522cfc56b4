"""What general rooms have to know of a dialect: which paths are its, and how its clients read that something failed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Paths:
    """Some paths whose failures are told in one form; where both are empty, none.

    `exact` are whole paths, `below` are beginnings: `/x/` has `/x/TOKEN/statlist`. `headers` go with every failure.
    """

    failure: Failure = in_detail
    exact: frozenset[str] = frozenset()
    below: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def have(self, path: str) -> bool:
        """Whether a path is one of them."""
        return path in self.exact or f"{path}/".startswith(self.below)


class Trial(NamedTuple):
    """What somebody may try first: a form to post, in which `key` is the kind and the name of the key that it needs,
    and what to ask for then, with `{token}` in it.
    """

    key: str
    form: str
    post: str
    read: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """One record: what it sends (`posts`), what it asks (`reads`), and of these which have their token in the path,
    behind a beginning: `/x/TOKEN/..`; and what to try first, where that is simple.

    Bodies below `holders_below` are taken of nobody but the holder of an access token, those below `operators_below` of
    the operator alone, unless they are a holder's. `reads_by_post` are ends of paths that only ask, though with a body;
    `slow`, whole paths whose answers may take minutes. `datagrams` are settings, each the UDP port of something that it
    takes in, which is None where it is not to.
    """

    posts: Paths = Paths()
    reads: Paths = Paths()
    tokens_below: tuple[str, ...] = ()
    trial: Trial | None = None
    holders_below: tuple[str, ...] = ()
    operators_below: tuple[str, ...] = ()
    reads_by_post: tuple[str, ...] = ()
    slow: frozenset[str] = frozenset()
    datagrams: tuple[str, ...] = ()
