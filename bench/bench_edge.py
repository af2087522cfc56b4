"""EZ posts and JSON batches against the edge: requests a second, CPU a request, beside a bare ASGI app in one run.

The generator is wrk (Debian: wrk). The servers take turns; each figure is the median of the rounds.
"""

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from bench.edge_server import EZKEY
from bench.report import Row
from testkit.kafka_broker import free_ports
from testkit.waiting import until
from tilde.web.http_clients import open_client

ROUNDS = 5
SECONDS = 4
CONNECTIONS = 64
FORM = f"ezkey={EZKEY}&stat=ws0+load+average&count=1"
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "%s"
wrk.body = [==[%s]==]
"""


class Server:
    """One server process, with the CPU seconds it has used."""

    def __init__(self, mode: str, folder: Path) -> None:
        (self.port,) = free_ports(1)
        command = [
            sys.executable,
            "-m",
            "bench.edge_server",
            mode,
            "--port",
            str(self.port),
            "--data",
            str(folder / mode),
        ]
        self.process = subprocess.Popen(command)
        until(self._answers, 30, lambda: f"{mode} does not answer")

    def _answers(self) -> bool:
        try:
            with open_client(f"http://127.0.0.1:{self.port}") as client:
                return client.post("/ez", content=FORM).status_code > 0
        except httpx.TransportError:
            return False

    def cpu_s(self) -> float:
        """Of all its threads, to the nanosecond: ticks of 10 ms miss most of what a process does that often sleeps."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def wrk(port: int, script: Path) -> tuple[float, float, int]:
    """(requests a second, p99 in ms, requests) of one run. Raises where an answer was not 200."""
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{SECONDS}s",
        "--latency",
        "-s",
        str(script),
        f"http://127.0.0.1:{port}/ez",
    ]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in out, out
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    p99_ms = float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), p99_ms, int(re.search(r"(\d+) requests in", out)[1])


def run() -> list[Row]:
    """All rows of the edge."""
    if shutil.which("wrk") is None:
        return [Row("edge", "skipped: wrk is missing (Debian package wrk)", "", "", "")]
    with tempfile.TemporaryDirectory() as folder:
        servers = {mode: Server(mode, Path(folder)) for mode in ("bare", "off", "on")}
        try:
            return _forms(servers, Path(folder)) + _batches(servers["on"], Path(folder))
        finally:
            for server in servers.values():
                server.process.kill()


def _forms(servers: dict[str, Server], folder: Path) -> list[Row]:
    script = folder / "form.lua"
    script.write_text(SCRIPT % ("application/x-www-form-urlencoded", FORM))
    seen: dict[str, list[tuple[float, float, float]]] = {mode: [] for mode in servers}
    for _ in range(ROUNDS):
        for mode, server in servers.items():
            before = server.cpu_s()
            per_s, p99_ms, requests = wrk(server.port, script)
            seen[mode].append((per_s, p99_ms, (server.cpu_s() - before) / requests * 1e6))
    medians = {mode: [statistics.median(column) for column in zip(*runs, strict=True)] for mode, runs in seen.items()}
    bare, off, on = (medians[mode] for mode in ("bare", "off", "on"))
    return [
        Row("bare ASGI app", "requests/s", f"{bare[0]:,.0f}", "1.00", ""),
        Row("edge, log switched off", "requests/s", f"{off[0]:,.0f}", f"{off[0] / bare[0]:.2f} of bare", "0.6 of bare"),
        Row("edge, log on", "requests/s", f"{on[0]:,.0f}", f"{on[0] / bare[0]:.2f} of bare", ""),
        Row("edge, log on", "CPU us/request", f"{on[2]:.1f}", f"log: {on[2] - off[2]:+.1f} us", "log: 6 us"),
        Row("edge, log on, 64 clients", "p99 ms", f"{on[1]:.1f}", f"bare {bare[1]:.1f}", "15"),
    ]


def _batches(server: Server, folder: Path) -> list[Row]:
    data = [{"stat": f"stat number {n % 200}", "count": 1} for n in range(1000)]
    script = folder / "batch.lua"
    script.write_text(SCRIPT % ("application/json", json.dumps({"ezkey": EZKEY, "data": data})))
    runs = []
    for _ in range(ROUNDS):
        before = server.cpu_s()
        per_s, _, requests = wrk(server.port, script)
        runs.append((per_s * 1000, (server.cpu_s() - before) / requests * 1000))
    per_s, cpu = (statistics.median(column) for column in zip(*runs, strict=True))
    return [
        Row("JSON batches of 1,000", "stats/s acknowledged", f"{per_s:,.0f}", "", "250,000"),
        Row("JSON batches of 1,000", "CPU us/stat", f"{cpu:.2f}", "", ""),
    ]
