"""The admin commands: what somebody asks of the catalog. The decider answers each once, in order.

Secrets are hashed and sealed before a command is made (`tilde.keyring`): a command may stand in a log for ever.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tilde.domain.metrics import Kind


class KeyKind(StrEnum):
    """What a key lets its holder do; the scopes never overlap: a write key reads nothing, a token sends no data."""

    EZKEY = "ezkey"  # StatHat EZ: post to any stat of the account
    EMAIL = "email"  # the same, under the account's e-mail address
    UKEY = "ukey"  # StatHat classic: names the account beside a stat key
    TOKEN = "token"  # noqa: S105 - reads everything of the account and manages its stats
    API_KEY = "api_key"  # StatsMix
    WHITE_LABEL_KEY = "white_label_key"  # Clicky's white label auth
    SITEKEY = "sitekey"  # Clicky stats API, read
    SITEKEY_ADMIN = "sitekey_admin"
    TRACKING_KEY = "tracking_key"  # Kissmetrics tracking


class CommandId(NamedTuple):
    """Which command: its place in the log of the edge that took it. `index` is its place in the sealed batch."""

    edge: str
    epoch: int
    offset: int
    index: int  # type: ignore[assignment] # the schema's word; a tuple has a method of that name


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as the catalog keeps it: found by `hash` (keyed), shown again from `sealed` (encrypted; None: shown
    once). `twins` are the hashes of keys of another kind that read like it, as an ezkey reads like the same e-mail
    address: where both are known, they belong to one account.
    """

    kind: KeyKind
    hash: bytes
    sealed: bytes | None
    twins: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class StartEdge:
    """An edge begins an epoch. Refused for an epoch that was used: the folder was restored from a backup."""

    edge: str
    epoch: int


@dataclass(frozen=True, slots=True)
class CreateAccount:
    name: str
    keys: tuple[StoredKey, ...]
    product_uuid: str
    domain: str


@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """Switches of an account; None leaves one as it is."""

    account: int
    ez: bool | None
    email_key: bool | None


@dataclass(frozen=True, slots=True)
class StoreKey:
    """Gives the account this key in place of the one of its kind."""

    account: int
    key: StoredKey


@dataclass(frozen=True, slots=True)
class RevokeKey:
    account: int
    kind: KeyKind


@dataclass(frozen=True, slots=True)
class CreateStat:
    product: int
    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class DeleteStat:
    product: int
    metric: int


@dataclass(frozen=True, slots=True)
class DeleteStats:
    """Many stats at once."""

    product: int
    metrics: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PostedPoint:
    """One point of a metric: its identity there, and its times, which no version of its row may change."""

    event_id: int
    nth: int
    ts: int
    received_at: int


@dataclass(frozen=True, slots=True)
class DeletePoints:
    """Takes single points back. They are named one by one, so that nothing else is ever meant, whenever it comes."""

    product: int
    metric: int
    points: tuple[PostedPoint, ...]


@dataclass(frozen=True, slots=True)
class RestoreStat:
    """Undoes every deletion that is in the trash."""

    product: int
    metric: int


@dataclass(frozen=True, slots=True)
class CommentOnStat:
    product: int
    metric: int
    text: str


@dataclass(frozen=True, slots=True)
class ActivateGeneration:
    """Moves the read pointer to a generation of the read models that has caught up."""

    generation: int


Action = (
    StartEdge
    | CreateAccount
    | ChangeAccount
    | StoreKey
    | RevokeKey
    | CreateStat
    | DeleteStat
    | RestoreStat
    | CommentOnStat
    | ActivateGeneration
    | DeleteStats
    | DeletePoints
)


@dataclass(frozen=True, slots=True)
class Command:
    """One action asked for at `at_ms`; refused when it is decided after `deadline_ms` (unix milliseconds)."""

    at_ms: int
    deadline_ms: int
    action: Action
