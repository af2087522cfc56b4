"""Processes for the fault test of watchers: `watchers_worker.py ROLE DATA [BOOTSTRAP] [WORD..]`.

`edge`: the edge of the folder with its decider, whose clients post, with `seldom` a few times a second; once a post is
acknowledged its metric is a line of DATA/acknowledged. They begin when there is a DATA/go, and stop when there is a
DATA/stop. `watch`: the watchers, over the folder's log or a Kafka's; each letter that was delivered is a line of
DATA/delivered; with `smtp=PORT` it goes to the mail server there instead. With `position-first` a position is durable
before what follows.
"""

import asyncio
import itertools
import random
import ssl
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from producers.edge.edge import Edge
from producers.wiring import open_adoption, open_embedded_edge
from run.process.role import run_in
from run.roles import watchers as roles
from testkit.builders import UUID
from testkit.deciding import deciding
from testkit.edges import KEYRING
from testkit.first_sights import FirstSights
from tilde.data_folder import bell_path, letters_folder
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.log.partitioner import partition_of_metric
from tilde.eventlog.bell import Bell
from tilde.eventlog.handover import Handing
from tilde.runtime.clock import SystemClock
from tilde.schemas.hot import long, posted_name, stat_posted
from tilde.schemas.topics import STATS
from tilde.settings import Settings
from watchers import loop, outbox, topology, wiring
from watchers.causes import partition_source
from watchers.folder_destination import FolderDestination
from watchers.logged_commands import LoggedCommands
from watchers.mail.destination import MailDestination
from watchers.mail.letter import Letter, Letterhead
from watchers.mail.smtp_carrier import SmtpCarrier, SmtpServer

CLIENTS = 2
PAUSE_S = 0.05
SELDOM_S = 1.0  # a mail server takes a connection a letter
SLOW_S = 0.05
PERIOD_MS = 500


class EveryHalfSecond:
    made_up_max = 10_000

    def after(self, at_ms: int) -> int:
        return (at_ms // PERIOD_MS + 1) * PERIOD_MS


class Sights(FirstSights):
    occasions = EveryHalfSecond()


# The moments between two steps are long, so that kills find them.


async def a_moment() -> None:
    await asyncio.sleep(random.uniform(0, SLOW_S))


class SlowFolder(FolderDestination):
    async def deliver(self, id_: str, body: bytes) -> None:
        await a_moment()
        await super().deliver(id_, body)
        with (self._folder.parent / "delivered").open("a") as delivered:
            delivered.write(f"{id_}\n")
        await a_moment()


class SlowMail(MailDestination):
    async def deliver(self, id_: str, body: bytes) -> None:
        await a_moment()
        await super().deliver(id_, body)
        await a_moment()


async def written(content: dict[str, object]) -> Letter:
    return Letter("jo@example.com", str(content["text"]), "text", "<p>text</p>", "https://example.com/u")


def slow_mail(port: int) -> SlowMail:
    server, letterhead = SmtpServer.of(f"smtp://127.0.0.1:{port}"), Letterhead("Tilde", "tilde@example.com")
    carrier = SmtpCarrier(server, letterhead.address, ssl.create_default_context(), "example.com")
    return SlowMail({None: written}, carrier, letterhead, KEYRING, SystemClock())  # without a kind


class SlowHanding(Handing):
    async def send(self, messages) -> int:
        await a_moment()
        sent = await super().send(messages)
        await a_moment()
        return sent


class SlowLogged(LoggedCommands):
    async def send(self, batches) -> int:
        await a_moment()
        sent = await super().send(batches)
        await a_moment()
        return sent


class PositionFirst(loop._Round):
    """What goes wrong: the position is durable, and a kill comes before what follows is."""

    def take(self, where, record, watchers) -> None:
        before, execute = dict(self.looked), self._ledger.db.execute
        execute("COMMIT")  # what the messages before have given
        execute("BEGIN IMMEDIATE")
        super().take(where, record, watchers)
        execute("ROLLBACK")
        execute("BEGIN IMMEDIATE")
        for (watcher, at), looked in self.looked.items():
            self._ledger.save_position(watcher, partition_source(*at), looked.to_json())
        execute("COMMIT")
        time.sleep(random.uniform(0, SLOW_S))
        execute("BEGIN IMMEDIATE")
        self.looked = before
        super().take(where, record, watchers)


def watch(data: Path, bootstrap: str | None, smtp: str, *, position_first: bool) -> None:
    roles.Handing, roles.LoggedCommands = SlowHanding, SlowLogged  # type: ignore[attr-defined]
    mail = slow_mail(int(smtp)) if smtp else SlowFolder("mail", letters_folder(data), ".eml")
    wiring.destinations = lambda *_: [mail]
    outbox.DELIVERY_MS_MAX, outbox.PAUSE_MS_MIN = 500, 500  # what was in hands at a kill is soon tried again
    if position_first:
        loop._Round = PositionFirst
    settings = Settings(data=data, log=f"kafka://{bootstrap}" if bootstrap else "sqlite")
    topology.WATCHERS = (Sights,)
    run_in(data, roles.watch_on_kafka(settings) if bootstrap else roles.watch_embedded(settings))


async def post(edge: Edge, data: Path, numbers: "itertools.count[int]", pause_s: float) -> None:
    """Each metric once, and every third a second time, in a batch of its own."""
    writer = edge.sealer.writer(STATS)
    while not (data / "go").exists():
        await asyncio.sleep(0.05)
    with (data / "acknowledged").open("a", buffering=1) as acknowledged:
        while not (data / "stop").exists():
            metric = next(numbers)
            for _ in range(2 if metric % 3 == 0 else 1):
                now_ms = SystemClock().now_ms()
                name = posted_name(1, metric, "counter", f"stat {metric}")
                event = stat_posted(edge.ids.next(now_ms), name, 1.0, None, long(now_ms))
                writer.post(partition_of_metric(metric, STATS.partitions), event)
                await writer.durable()
            acknowledged.write(f"{metric}\n")
            await asyncio.sleep(random.uniform(0, pause_s))


async def edge_and_decider(data: Path, pause_s: float) -> None:
    bell, clock = Bell(bell_path(data), serves=True), SystemClock()
    await bell.open()
    async with deciding(data, bell, clock), AsyncExitStack() as stack:
        edge = await open_embedded_edge(data, KEYRING, clock, bell, stack)
        await open_adoption(data, edge, stack)
        if not edge.follower.catalog.accounts:
            await edge.desk.ask(CreateAccount("main", (), UUID, ""))
        numbers = itertools.count(clock.now_ms())
        posting = [post(edge, data, numbers, pause_s) for _ in range(CLIENTS)]
        await asyncio.gather(edge.following, *posting)


if __name__ == "__main__":
    role, folder, *rest = sys.argv[1:]
    control = "position-first" in rest
    if role == "edge":
        run_in(Path(folder), edge_and_decider(Path(folder), SELDOM_S if "seldom" in rest else PAUSE_S))
    else:
        bootstrap = next((word for word in rest if ":" in word), None)
        smtp = next((word.removeprefix("smtp=") for word in rest if word.startswith("smtp=")), "")
        watch(Path(folder), bootstrap, smtp, position_first=control)
