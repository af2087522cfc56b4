"""Wild requests at a Tilde that runs, over sockets: reports any 5xx, any hang, any connection left without an answer.

    .venv/bin/python tests/fuzz/fuzz_edge.py --minutes 10 --url http://127.0.0.1:8000

With --dialect statsmix and --api-key all of them are for StatsMix's routes, and speak of stats that are there; with
--dialect clicky and --white-label-key for those of Clicky, and speak of users and sites that are there; with --dialect
kissmetrics and --tracking-key for those of Kissmetrics' tracking.

Half of them are well-formed and have to be answered; half are recorded requests with some of their bytes changed: those
are answered or their connection is closed. With --ezkey (and --operator-token) some get further than the door. It ends
with status 1 where something was found; the bytes that did it stand in fuzz-findings.txt.
"""

import argparse
import asyncio
import contextlib
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.fuzz.wild import CLICKY_PATHS, KISSMETRICS_PATHS, PATHS, STATSMIX_PATHS, Source, Wild  # noqa: E402 - the path is set above
from tests.golden.replay import FOLDER, Golden, load  # noqa: E402
from tilde.runtime.clock import SystemClock  # noqa: E402
from tilde.web.http_clients import open_client  # noqa: E402

ANSWER_S_MAX = 5.0
PATIENCE_S = 0.3  # a changed request may wait for bytes that never come: so long, then we say that none will
FINDINGS_MAX = 50
FINDINGS_FILE = Path("fuzz-findings.txt")
SHOWN_BYTES = 4000


@dataclass
class Findings:
    """What was seen."""

    answers: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    sent: int = 0

    def add(self, problem: str, seed: str, raw: bytes) -> None:
        """Keeps one problem, with what did it."""
        self.answers[problem] += 1
        if len(self.problems) < FINDINGS_MAX:
            self.problems.append(f"{problem}\nseed {seed}\n{raw[:SHOWN_BYTES]!r}\n")
            print(f"\n{self.problems[-1]}", flush=True)


@dataclass(frozen=True)
class Server:
    """Who is asked."""

    host: str
    port: int
    clock: SystemClock

    async def well_formed(self, wild: Wild, findings: Findings, seed: str) -> None:
        """It has to be answered, and soon."""
        raw = wild.raw()
        status = await self._first_status(raw, in_pieces=self._pieces(raw, seed), is_whole=True)
        match status:
            case None:
                findings.add("no answer to a well-formed request", seed, raw)
            case "hang":
                findings.add(f"no answer within {ANSWER_S_MAX:.0f} s", seed, raw)
            case _:
                self._judge(status, findings, seed, raw)

    async def mutated(self, raw: bytes, findings: Findings, seed: str) -> None:
        """It is answered, or the connection is closed."""
        status = await self._first_status(raw, in_pieces=[raw], is_whole=False)
        if status == "hang":
            findings.add(f"still open {ANSWER_S_MAX:.0f} s after we had closed", seed, raw)
        elif status is None:
            findings.answers["closed without an answer"] += 1
        else:
            self._judge(status, findings, seed, raw)

    @staticmethod
    def _judge(status: str, findings: Findings, seed: str, raw: bytes) -> None:
        if status.isdigit() and int(status) < 500:
            findings.answers[status] += 1
        else:
            findings.add(f"answered {status}", seed, raw)

    @staticmethod
    def _pieces(raw: bytes, seed: str) -> Sequence[bytes]:
        cuts = random.Random(seed)
        if cuts.random() < 0.7:
            return [raw]
        places = sorted(cuts.randrange(len(raw) + 1) for _ in range(3))
        return [raw[at:to] for at, to in zip([0, *places], [*places, len(raw)], strict=True)]

    async def _first_status(self, raw: bytes, in_pieces: Sequence[bytes], *, is_whole: bool) -> str | None:
        """The status of the first answer; None where the connection was closed without one; `hang`."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            with contextlib.suppress(ConnectionError):
                for piece in in_pieces:
                    writer.write(piece)
                    await asyncio.wait_for(writer.drain(), ANSWER_S_MAX)
            if is_whole:
                return await _line(reader, ANSWER_S_MAX)
            line = await _line(reader, PATIENCE_S)
            if line != "hang":
                return line
            with contextlib.suppress(OSError):
                writer.write_eof()
            return await _line(reader, ANSWER_S_MAX)
        except TimeoutError:
            return "hang"
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def is_well(self) -> bool:
        """Whether it still takes a plain request."""
        return (await self._first_status(_PLAIN, [_PLAIN], is_whole=True)) == "200"


_PLAIN = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


async def _line(reader: asyncio.StreamReader, seconds: float) -> str | None:
    """The status of the next answer that is no `100 Continue`."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                line = await reader.readline()
                if not line:
                    return None
                words = line.split()
                if not line.startswith(b"HTTP/1.1 ") or len(words) < 2:
                    return f"with {line[:60]!r}"
                if words[1] != b"100":
                    return words[1].decode()
                await reader.readline()
    except TimeoutError:
        return "hang"
    except ConnectionError:
        return None


async def worker(
    server: Server, number: int, options: argparse.Namespace, goldens: Sequence[bytes], findings: Findings, until: float
) -> None:
    """One client among several."""
    turn = 0
    while server.clock.monotonic_s() < until:
        turn += 1
        seed = f"{options.seed}/{number}/{turn}"
        source = Source(seed, options.keys, options.operator_token or "nobody's", options.paths, options.words)
        findings.sent += 1
        if source.random.random() < 0.5:
            await server.well_formed(source.request(), findings, seed)
        else:
            await server.mutated(source.mutated(source.random.choice(goldens)), findings, seed)


async def fuzz(options: argparse.Namespace) -> Findings:
    """Runs the clients until the time is over."""
    parts = urlsplit(options.url)
    server = Server(parts.hostname or "127.0.0.1", parts.port or 80, SystemClock())
    findings = Findings()
    if not await server.is_well():
        sys.exit(f"nobody answers at {options.url}")
    given = [*(options.ezkey or ()), options.api_key, options.white_label_key, options.tracking_key]
    options.keys = [key for key in given if key] or ["nobody"]
    options.paths, options.words, goldens = PATHS, [], _recorded_of_stathat(options.keys[0])
    if options.dialect == "statsmix":
        options.paths, options.words = STATSMIX_PATHS, _known_to_statsmix(options.url, options.api_key)
        goldens = _recorded_of_statsmix(options.api_key, *options.words)
    if options.dialect == "clicky":
        options.paths, options.words = CLICKY_PATHS, _known_to_clicky(options.url, options.white_label_key)
        goldens = _as_sent_to_clicky(options.white_label_key, *options.words)
    if options.dialect == "kissmetrics":
        options.paths, goldens = KISSMETRICS_PATHS, _as_sent_to_kissmetrics(options.tracking_key)
    until = server.clock.monotonic_s() + 60 * options.minutes
    async with asyncio.TaskGroup() as tasks:
        for number in range(options.clients):
            tasks.create_task(worker(server, number, options, goldens, findings, until))
    if not await server.is_well():
        findings.add("a plain request is not answered any more", "-", _PLAIN)
    return findings


def _recorded_of_stathat(key: str) -> list[bytes]:
    keys = dict.fromkeys(("EZKEY", "EMAIL", "UKEY", "COUNTER_KEY", "VALUE_KEY"), key)
    return [golden.filled(keys) for golden in load()]


def _known_to_statsmix(url: str, api_key: str) -> list[str]:
    """The ids of a stat that it makes, of its metric and its profile; and the ref of another one."""
    form = {"api_key": api_key, "name": "wild"}
    with open_client(url) as client:
        stat = client.post("/api/v2/track.json", data=form).raise_for_status().json()["stat"]
        client.post("/api/v2/track.json", data=form | {"ref_id": "wild ref"}).raise_for_status()
    return [*(str(stat[name]) for name in ("id", "metric_id", "profile_id")), "wild ref"]


def _known_to_clicky(url: str, key: str) -> list[str]:
    """The ids of a user and a site that it makes, of those that it has where there is one already."""
    with open_client(url) as client:

        def asked(**parameters: str) -> str:
            return client.get("/api/whitelabel/", params={"auth": key, **parameters}).text.split("\n")[1]

        asked(type="user", username="wild")
        user = asked(type="get_user_id", username="wild")
        return [user, asked(type="site", user_id=user, domain="wild.example")]


def _as_sent_to_clicky(key: str, user: str, site: str) -> list[bytes]:
    asked = (
        f"type=user&user_id={user}&email=wild%40wild.example&name=Wild",
        f"type=site&site_id={site}&mirrors=a.com,b.com&timezone=-8&dst=usa",
        f"type=goal&site_id={site}&goal[name]=Hello&goal%5Burl%5D=/hello&goal[revenue]=2.50",
        f"type=add_user_to_site&user_id={user}&site_id={site}&admin=1",
    )
    head = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    return [f"GET /api/whitelabel/?auth={key}&{query}{head}".encode() for query in asked]


def _as_sent_to_kissmetrics(key: str) -> list[bytes]:
    said = f"_k={key}&&_p=bob%40example.com&_n=Signed+Up&Plan Type=Gold%2B1&Amount=99.95&_t=1795253116&_d=1&"
    end = "Host: h\r\nConnection: close\r\n"
    gets = [f"GET /{path}?{said.replace(' ', '%20')} HTTP/1.1\r\n{end}\r\n" for path in "esa"]
    form = f"POST /e HTTP/1.1\r\n{end}Content-Type: application/x-www-form-urlencoded\r\n"
    batch = '{"data":[{"identity":"bob","timestamp":1795253116,"event":"x","plan":"Gold"}]}'
    posts = [
        f"{form}Content-Length: {len(said)}\r\n\r\n{said}",
        f"POST /v1/products/x/tracking/e?_signature=x HTTP/1.1\r\n{end}Content-Length: {len(batch)}\r\n\r\n{batch}",
    ]
    return [request.encode() for request in (*gets, *posts)]


def _recorded_of_statsmix(api_key: str, stat: str, metric: str, profile: str, ref: str) -> list[bytes]:
    keys = {"API_KEY": api_key, "STAT": stat, "METRIC": metric, "PROFILE": profile}
    files = sorted((FOLDER.parent / "statsmix").glob("*.http"))
    return [Golden(file.stem, file.read_bytes(), file.stem).filled(keys) for file in files]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--ezkey", action="append")
    parser.add_argument("--api-key")
    parser.add_argument("--white-label-key")
    parser.add_argument("--tracking-key")
    parser.add_argument("--dialect", choices=["all", "statsmix", "clicky", "kissmetrics"], default="all")
    parser.add_argument("--operator-token")
    options = parser.parse_args()
    if options.dialect == "statsmix" and not options.api_key:
        parser.error("--dialect statsmix needs --api-key, else all are refused at the door")
    if options.dialect == "clicky" and not options.white_label_key:
        parser.error("--dialect clicky needs --white-label-key, else all are refused at the door")
    if options.dialect == "kissmetrics" and not options.tracking_key:
        parser.error("--dialect kissmetrics needs --tracking-key, else all are refused at the door")
    findings = asyncio.run(fuzz(options))
    print(f"{findings.sent} requests; answers: {dict(findings.answers.most_common())}")
    if findings.problems:
        FINDINGS_FILE.write_text("\n".join(findings.problems))
        sys.exit(f"{len(findings.problems)} problems, in {FINDINGS_FILE}")


if __name__ == "__main__":
    main()
