"""Kissmetrics' tracking on an edge in memory: its routes, and a product with a key."""

import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from producers.edge.receipts import Receipts
from producers.kissmetrics import batch_routes, mobile_routes
from producers.kissmetrics.intake import Intake, Products
from producers.kissmetrics.lane import lanes as activity_lanes
from producers.kissmetrics.routes import router
from producers.kissmetrics.signed_products import SignedProducts
from producers.people.activity_writer import ActivityWriter
from producers.people.lines import Lines
from producers.tilde_v1 import activity_routes
from producers.web.app import EdgeApp
from producers.web.large_json import JsonReader
from producers.web.tally import Tally
from testkit.asking import Headers, Reply, ask
from testkit.builders import an_account_created
from testkit.edges import KEYRING, MemoryEdge
from testkit.sealed import sealed_activity
from tilde.data_folder import edge_folder, keyholders_path
from tilde.dialects.kissmetrics import KISSMETRICS
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.people.activity import PERSON
from tilde.eventlog.segments import SegmentReader
from tilde.keys.keyholder_file import KeyholderFile
from tilde.keys.keyholder_tables import Secret
from tilde.keys.keyholders import Keyholder, Keyholders
from tilde.keys.keyring import Keyring
from tilde.schemas.codec import decode
from tilde.schemas.topics import ACTIVITY
from tilde.settings import load_settings, open_keyring

PRODUCT = 1
KEY = "0123456789abcdef0123456789abcdef01234567"
GUID = "fakeProductGUID"
SECRET = "fakeApiSecret"  # noqa: S105 - of a test of the client's own
PUBLIC_URL = "https://stats.example/"
OPERATOR_TOKEN = "the operator's"  # noqa: S105 - of tests
OTHER_PRODUCT = 2
OTHER_KEY = "fedcba9876543210fedcba9876543210fedcba98"


class ActivityEdge(MemoryEdge):
    """One with the routes of tracking; `app` is what a client reaches."""

    def __init__(self, folder: Path, *, lanes: bool) -> None:
        super().__init__()
        self.keyholders = Keyholders(KeyholderFile(folder / "visitors.db"), KEYRING)
        writer = ActivityWriter(self.writer, self.ids, self.keyholders, KEYRING)
        products = Products(self.follower, self.keys)
        self.intake = Intake(products, writer, Receipts(self.clock), Tally(KISSMETRICS.name))
        self.app = EdgeApp(openapi_url=None)
        self.app.include_router(router(self.intake))
        signed = SignedProducts(self.follower, KEYRING)
        self.app.include_router(batch_routes.router(self.intake, signed, JsonReader(), PUBLIC_URL))
        lines = Lines()
        lines.take_with(self.intake.take_lines)
        self.app.include_router(activity_routes.router(lines, self.follower, OPERATOR_TOKEN))
        self.app.include_router(mobile_routes.router(products, self.clock, None))
        if lanes:
            for lane in activity_lanes(self.intake):
                self.app.add_lane(lane)

    def records(self) -> list[dict[str, Any]]:
        """The durable events of topic `activity`, as records; the event's id is called `id`, and an alias's other
        identity stands beside the first: `other`, `other_key`, `other_who`.
        """
        events = [event for _, event in self.writer.events]
        found = decode(sealed_activity("e", 1, 1, -1, 0, events), ACTIVITY.subject)["events"] if events else []
        return list(map(_flat, found))

    def opened(self, record: dict[str, Any]) -> tuple[str, Any]:
        """What is sealed in an event: the identity, and what was said."""
        self.keyholders.keep()
        said = record["said"]
        return self.keyholders.opened(record["key"], record["who"])["id"], said and self.keyholders.opened(
            record["key"], said
        )


def _flat(event: dict[str, Any]) -> dict[str, Any]:
    _, other = event["other"] or (None, dict.fromkeys(("identity", "key", "who")))
    beside = {"other": other["identity"], "other_key": other["key"], "other_who": other["who"]}
    return {"id": event.pop("event"), **event, **beside}


def activity_in(folder: Path) -> list[dict[str, Any]]:
    """All events of topic `activity` in the log of an edge that may be running, in the order of their ids; as
    `ActivityEdge.records`.
    """
    reader = SegmentReader(folder)
    try:
        records = [
            record
            for partition in range(ACTIVITY.partitions)
            for record in reader.read(ACTIVITY.name, partition, 0, 1 << 30)
        ]
    finally:
        reader.close()
    events = [_flat(event) for record in records for event in decode(record.value, ACTIVITY.subject)["events"]]
    return sorted(events, key=itemgetter("id"))


class Done(NamedTuple):
    """An event of topic `activity`, opened: its identities, and properties as numbers or as texts that were said."""

    act: str
    person: str
    name: str | None
    other: str | None
    at: int
    properties: dict[str, float | str]
    unknown: list[tuple[str, str]]


def people_of(data: Path, product: int) -> list[Done]:
    """What the people of a product of a Tilde that may be running did, in the order of its events. Each identity and
    each text has the hash that it has to have.
    """
    keyring, folder = open_keyring(load_settings(data=data)), edge_folder(data)
    events = [event for event in activity_in(folder) if event["product"] == product]
    if not events:
        return []
    with closing(sqlite3.connect(f"{keyholders_path(folder).as_uri()}?mode=ro", uri=True)) as db:
        keys = {row[0]: Keyholder(Secret(*row), keyring) for row in db.execute("SELECT * FROM visitor")}
    return [_done(event, keys, keyring) for event in events]


def _done(event: dict[str, Any], keys: Mapping[int, Keyholder], keyring: Keyring) -> Done:
    def opened(identity: int, key: int, who: bytes) -> str:
        person: str = keys[key].open(who)["id"]
        assert identity == keyring.keyed_hash(event["product"], PERSON, person)
        return person

    person = opened(event["identity"], event["key"], event["who"])
    other = None if event["other"] is None else opened(event["other"], event["other_key"], event["other_who"])
    said = {} if event["said"] is None else keys[event["key"]].open(event["said"])
    texts, properties = iter(said.get("texts", ())), {}
    for each in event["properties"]:
        value = next(texts) if each["number"] is None else each["number"]
        if each["number"] is None:
            assert each["text"] == keyring.keyed_hash(event["product"], f"text {each['name']}", value)
        properties[each["name"]] = value
    assert list(texts) == []
    unknown = list(map(tuple, said.get("unknown", ())))
    return Done(event["act"], person, event["name"], other, event["at"], properties, unknown)


async def an_activity_edge(folder: Path | None = None, *, lanes: bool = True) -> ActivityEdge:
    """An edge with two products of two accounts; its people are in a folder, or in one that is forgotten."""
    edge = ActivityEdge(folder or Path(tempfile.mkdtemp(prefix="tilde-activity-")), lanes=lanes)
    secret = KEYRING.store(KeyKind.SITEKEY_ADMIN, SECRET)
    first, second = (KEYRING.store(KeyKind.TRACKING_KEY, key) for key in (KEY, OTHER_KEY))
    await edge.decide(an_account_created(PRODUCT, "shop", keys=(first, secret), product_uuid=GUID))
    await edge.decide(an_account_created(OTHER_PRODUCT, "outlet", keys=(second,)))
    await edge.follower.read_to_end()
    return edge


async def track(edge: ActivityEdge, path: str, query: dict[str, str] | str, headers: Headers = ()) -> Reply:
    """One request by the product's key; what is no dict is the whole query."""
    text = query if isinstance(query, str) else urlencode({"_k": KEY, **query})
    return await ask(edge.app, "GET", f"{path}?{text}", headers=headers)
