"""What general rooms have to know of a dialect: which paths are its, and how its clients read that something failed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Failure = Callable[[int, str], dict[str, object]]
"""The members of an answer that tells of a failure: of its HTTP status, and what to say."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Some paths whose failures are told in one form; where both are empty, none.

    `exact` are whole paths, `below` are beginnings: `/x/` has `/x/TOKEN/statlist`. `headers` go with every failure.
    """

    failure: Failure
    exact: frozenset[str] = frozenset()
    below: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def have(self, path: str) -> bool:
        """Whether a path is one of them."""
        return path in self.exact or f"{path}/".startswith(self.below)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One record: what it sends (`posts`), what it asks (`reads`), and of these which have their token in the path,
    behind a beginning: `/x/TOKEN/..`.
    """

    posts: Paths
    reads: Paths
    tokens_below: tuple[str, ...] = ()
