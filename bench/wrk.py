"""wrk as the generator of load (Debian package: wrk), and the CPU that a server has used."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

SECONDS = 4
CONNECTIONS = 64
MISSING = "skipped: wrk is missing (Debian package wrk)"
_SCRIPT = """
wrk.method = "%s"
wrk.headers["Content-Type"] = "%s"
wrk.body = [==[%s]==]
"""
_HITS = """
wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
wrk.headers["Referer"] = "https://www.%s/"
request = function()
    return wrk.format("GET", "%s" .. math.random(3000000000, 3000000999))
end
"""
_MS = {"us": 0.001, "ms": 1, "s": 1000}


class Load(NamedTuple):
    """What one run showed."""

    per_s: float
    p99_ms: float
    requests: int


def is_there() -> bool:
    """Whether there is a wrk."""
    return shutil.which("wrk") is not None


def script(path: Path, content_type: str, body: str, method: str = "POST") -> Path:
    """Writes down what each request is."""
    path.write_text(_SCRIPT % (method, content_type, body))
    return path


def hits(path: Path, domain: str, target: str) -> Path:
    """Writes down hits of a thousand visitors of a site: `target` ends where a visitor's id begins."""
    path.write_text(_HITS % (domain, target))
    return path


def run(url: str, asked: Path) -> Load:
    """One run of SECONDS, of CONNECTIONS that are kept. Raises where an answer was no success."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s", str(asked), url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in out, out
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    per_s, requests = re.search(r"Requests/sec:\s+([\d.]+)", out)[1], re.search(r"(\d+) requests in", out)[1]
    return Load(float(per_s), float(value) * _MS[unit], int(requests))


def cpu_s(pid: int) -> float:
    """Of all threads of a process, to the nanosecond: ticks of 10 ms miss most of what one does that often sleeps."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
