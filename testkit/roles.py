"""The distributed mode for tests: the roles as processes of their own on a real Kafka, started again when they die."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from testkit.kafka_broker import KafkaBroker, free_ports
from testkit.waiting import until
from tilde.eventlog.segments import SegmentReader
from tilde.runtime.clock import SystemClock
from tilde.schemas.topics import ACTIVITY, HITS, OF_POINTS
from tilde.web.http_clients import open_client

SHIPPED = (*OF_POINTS, HITS, ACTIVITY)
"""What edges ship, and tables show."""
READY_S = 60.0
STOP_S = 15.0
RESTART_S = 0.3
OPERATOR_TOKEN = "an-operator-token-for-tests"  # noqa: S105 - for loopback
TILDE = [sys.executable, "-m", "run.cli.main"]


class Role:
    """One process that is started again whenever it ends, until `end`."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self._command = command
        self.environment = environment
        self._log = log
        self._ending = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_running, daemon=True)
        self._thread.start()

    def _keep_running(self) -> None:
        while not self._ending.is_set():
            with self._log.open("ab") as log:
                self.process = subprocess.Popen(self._command, stdout=log, stderr=log, env=self.environment)
            self.process.wait()
            self._ending.wait(RESTART_S)

    @property
    def pid(self) -> int | None:
        """Its process; None while it is being started again."""
        process = self.process
        return process.pid if process is not None and process.poll() is None else None

    def output(self) -> str:
        """What it printed last."""
        return self._log.read_text(errors="replace")[-3000:]

    def end(self) -> None:
        """Ends it for good: SIGTERM, then SIGKILL."""
        self._ending.set()
        process = self.process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(STOP_S)


class TildeOnKafka:
    """`tilde migrate`, `edge`, two `streams` and `store` (or `sinks` and `api`, where a store URL is given)."""

    host = "127.0.0.1"

    def __init__(
        self, folder: Path, broker: KafkaBroker, workers: int = 2, command: Sequence[str] = TILDE, **settings: str
    ) -> None:
        self._folder = folder
        self._command = command
        self.port, api_port = free_ports(2)
        self.url = f"http://{self.host}:{self.port}"
        self._workers = workers
        self.environment = os.environ | {
            "TILDE_LOG": f"kafka://{broker.bootstrap}",
            "TILDE_KEY": "5a" * 32,
            "TILDE_OPERATOR_TOKEN": OPERATOR_TOKEN,
            "TILDE_PORT": str(self.port),
            "TILDE_API_PORT": str(api_port),
            "TILDE_API_URL": f"http://127.0.0.1:{api_port}",
            **settings,
        }
        self.roles: dict[str, Role] = {}
        self.client = open_client(self.url, timeout=30, headers={"authorization": f"Bearer {OPERATOR_TOKEN}"})

    def tilde(self, *arguments: str) -> str:
        """What a command prints."""
        done = subprocess.run(
            [*self._command, *arguments], capture_output=True, text=True, env=self.environment, check=False
        )
        assert done.returncode == 0, f"tilde {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def start(self) -> None:
        """Returns once the edge says that all parts run."""
        self.tilde("migrate")
        has_server = "TILDE_STORE" in self.environment
        for name in ["edge", *(f"streams-{n}" for n in range(self._workers))]:
            self.start_role(name)
        for name in ("sinks", "api") if has_server else ("store",):
            self.start_role(name)
        until(self._is_ready, READY_S, lambda: "\n".join(role.output() for role in self.roles.values()))

    def start_role(self, name: str, **settings: str) -> Path:
        """Starts a role of this name, such as `streams-0`, and does not wait for it. Returns its folder. `settings` are
        its own, as variables.
        """
        data = self._folder / name
        data.mkdir(parents=True, exist_ok=True)
        command = [*self._command, name.partition("-")[0], "--data", str(data)]
        self.roles[name] = Role(name, command, self.environment | settings, data / "out")
        return data

    def _is_ready(self) -> bool:
        try:
            return self.client.get("/health").is_success
        except httpx.TransportError:
            return False

    def create_account(self, name: str, **keys: str) -> dict[str, Any]:
        """An account, as the operator's API answers; keys that are not given are made."""
        answer = self.client.post("/tilde/v1/accounts", json={"name": name, "keys": keys})
        assert answer.is_success, answer.text
        return dict(answer.json())

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a statement."""
        answer = self.client.post("/tilde/v1/sql", json={"query": statement, "format": "json"})
        assert answer.is_success, answer.text
        return list(answer.json())

    def passed(self) -> list[int]:
        """How far the tables are in each partition of what edges ship; nothing while a role that should answer is
        away.
        """
        try:
            answer = self.client.get("/tilde/v1/progress")
        except httpx.TransportError:
            return []
        if not answer.is_success:
            return []
        passed = answer.json()["passed"]
        return [offset for topic in SHIPPED for offset in passed[topic.name]]

    def edge_cursor(self) -> int | None:
        """The edge offset up to which its forwarder has shipped, as it saved it; None before the first time."""
        try:
            return int((self._folder / "edge" / "edge" / "shipped").read_text() or 0)
        except FileNotFoundError:
            return None

    def edge_last_seq(self) -> int:
        """The edge offset of the last batch in the edge's own log."""
        reader = SegmentReader(self._folder / "edge" / "edge")
        try:
            return reader.last_seq()
        finally:
            reader.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.client.close()
        for role in reversed(self.roles.values()):
            role.end()


def now_s() -> float:
    """Seconds, for durations in tests."""
    return SystemClock().monotonic_s()
