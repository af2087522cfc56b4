"""An edge for tests: the real routes, rules and catalog over parts in memory, and a clock that stands still."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson
from starlette.types import ASGIApp, Message

from producers.edge.destinations import Destinations
from producers.stathat import routes
from producers.stathat.hot import HotEz
from producers.stathat.intake import Intake
from producers.stathat.keys import Keys
from producers.web.app import EdgeApp
from testkit.builders import NOON_MS, an_account_created, an_entry, an_entry_message
from testkit.sealed import sealed_stats
from tilde.catalog.follower import CatalogFollower
from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.entries import Fact
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.log.identity import EventIds
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.eventlog import Append, LogError
from tilde.eventlog.memory import MemoryLog
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import FixedClock
from tilde.schemas.codec import decode
from tilde.schemas.topics import CATALOG, STATS

EZKEY = "EZKEY"
UKEY = "UKEY-of_shop~"
OTHER_UKEY = "UKEY-of_other~"
EMAIL = "john+a@example.com"
KEYRING = Keyring(bytes(range(32)))
STAT = "signups"
OK = b'{"status":200,"msg":"ok"}'
FORM = [(b"content-type", b"application/x-www-form-urlencoded")]
JSON = [(b"content-type", b"application/json")]
COUNTER_KEY = KEYRING.stat_key(1, Kind.COUNTER, metric_id(1, Kind.COUNTER, STAT))
VALUE_KEY = KEYRING.stat_key(1, Kind.VALUE, metric_id(1, Kind.VALUE, STAT))


def failure(message: str) -> bytes:
    """The body of a refusal."""
    return b'{"status":500,"msg":"' + message.encode() + b'"}'


Headers = Sequence[tuple[bytes, bytes]]


class Reply(NamedTuple):
    """What an application answered; headers sorted, names in lower case. Status 0: nothing."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Posted(NamedTuple):
    """One event that was left, as far as a rule says anything of it."""

    kind: str
    name: str | None
    number: float
    t: int | None


class MemoryWriter:
    """The fake EventWriter: `events` are durable, each with its partition. While `is_full` nothing becomes durable."""

    def __init__(self) -> None:
        self.events: list[tuple[int, bytes]] = []
        self.is_full = False
        self._open: list[tuple[int, bytes]] = []

    def post(self, partition: int, event: bytes) -> None:
        self._open.append((partition, event))

    def durable(self) -> asyncio.Future[None]:
        group = asyncio.get_running_loop().create_future()
        if self.is_full:
            group.set_exception(LogError("the log is full"))
            group.exception()  # nobody has to read it
        else:
            self.events += self._open
            group.set_result(None)
        self._open = []
        return group


@dataclass(slots=True)
class AnEdge:
    """The open parts of one; `app` is what a client reaches."""

    app: EdgeApp
    writer: MemoryWriter
    intake: Intake
    log: MemoryLog
    clock: FixedClock

    def records(self) -> list[dict[str, Any]]:
        """The durable events, as records."""
        events = [event for _, event in self.writer.events]
        return decode(sealed_stats("e", 1, 1, -1, 0, events), STATS.subject)["events"] if events else []

    def posted(self) -> list[Posted]:
        """The durable events, in short."""
        return [Posted(one["kind"], one["name"], one["number"], one["t"]) for one in self.records()]

    async def decide(self, *facts: Fact) -> None:
        """Adds entries to the catalog; the edge has not read them yet."""
        first = await self.log.end_offset(CATALOG.name, 0) + 1
        for sequence, fact in enumerate(facts, first):
            await self.log.append([Append(CATALOG.name, 0, [an_entry_message(an_entry(sequence, fact))])])


async def an_edge(*, error_status: int = 200, lenient_keys: bool = False, hot: bool = True) -> AnEdge:
    """An edge with two accounts, `shop` (with keys and e-mail as above) and `other`; all it knows is StatHat."""
    log = MemoryLog()
    follower = CatalogFollower(log)
    keys = Keys(follower, KeyLookup(follower, KEYRING), KEYRING)
    clock = FixedClock(NOON_MS)
    writer = MemoryWriter()
    intake = Intake(keys, Destinations(), writer, EventIds(3), clock)
    app = EdgeApp(openapi_url=None)
    app.include_router(routes.router(intake, error_status, lenient_keys=lenient_keys))
    if hot:
        app.add_hot("/ez", HotEz(intake))
    edge = AnEdge(app, writer, intake, log, clock)
    mine = {KeyKind.EZKEY: EZKEY, KeyKind.UKEY: UKEY, KeyKind.EMAIL: EMAIL}
    others = {KeyKind.EZKEY: "OTHER", KeyKind.UKEY: OTHER_UKEY}
    await edge.decide(
        an_account_created(1, "shop", keys=tuple(KEYRING.store(kind, key) for kind, key in mine.items())),
        an_account_created(2, "other", keys=tuple(KEYRING.store(kind, key) for kind, key in others.items())),
    )
    await follower.read_to_end()
    return edge


async def ask(
    app: ASGIApp, method: str, target: str, body: bytes | Sequence[bytes] = b"", headers: Headers = ()
) -> Reply:
    """Sends one request to an application, the body in the chunks given, and collects the reply.

    `target` is path and query as they stand on the wire. A client that sends `None` for its last chunk has gone.
    """
    chunks = [body] if isinstance(body, bytes) else list(body) or [b""]
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("edge", 80),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
        "root_path": "",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": list(headers),
        "state": {},
    }
    messages: list[Message] = []
    answered = asyncio.Event()

    async def receive() -> Message:
        if not chunks:
            await answered.wait()
            return {"type": "http.disconnect"}
        chunk = chunks.pop(0)
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def send(message: Message) -> None:
        messages.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            answered.set()

    await app(scope, receive, send)
    if not messages:
        return Reply(0, [], b"")
    start, *parts = messages
    sorted_headers = sorted((name.lower(), value) for name, value in start["headers"])
    return Reply(start["status"], sorted_headers, b"".join(part.get("body", b"") for part in parts))


async def ez(edge: AnEdge, form: str, ezkey: str = EZKEY) -> Reply:
    """A form posted to the EZ API."""
    return await ask(edge.app, "POST", "/ez", f"ezkey={ezkey}&{form}".encode(), FORM)


async def batch(edge: AnEdge, *items: object, **envelope: object) -> Reply:
    """A JSON batch of items; `envelope` replaces its fields."""
    return await ask(edge.app, "POST", "/ez", orjson.dumps({"ezkey": EZKEY, "data": items} | envelope), JSON)


async def classic(edge: AnEdge, call: str, **fields: str) -> Reply:
    """A post to `/c` or `/v`, its fields un-encoded."""
    form = "&".join(f"{name}={value}" for name, value in fields.items())
    return await ask(edge.app, "POST", f"/{call}", form.encode(), FORM)
