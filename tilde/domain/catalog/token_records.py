"""Tokens that reach several accounts, as the catalog keeps them. An account's own token is a key of it (`keys.py`)."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a token lets its holder see. The values are durable."""

    CORE = "core"  # what there is: accounts, products, metrics, events, properties, reports
    QUERY = "query"  # who did what: a report that is run names people


EVERY_SCOPE = frozenset(Scope)
"""That of an account's own token."""


@dataclass(frozen=True, slots=True)
class Token:
    """Found by the keyed hash of its text, which nobody is shown again. `made_by` is who had it made, as he said."""

    id: int
    name: str
    hash: bytes
    accounts: tuple[int, ...]
    scopes: frozenset[Scope]
    made_by: str
    created_ms: int
