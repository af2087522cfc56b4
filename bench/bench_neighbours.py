"""One stat a request from 64 clients whose connections are kept: the edge beside what others use for the like, in one
run, and what each has done when it says that it is done.

The programs are Debian's (`nginx`, `victoria-metrics`, `influxdb`), found on PATH: installed, or taken out of their
packages with `dpkg -x PACKAGE.deb DIR` and `PATH=$PATH:DIR/usr/bin:DIR/usr/sbin`. Those that are not there are skipped.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench import wrk
from bench.bench_edge import FORM, FORM_TYPE, ROUNDS, Server
from bench.report import Row
from testkit.kafka_broker import free_ports
from testkit.waiting import until
from tilde.web.http_clients import open_client

START_S = 60
SBIN = "/usr/sbin"  # Debian's nginx is there, which is on nobody's PATH but root's

NGINX = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; location / {{ empty_gif; }} }}
}}
"""
INFLUX = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
"""


@dataclass(frozen=True)
class Neighbour:
    """A program, how it is started in a folder on a port, and what a client posts to it."""

    name: str
    program: str
    package: str
    acknowledges: str
    path: str
    method: str
    body: str
    command: Callable[[str, Path, int], list[str]]
    first: str = "/"
    """Is posted, as a path, before all else: it may have to be."""


def _nginx(program: str, folder: Path, port: int) -> list[str]:
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    return [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]


def _victoria(program: str, folder: Path, port: int) -> list[str]:
    return [program, f"-storageDataPath={folder}", f"-httpListenAddr=127.0.0.1:{port}", "-loggerLevel=ERROR"]


def _influx(program: str, folder: Path, port: int) -> list[str]:
    (rpc_port,) = free_ports(1)
    (folder / "influxdb.conf").write_text(INFLUX.format(folder=folder, port=port, rpc_port=rpc_port))
    return [program, "-config", str(folder / "influxdb.conf")]


NEIGHBOURS = (
    Neighbour("nginx, empty_gif", "nginx", "nginx", "nothing", "/", "GET", "", _nginx),
    Neighbour(
        "VictoriaMetrics",
        "victoria-metrics",
        "victoria-metrics",
        "in memory",
        "/api/v1/import/prometheus",
        "POST",
        "ws0_load_average 1",
        _victoria,
    ),
    Neighbour(
        "InfluxDB 1.6",
        "influxd",
        "influxdb",
        "synced, each write",
        "/write?db=bench",
        "POST",
        "ws0_load_average value=1",
        _influx,
        first="/query?q=CREATE+DATABASE+bench",
    ),
)


@dataclass(frozen=True)
class Running:
    """A server that is asked: who it is, what it acknowledges."""

    name: str
    acknowledges: str
    url: str
    pid: int
    asked: Path


@contextmanager
def _started(neighbour: Neighbour, program: str, folder: Path) -> Iterator[Running]:
    folder.mkdir()
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        neighbour.command(program, folder, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: _answers(url, neighbour.first), START_S, lambda: f"{neighbour.name} does not answer")
        asked = wrk.script(folder / "asked.lua", "text/plain", neighbour.body, neighbour.method)
        yield Running(neighbour.name, neighbour.acknowledges, url + neighbour.path, process.pid, asked)
    finally:
        process.kill()
        process.wait()


def _answers(url: str, path: str) -> bool:
    try:
        with open_client(url) as client:
            return client.post(path).status_code > 0
    except httpx.TransportError:
        return False


@contextmanager
def _ours(mode: str, name: str, acknowledges: str, folder: Path) -> Iterator[Running]:
    server = Server(mode, folder)
    try:
        asked = wrk.script(folder / f"{mode}.lua", FORM_TYPE, FORM)
        yield Running(name, acknowledges, server.url, server.process.pid, asked)
    finally:
        server.process.kill()
        server.process.wait()


def run() -> list[Row]:
    """All rows. The servers take turns; each figure is the median of the rounds."""
    if not wrk.is_there():
        return [Row("neighbours", wrk.MISSING, "", "", "")]
    path = os.pathsep.join((os.environ.get("PATH", ""), SBIN))
    missing = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        running = [
            stack.enter_context(_ours("bare", "bare ASGI app", "nothing", folder)),
            stack.enter_context(_ours("on", "edge", "synced, a group", folder)),
        ]
        for neighbour in NEIGHBOURS:
            program = shutil.which(neighbour.program, path=path)
            if program is None:
                missing.append(
                    Row(neighbour.name, f"skipped: no {neighbour.program} (package {neighbour.package})", *[""] * 3)
                )
            else:
                running.append(stack.enter_context(_started(neighbour, program, folder / neighbour.program)))
        return _measured(running) + missing


def _measured(running: list[Running]) -> list[Row]:
    seen: dict[str, list[tuple[float, float, float]]] = {server.name: [] for server in running}
    for _ in range(ROUNDS):
        for server in running:
            before = wrk.cpu_s(server.pid)
            load = wrk.run(server.url, server.asked)
            cpu_us = (wrk.cpu_s(server.pid) - before) / load.requests * 1e6
            seen[server.name].append((load.per_s, load.p99_ms, cpu_us))
    medians = {name: [statistics.median(column) for column in zip(*runs, strict=True)] for name, runs in seen.items()}
    bare = medians[running[0].name][2]
    return [
        Row(
            f"{server.name}; acknowledges: {server.acknowledges}",
            "CPU us/request; requests/s; p99 ms",
            f"{cpu_us:.1f}; {per_s:,.0f}; {p99_ms:.1f}",
            f"{cpu_us / bare:.2f}",
            "",
        )
        for server in running
        for per_s, p99_ms, cpu_us in (medians[server.name],)
    ]
