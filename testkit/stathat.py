"""StatHat on an edge in memory: its routes, two accounts with keys, and its calls as a client writes them."""

from typing import NamedTuple

import orjson

from producers.edge.receipts import Receipts
from producers.stathat import routes
from producers.stathat.intake import Intake
from producers.stathat.keys import Keys
from producers.stats.stat_writer import StatWriter
from producers.web.app import EdgeApp
from producers.web.large_json import JsonReader
from testkit.asking import FORM, JSON, Reply, ask
from testkit.builders import an_account_created
from testkit.edges import KEYRING, MemoryEdge
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.stats.metrics import Kind, metric_id

EZKEY = "EZKEY"
UKEY = "UKEY-of_shop~"
OTHER_UKEY = "UKEY-of_other~"
EMAIL = "john+a@example.com"
STAT = "signups"
OK = b'{"status":200,"msg":"ok"}'
COUNTER_KEY = KEYRING.stat_key(1, Kind.COUNTER, metric_id(1, Kind.COUNTER, STAT))
VALUE_KEY = KEYRING.stat_key(1, Kind.VALUE, metric_id(1, Kind.VALUE, STAT))


def failure(message: str) -> bytes:
    """The body of a refusal."""
    return b'{"status":500,"msg":"' + message.encode() + b'"}'


class Posted(NamedTuple):
    """One event that was left, as far as a rule says anything of it."""

    kind: str
    name: str | None
    number: float
    t: int | None


class AnEdge(MemoryEdge):
    """One with StatHat's routes; `app` is what a client reaches."""

    def __init__(self, error_status: int, *, lenient_keys: bool, lanes: bool) -> None:
        super().__init__()
        keys = Keys(self.follower, self.keys, KEYRING)
        self.intake = Intake(keys, self.targets, StatWriter(self.open_writer, self.ids), Receipts(self.clock))
        self.app = EdgeApp(openapi_url=None)
        self.app.include_router(routes.router(self.intake, JsonReader(), error_status, lenient_keys=lenient_keys))
        if lanes:
            self.app.add_lane(routes.ez_lane(self.intake))

    def posted(self) -> list[Posted]:
        """The durable events, in short."""
        return [Posted(one["kind"], one["name"], one["number"], one["t"]) for one in self.records()]


async def an_edge(*, error_status: int = 200, lenient_keys: bool = False, lanes: bool = True) -> AnEdge:
    """An edge with two accounts, `shop` (with keys and e-mail as above) and `other`; all it knows is StatHat."""
    edge = AnEdge(error_status, lenient_keys=lenient_keys, lanes=lanes)
    mine = {KeyKind.EZKEY: EZKEY, KeyKind.UKEY: UKEY, KeyKind.EMAIL: EMAIL}
    others = {KeyKind.EZKEY: "OTHER", KeyKind.UKEY: OTHER_UKEY}
    await edge.decide(
        an_account_created(1, "shop", keys=tuple(KEYRING.store(kind, key) for kind, key in mine.items())),
        an_account_created(2, "other", keys=tuple(KEYRING.store(kind, key) for kind, key in others.items())),
    )
    await edge.follower.read_to_end()
    return edge


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
