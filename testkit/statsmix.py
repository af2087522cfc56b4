"""StatsMix on an edge in memory: its routes, two accounts with keys, and a stand-in for the query API."""

import asyncio
import json
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.types import Receive, Scope, Send

from producers.edge.receipts import Receipts
from producers.stats.sample_targets import SampleTargets
from producers.stats.sample_writer import SampleWriter
from producers.statsmix import routes
from producers.statsmix.changes import Changes
from producers.statsmix.dispatcher import Dispatcher
from producers.statsmix.foreign import Foreign
from producers.statsmix.intake import Intake
from producers.statsmix.lane import track_lanes
from producers.web.app import EdgeApp
from producers.web.query_api import QueryApi
from producers.web.questions import Questions
from testkit.asking import FORM, Reply, ask
from testkit.builders import an_account_created
from testkit.edges import KEYRING, MemoryEdge
from testkit.samples import SampleOracle
from testkit.sealed import sealed_samples
from tilde.catalog.remembered_keys import RememberedKeys
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.samples.sample import Sample
from tilde.domain.samples.writes import SampleWrite
from tilde.domain.stats.metrics import Kind, metric_id, short_id
from tilde.own_paths import HOLDER, account_path
from tilde.schemas.codec import decode
from tilde.schemas.sample_writes import sample_write_of
from tilde.schemas.topics import SAMPLE_WRITES

API_KEY = "0123456789abcdef0123"
OTHER_API_KEY = "fedcba98765432100123"
ORDERS = metric_id(1, "counter", "orders")
OTHERS = metric_id(2, "counter", "theirs")


@dataclass
class StandIn:
    """A query API that knows some stats, and every sample that the edge has written."""

    edge: "StatsMixEdge"
    stats: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    is_away: bool = False
    is_stuck: bool = False
    """Answers nothing."""
    late_from: int | None = None
    """So many writes are in the tables; None: all."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = dict(parse_qsl(scope["query_string"].decode()))
        if self.is_stuck:
            await asyncio.Event().wait()
        status, found = 503, {"detail": "away"}
        if not self.is_away:
            asked = json.loads((await receive())["body"] or b"{}")
            found = self._found(scope["path"], query, asked)
            status = 404 if found is None else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(found).encode()})

    def _found(self, path: str, query: dict[str, str], asked: list[dict[str, Any]]) -> Any:
        if path == HOLDER:
            products = {str(metric): product for product, metric in self.stats}
            products |= {str(sample.id): sample.product for sample in self.edge.samples().values()}
            product = products.get(query.get("metric") or query.get("sample") or "")
            return None if product is None else {"product": product}
        for product, name in ((1, "shop"), (2, "other")):
            if path == account_path(name, "samples"):
                samples = [self._sample(product, one) for one in asked]
                return [None if sample is None else asdict(sample) for sample in samples]
            for (of_product, metric), (kind, called) in self.stats.items():
                is_it = path == account_path(name, "stats", short_id(metric), "exists") and of_product == product
                if is_it and query["product"] == str(product):
                    return {"kind": kind, "name": called}
        return None

    def _sample(self, product: int, asked: dict[str, Any]) -> Sample | None:
        for sample in self.edge.samples(self.late_from).values():
            is_id = sample.id == asked.get("id")
            is_ref = (sample.metric, sample.ref) == (asked.get("metric"), asked.get("ref", ""))
            if sample.product == product and (is_id or is_ref):
                return sample
        return None


class StatsMixEdge(MemoryEdge):
    """One with StatsMix's routes; `app` is what a client reaches, `api` what stands behind it."""

    def __init__(self, *, lanes: bool) -> None:
        super().__init__()
        self.api = StandIn(self, {(1, ORDERS): ("counter", "orders"), (2, OTHERS): ("counter", "theirs")})
        query_api = QueryApi(httpx.ASGITransport(self.api))
        questions = Questions(query_api, self.follower.catalog, "the operator's")
        targets = SampleTargets(self.follower, questions, Kind.COUNTER)
        writer = SampleWriter(self.writer, self.ids)
        self.intake = Intake(self.keys, self.follower.catalog, targets, writer, Receipts(self.clock))
        changes = Changes(self.intake, targets, writer, questions)
        foreign = Foreign(self.follower.catalog, questions)
        self.app = EdgeApp(openapi_url=None)
        self.app.include_router(routes.router(Dispatcher(self.intake), self.intake, changes, foreign))
        if lanes:
            for lane in track_lanes(
                self.intake, RememberedKeys(self.follower, partial(self.keys.known, KeyKind.API_KEY))
            ):
                self.app.add_lane(lane)

    def records(self) -> list[dict[str, Any]]:
        """The durable events of topic `sample_writes`, as records."""
        events = [event for _, event in self.writer.events]
        return decode(sealed_samples("e", 1, 1, -1, 0, events), SAMPLE_WRITES.subject)["events"] if events else []

    def writes(self) -> list[SampleWrite]:
        """The same as the processor gets them."""
        return list(map(sample_write_of, self.records()))

    def samples(self, first: int | None = None) -> dict[int, Sample]:
        """What comes of them, or of so many of them."""
        oracle = SampleOracle()
        for write in self.writes()[:first]:
            oracle.take(write)
        return oracle.samples


async def a_statsmix_edge(*, lanes: bool = True) -> StatsMixEdge:
    """An edge with two accounts, `shop` (product 1, API_KEY) and `other` (product 2, OTHER_API_KEY)."""
    edge = StatsMixEdge(lanes=lanes)
    await edge.decide(
        an_account_created(1, "shop", keys=(KEYRING.store(KeyKind.API_KEY, API_KEY),)),
        an_account_created(2, "other", keys=(KEYRING.store(KeyKind.API_KEY, OTHER_API_KEY),)),
    )
    await edge.follower.read_to_end()
    return edge


async def call(edge: StatsMixEdge, method: str, path: str, form: str = "", key: str = API_KEY) -> Reply:
    """A form, its fields un-encoded, with the key in it."""
    return await ask(edge.app, method, path, f"api_key={key}&{form}".encode(), FORM)
