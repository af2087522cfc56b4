"""What people of products did: an event, properties that were set, two identities that are one person's."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

AT_MAX = (1 << 32) - 1  # 2106: what rows can say
RECEIVED_AT_MAX = AT_MAX * 1000
PRODUCT_MAX = (1 << 32) - 1

PERSON = "person"
"""What an identity is about, among those of a product: the same for whoever looks for one, or erases it."""


class Act(StrEnum):
    """What somebody did. The values are durable."""

    EVENT = "event"
    SET = "set"
    ALIAS = "alias"


class Property(NamedTuple):
    """A property, as it may stand anywhere: its value is a plain number, or `text`, a keyed hash of what is sealed."""

    name: str
    number: float | None
    text: int | None


class SealedIdentity(NamedTuple):
    """An identity of a person, `who`, sealed with a key of its own."""

    identity: int
    key: int
    who: bytes


def fault_of(event: Mapping[str, Any], other: Mapping[str, Any] | None) -> str | None:
    """Why nothing can be made of an event of topic `activity`; None where all of it can. `other` is an alias's other
    identity.
    """
    act, name = event["act"], event["name"]
    if (name is not None) is not (act == Act.EVENT.value) or (other is not None) is not (act == Act.ALIAS.value):
        return f"not whole for an act {act}"
    if not are_times(event["at"], event["received_at"]):
        return "a time that no row can say"
    if not (is_product(event["product"]) and _is_sealed(event) and (other is None or _is_sealed(other))):
        return "a number that no row can say"
    return None


def are_times(at: int, received_at: int) -> bool:
    """Whether rows can say when it was done, and when it was received."""
    return 0 <= at <= AT_MAX and 0 <= received_at <= RECEIVED_AT_MAX


def is_product(number: int) -> bool:
    """Whether rows can say that it is this product's."""
    return 0 <= number <= PRODUCT_MAX


def _is_sealed(identity: Mapping[str, Any]) -> bool:
    return bool(identity["identity"] >= 0 and identity["key"] >= 0)
