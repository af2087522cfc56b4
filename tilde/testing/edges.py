"""An edge for tests: the real routes, rules and catalog over parts in memory, and a clock that stands still."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import asyncio
import httpx

from producers.admission import Admission
from producers.app import EdgeApp
from producers.stathat import routes
from producers.stathat.hot import HotEz
from producers.stathat.intake import Intake
from tilde.clock import FixedClock
from tilde.domain.commands import KeyKind
from tilde.domain.facts import AccountChanged, AccountCreated, Fact
from tilde.domain.identity import EventIds
from tilde.domain.metrics import Kind, metric_id
from tilde.eventlog import Append, LogError
from tilde.eventlog.memory import MemoryLog
from tilde.follower import CatalogFollower
from tilde.keyring import Keyring
from tilde.schemas.codec import decode
from tilde.schemas.hot import sealed_stats
from tilde.schemas.topics import CATALOG, STATS
from tilde.testing.builders import NOON_MS, an_entry, an_entry_message

NOON_S = NOON_MS // 1000
EZKEY = "EZKEY"
UKEY = "UKEY-of_shop~"
TOKEN = "TOKEN"  # noqa: S105 - of a test
EMAIL = "john+a@example.com"
KEYS = {KeyKind.EZKEY: EZKEY, KeyKind.UKEY: UKEY, KeyKind.TOKEN: TOKEN, KeyKind.EMAIL: EMAIL}
OTHER_UKEY = "UKEY-of_other~"
KEYRING = Keyring(bytes(range(32)))
