"""A real Kafka broker for tests: it can be paused, killed and started again, and never outlives its test."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from testkit.waiting import PATIENCE_S, until

_SCRIPT = Path(__file__).parents[1] / "deploy" / "kafka" / "kafka.sh"

# Becomes the broker, and leaves a guard in the same process group: when our end of its standard input closes,
# because we closed it or because we are dead, the guard kills the group. It names no process id, so it cannot
# hit a stranger; and unlike the kernel's parent-death signal it does not go off when only a thread ends.
_GUARDED_RUN = 'exec 3<&0 </dev/null; (cat <&3; kill -KILL 0) & exec 3<&-; exec "$0" run'

# Below 32768, where the ports of outgoing connections begin: a client that keeps knocking at a dead broker's
# port could otherwise be given that very port, be connected to itself, and hold it against the restart.
_PORTS = range(20_000, 32_000)

# The first start fetches 44 MB of jars and makes the archive; every other one takes 2 seconds, and 5 after a kill.
_START_S_MAX = 180
_POLL_S = 0.1


class KafkaBroker:
    """One broker on free ports of this machine, with its own temporary data; use it as a context manager.

    The broker ends when the process that started it does, even by SIGKILL (its data are left behind then).
    A method returns when what it says has happened. A broker belongs to one thread at a time.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tilde-kafka-")
        self._port, self._controller_port = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def missing() -> str | None:
        """What this machine lacks to run a broker, in plain words; None when it lacks nothing."""
        if not _SCRIPT.exists():
            return "The broker's script deploy/kafka/kafka.sh comes with a checkout, not with a package."
        return _missing(os.environ.get("JAVA_HOME"), os.environ.get("PATH"))

    @property
    def bootstrap(self) -> str:
        """The address for clients; the same for the life of this object, restarts included."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The process id of the running broker."""
        return self._running().pid

    def start(self) -> None:
        """Start, and return when clients can make topics; RuntimeError, with the end of its log, if not."""
        assert self._process is None, "the broker runs already"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _GUARDED_RUN, _SCRIPT],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self.kill()
            raise

    def pause(self) -> None:
        """Stop the broker in its tracks: connections stay open and nothing is answered, from when this returns."""
        pid = self.pid
        os.kill(pid, signal.SIGSTOP)
        until(lambda: _is_stopped(pid), PATIENCE_S, lambda: "the broker does not stop")

    def resume(self) -> None:
        """Let a paused broker go on where it stood."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End the broker at once, without a word to its clients (SIGKILL), paused or not; its data stay."""
        process = self._running()
        os.killpg(process.pid, signal.SIGKILL)
        self._reap(process)

    def restart(self) -> None:
        """Start again on the same ports and data; a broker that still runs is ended in good order before."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
            self._reap(self._process)
        self.start()

    def stop(self) -> None:
        """End the broker, if it runs, and remove its data. It cannot be started again."""
        if self._process is not None:
            self.kill()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return Path(self._folder.name) / "broker.log"

    @property
    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "KAFKA_DATA": self._folder.name,
            "KAFKA_PORT": str(self._port),
            "KAFKA_CONTROLLER_PORT": str(self._controller_port),
        }

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the broker does not run"
        return self._process

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(int(_START_S_MAX / _POLL_S)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_POLL_S)
                raise RuntimeError(f"Kafka ended before it was ready:\n{self._last_words()}")
            if self._accepts_clients():
                return
        raise RuntimeError(f"Kafka was not ready after {_START_S_MAX} s:\n{self._last_words()}")

    def _accepts_clients(self) -> bool:
        with socket.socket() as probe:  # to ask takes ten processes, which a port that is closed is not worth
            if probe.connect_ex(("127.0.0.1", self._port)) != 0:
                return False
        ask = [str(_SCRIPT), "status"]
        return subprocess.run(ask, env=self._environment, capture_output=True, check=False).returncode == 0

    def _last_words(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        """Leave nothing of an ended broker: neither its process entry nor its guard."""
        process.wait()
        assert process.stdin is not None
        process.stdin.close()
        self._process = None


@cache
def _missing(java_home: str | None, path: str | None) -> str | None:
    """Asked once a process, since the script asks Java, and each file with a broker in it asks for its own marks."""
    check = subprocess.run([_SCRIPT, "check"], capture_output=True, text=True, check=False)
    return check.stderr.strip() or None


def free_ports(count: int) -> list[int]:
    """Ports that nobody listened on a moment ago, and that no outgoing connection will take."""
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        for port in random.sample(_PORTS, len(_PORTS)):
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                ports.append(port)
            if len(ports) == count:
                return ports
    raise RuntimeError(f"no {count} free ports between {_PORTS.start} and {_PORTS.stop}")


def _is_stopped(pid: int) -> bool:
    """Whether every thread is: a signal reaches those that run a moment later."""
    states = [stat.read_text().rpartition(")")[2].split()[0] for stat in Path(f"/proc/{pid}/task").glob("*/stat")]
    return set(states) <= {"T", "t"}
