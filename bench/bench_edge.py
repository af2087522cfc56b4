"""EZ posts, StatsMix's `track`, Clicky's hits, Kissmetrics' events and JSON batches against the edge: requests a
second, CPU a request, beside a bare ASGI app in one run.

The servers take turns; each figure is the median of the rounds.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from bench import wrk
from bench.edge_server import API_KEY, DOMAIN, EZKEY, SITE, TRACKING_KEY
from bench.report import Row
from testkit.kafka_broker import free_ports
from testkit.waiting import until
from tilde.web.http_clients import open_client

ROUNDS = 5
FORM = f"ezkey={EZKEY}&stat=ws0+load+average&count=1"
TRACK = f"api_key={API_KEY}&name=ws0+load+average&value=1"
HIT = (
    f"/in.php?site_id={SITE}&type=pageview&href=%2Fshop%3Fa%3D1&title=The%20shop&res=1920x1080&lang=en-US"
    "&tz=Europe%2FVienna&tc=0&ck=1&mime=js&x=0.33&jsuid="
)
EVENT = f"/e?_k={TRACKING_KEY}&_n=Signed+Up&Plan+Type=Gold&Amount=99.95&_t=1795253116&_p=person"
FORM_TYPE = "application/x-www-form-urlencoded"


class Server:
    """One server process of ours."""

    def __init__(self, mode: str, folder: Path) -> None:
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        arguments = [mode, "--port", str(port), "--data", str(folder / mode)]
        self.process = subprocess.Popen([sys.executable, "-m", "bench.edge_server", *arguments])
        until(self._answers, 30, lambda: f"{mode} does not answer")

    def _answers(self) -> bool:
        try:
            with open_client(self.url) as client:
                return client.post("/ez", content=FORM).status_code > 0
        except httpx.TransportError:
            return False

    def loaded(self, asked: Path, path: str = "/ez") -> tuple[float, float, float]:
        """(requests a second, p99 in ms, CPU us a request) of one run."""
        before = wrk.cpu_s(self.process.pid)
        load = wrk.run(self.url + path, asked)
        return load.per_s, load.p99_ms, (wrk.cpu_s(self.process.pid) - before) / load.requests * 1e6


def run() -> list[Row]:
    """All rows of the edge."""
    if not wrk.is_there():
        return [Row("edge", wrk.MISSING, "", "", "")]
    with tempfile.TemporaryDirectory() as folder:
        servers = {mode: Server(mode, Path(folder)) for mode in ("bare", "off", "on")}
        try:
            return _forms(servers, Path(folder)) + _batches(servers["on"], Path(folder))
        finally:
            for server in servers.values():
                server.process.kill()


def _forms(servers: dict[str, Server], folder: Path) -> list[Row]:
    asked = wrk.script(folder / "form.lua", FORM_TYPE, FORM)
    track = wrk.script(folder / "track.lua", FORM_TYPE, TRACK)
    gets = {
        "hit": wrk.hits(folder / "hit.lua", DOMAIN, HIT),
        "pixel": wrk.hits(folder / "pixel.lua", DOMAIN, f"/{SITE}ns.gif?jsuid="),
        "event": wrk.hits(folder / "event.lua", DOMAIN, EVENT),
    }
    seen: dict[str, list[tuple[float, float, float]]] = {mode: [] for mode in (*servers, "track", *gets)}
    for _ in range(ROUNDS):
        for mode, server in servers.items():
            seen[mode].append(server.loaded(asked))
        seen["track"].append(servers["on"].loaded(track, "/api/v2/track"))
        for mode, script in gets.items():
            seen[mode].append(servers["on"].loaded(script, "/"))
    medians = {mode: [statistics.median(column) for column in zip(*runs, strict=True)] for mode, runs in seen.items()}
    bare, off, on, track_on, hit_on, pixel_on, event_on = (
        medians[mode] for mode in ("bare", "off", "on", "track", *gets)
    )
    return [
        Row("bare ASGI app", "requests/s", f"{bare[0]:,.0f}", "1.00", ""),
        Row("edge, log switched off", "requests/s", f"{off[0]:,.0f}", f"{off[0] / bare[0]:.2f} of bare", ""),
        Row("edge, log on", "requests/s", f"{on[0]:,.0f}", f"{on[0] / bare[0]:.2f} of bare", ""),
        Row("bare ASGI app", "CPU us/request", f"{bare[2]:.1f}", "1.00", ""),
        Row("edge, log switched off", "CPU us/request", f"{off[2]:.1f}", f"{off[2] / bare[2]:.2f} of bare", ""),
        Row("edge, log on", "CPU us/request", f"{on[2]:.1f}", f"{on[2] / bare[2]:.2f} of bare", "1.15 of bare"),
        Row("StatsMix's track, log on", "requests/s", f"{track_on[0]:,.0f}", f"{track_on[0] / on[0]:.2f} of EZ", ""),
        Row(
            "StatsMix's track, log on",
            "CPU us/request",
            f"{track_on[2]:.1f}",
            f"{track_on[2] / on[2]:.2f} of EZ",
            "1.6 of EZ",
        ),
        Row("Clicky's in.php, log on", "requests/s", f"{hit_on[0]:,.0f}", f"{hit_on[0] / on[0]:.2f} of EZ", ""),
        Row(
            "Clicky's in.php, log on",
            "CPU us/request",
            f"{hit_on[2]:.1f}",
            f"{hit_on[2] / on[2]:.2f} of EZ",
            "1.5 of EZ",
        ),
        Row(
            "Clicky's pixel, log on",
            "CPU us/request",
            f"{pixel_on[2]:.1f}",
            f"{pixel_on[2] / on[2]:.2f} of EZ",
            "1.5 of EZ",
        ),
        Row(
            "Kissmetrics' e, log on",
            "CPU us/request",
            f"{event_on[2]:.1f}",
            f"{event_on[2] / on[2]:.2f} of EZ",
            "1.5 of EZ",
        ),
        Row("edge, log on, 64 clients", "p99 ms", f"{on[1]:.1f}", f"bare {bare[1]:.1f}", "15"),
    ]


def _batches(server: Server, folder: Path) -> list[Row]:
    data = [{"stat": f"stat number {n % 200}", "count": 1} for n in range(1000)]
    asked = wrk.script(folder / "batch.lua", "application/json", json.dumps({"ezkey": EZKEY, "data": data}))
    runs = [server.loaded(asked) for _ in range(ROUNDS)]
    per_s, _, cpu_us = (statistics.median(column) for column in zip(*runs, strict=True))
    return [
        Row("JSON batches of 1,000", "stats/s acknowledged", f"{per_s * 1000:,.0f}", "", "250,000"),
        Row("JSON batches of 1,000", "CPU us/stat", f"{cpu_us / 1000:.2f}", "", ""),
    ]
