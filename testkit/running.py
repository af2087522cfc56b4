"""A real Tilde for tests and benchmarks: `tilde up` as users start it, in processes of its own, on a free port."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zlib import crc32

import httpx

from testkit.kafka_broker import free_ports
from testkit.waiting import PATIENCE_S, until
from tilde.data_folder import edge_folder
from tilde.domain.stats.metrics import Kind, metric_id, short_id
from tilde.eventlog.segments import SegmentReader
from tilde.runtime.clock import SystemClock
from tilde.schemas.topics import ACTIVITY, HITS, OF_POINTS
from tilde.web.http_clients import open_client

READY_S = 60.0
COUNTED_S = 60.0
COUNTED = (*OF_POINTS, HITS, ACTIVITY)
TILDE = [sys.executable, "-m", "run.cli.main"]


class RunningTilde:
    """`tilde up` on a data folder. As a context manager: starts, and stops with SIGTERM."""

    host = "127.0.0.1"

    def __init__(self, data: Path, environment: dict[str, str] | None = None, tilde: Sequence[str] = TILDE) -> None:
        self.data = data
        self._tilde = tilde
        self.port = free_ports(1)[0]
        self.url = f"http://{self.host}:{self.port}"
        self.environment = os.environ | (environment or {})
        self._printed = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.client = open_client(self.url, timeout=30)

    def start(self) -> None:
        """Returns once /health answers 200."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._printed = len(self.output()) if (self.data / "up.out").exists() else 0
        with (self.data / "up.out").open("ab") as output:
            command = [*self._tilde, "up", "--data", str(self.data), "--port", str(self.port)]
            self._process = subprocess.Popen(command, stdout=output, stderr=output, env=self.environment)
        until(self._is_ready, READY_S, lambda: f"not ready: {self.output()[-2000:]}")

    def start_unless_it_runs(self) -> None:
        """Whoever used it before may have stopped it."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def _is_ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"tilde up ended with {self._process.returncode}: {self.output()[-2000:]}")
        try:
            return self.client.get("/health").is_success
        except httpx.TransportError:
            return False

    def output(self) -> str:
        """All that it printed so far."""
        return (self.data / "up.out").read_text(errors="replace")

    def wait_printed(self, text: str) -> None:
        """Returns once it has printed the text since its last start."""
        until(lambda: text in self.output()[self._printed :], READY_S, lambda: f"not printed: {self.output()[-2000:]}")

    def wait_greeted(self) -> None:
        """Returns once a first start has made its account and said how to use it: a moment after it is ready."""
        self.wait_printed("Read it back:\n  curl")

    @property
    def has_begun(self) -> bool:
        """Whether there is a supervisor, or was one."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The supervisor."""
        assert self._process is not None
        return self._process.pid

    def child(self, role: str) -> int | None:
        """The process of a role, `edge` or `pipeline`; None while it is being started again."""
        for pid in children_of(self.pid):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except FileNotFoundError:
                continue
            if f"embedded-{role}".encode() in command:
                return pid
        return None

    def children(self, role: str) -> list[str]:
        """The commands of the processes that a role has started."""
        pid = self.child(role)
        assert pid is not None
        return commands_of_children(pid)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Signals the supervisor and waits for its end; its children end by themselves."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(PATIENCE_S)

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.kill(signal.SIGTERM)
        assert self._process is not None
        return self._process.returncode

    def run(self, *arguments: str) -> str:
        """What a `tilde` command on this folder prints. Raises AssertionError with what it says where it fails."""
        command = [*self._tilde, *arguments, "--data", str(self.data)]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment, check=False)
        assert done.returncode == 0, f"tilde {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def create_account(self, name: str, *options: str) -> dict[str, Any]:
        """An account, as `tilde account create --json` prints it."""
        account: dict[str, Any] = json.loads(self.run("account", "create", name, *options, "--json"))
        return account

    def make_account(self, name: str, email: str | None = None, **keys: str) -> dict[str, Any]:
        """An account with an e-mail address of its own, as the operator's API answers; that is no process more."""
        body = {"name": name, "email": email or f"{crc32(name.encode()):08x}@shop.example", "keys": keys}
        answer = self.client.post("/tilde/v1/accounts", headers=self.operator(), json=body)
        assert answer.is_success, answer.text
        account: dict[str, Any] = answer.json()
        return account

    def operator(self) -> dict[str, str]:
        """The headers of an operator."""
        token = (self.data / "operator_token").read_text().strip()
        return {"authorization": f"Bearer {token}"}

    def raw_ends(self) -> list[int]:
        """Where the partitions of the topics that are COUNTED end, one topic behind the other, by the log's files."""
        reader = SegmentReader(edge_folder(self.data))
        places = [(topic.name, partition) for topic in COUNTED for partition in range(topic.partitions)]
        try:
            return [reader.end_offset(*place) for place in places]
        finally:
            reader.close()

    def wait_counted(self) -> None:
        """Returns once everything acknowledged before the call can be queried."""
        ends = self.raw_ends()
        until(lambda: self._has_passed(ends), COUNTED_S, lambda: f"not counted: {ends}, {self._progress()}")

    def _has_passed(self, ends: Sequence[int]) -> bool:
        passed = self._progress()
        return passed is not None and all(done >= end for done, end in zip(passed, ends, strict=True))

    def _progress(self) -> list[int] | None:
        try:
            answer = self.client.get("/tilde/v1/progress", headers=self.operator())
        except httpx.TransportError:
            return None
        if not answer.is_success:
            return None
        passed = answer.json()["passed"]
        return [offset for topic in COUNTED for offset in passed[topic.name]]

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a statement."""
        body = {"query": statement, "format": "json"}
        answer = self.client.post("/tilde/v1/sql", headers=self.operator(), json=body)
        assert answer.is_success, answer.text
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def points(self, name: str, kind: str) -> list[tuple[int, float]]:
        """(t in unix seconds, number) of every point of a stat of the account, in the order received."""
        stat = short_id(metric_id(self.account["product"]["id"], Kind(kind), name))
        headers = {"authorization": f"Bearer {self.account['token']}"}
        answer = self.client.get("/tilde/v1/export", params={"format": "json", "stat": stat}, headers=headers)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return []
        assert answer.is_success, answer.text
        rows = map(json.loads, answer.text.splitlines())
        return [(int(datetime.fromisoformat(row["time"]).timestamp()), row["number"]) for row in rows]

    account: dict[str, Any]
    """The account that the fixture made."""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.client.close()
        if self._process is not None and self._process.poll() is None:
            self.stop()


def commands_of_children(pid: int) -> list[str]:
    """The commands of the processes that a process has started."""
    return [command for child in children_of(pid) if (command := command_of(child))]


def command_of(pid: int) -> str:
    """The command of a process; empty once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def children_of(pid: int) -> list[int]:
    """Those that any thread of a process has started."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found += map(int, (thread / "children").read_text().split())
    return found


def now_s() -> int:
    """The wall clock, whole seconds."""
    return SystemClock().now_ms() // 1000
