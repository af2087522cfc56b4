"""StatHat's real client libraries, unmodified, pointed at a Tilde: which, how each installs, how each posts.

Each runs in a process of its own: a small program per language takes posts as JSON and prints what the
client's caller saw. They are installed when first asked for, from lock files with hashes, into the user's
cache folder: below tests/ the packages of a virtual environment would pass for ours.

Published too, but past use on Python 3: `python-stathat` 0.2.0 (names a parameter `async`) and `txstathat`
0.2.0 (formats bytes; wants Twisted's getPage, which is gone). What these send, and those that were never in
a registry, stands in tests/golden/stathat.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from tools import scripts

HERE = Path(__file__).parent
INSTALLED = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tilde-test-clients"
DEBIAN_GO = Path("/usr/share/gocode")  # where Debian's packages put Go sources, on any machine
RUN_MAX_S = 60
INSTALL_MAX_S = 300

Takes = Literal["counter", "value", "t", "classic", "unicode"]
Arguments = Sequence[str | Path]
Environment = Mapping[str, str]


@dataclass(frozen=True)
class Post:
    """One call of a client: by ezkey and name, or by stat key and ukey where `key` is given."""

    kind: Literal["counter", "value"]
    number: float
    ezkey: str = ""
    stat: str = ""
    ukey: str = ""
    key: str = ""
    t: int | None = None


class Platform(Protocol):
    """What a client runs on."""

    def missing(self) -> str | None:
        """Why nothing can run on it here, said to the reader of a skipped test; None when it can."""
        ...

    def command(self, package: str, base_url: str) -> tuple[Arguments, Environment]:
        """The runner's arguments and environment. Installs first where needed; raises RuntimeError."""
        ...


@dataclass(frozen=True)
class Client:
    """One client library. `content` is what its caller sees of a post that went well, by its own idea."""

    name: str
    platform: Platform
    package: str
    content: Any
    takes: frozenset[Takes]

    def __str__(self) -> str:
        return self.name

    def missing(self) -> str | None:
        """Why it cannot run here, or None."""
        return self.platform.missing()

    def post(self, base_url: str, posts: Sequence[Post]) -> list[Any]:
        """Posts to a Tilde; returns what its caller saw of each. Raises RuntimeError where it did not run."""
        argv, environment = self.platform.command(self.package, base_url)
        stdin = json.dumps([asdict(post) for post in posts])
        return list(json.loads(ran(argv, RUN_MAX_S, environment, stdin)))


class Node:
    """npm's packages; a preloaded script leads their built-in host to the Tilde."""

    def missing(self) -> str | None:
        """Needs Node.js and npm."""
        lacking = [program for program in ("node", "npm") if shutil.which(program) is None]
        return f"not installed: {' and '.join(lacking)} (for StatHat's npm packages)" if lacking else None

    def command(self, package: str, base_url: str) -> tuple[Arguments, Environment]:
        """node, with the redirection preloaded."""
        folder = once("node", ["package.json", "package-lock.json"], self._install)
        argv: Arguments = [
            "node",
            "--require",
            HERE / "node_redirect.cjs",
            HERE / "node_clients.cjs",
            package,
        ]
        return argv, {"TILDE_URL": base_url, "TILDE_CLIENTS": str(folder)}

    @staticmethod
    def _install(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        ran(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder], INSTALL_MAX_S)


class Python:
    """PyPI's packages, in a virtual environment away from Tilde's own dependencies."""

    def missing(self) -> str | None:
        """Needs a Python that can still build them."""
        if sys.version_info >= (3, 12):
            return "StatHat's PyPI packages need Python 3.11 (setuptools 57 converts one from Python 2)"
        return None

    def command(self, package: str, base_url: str) -> tuple[Arguments, Environment]:
        """The environment's own interpreter."""
        folder = once("python", ["requirements.build.lock", "requirements.lock"], self._install)
        return [folder / "bin/python", HERE / "python_clients.py", package], {"TILDE_URL": base_url}

    @staticmethod
    def _install(folder: Path) -> None:
        ran([sys.executable, "-m", "venv", folder], INSTALL_MAX_S)
        pip: Arguments = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--require-hashes"]
        ran([*pip, "-r", HERE / "requirements.build.lock"], INSTALL_MAX_S)
        ran([*pip, "--no-build-isolation", "-r", HERE / "requirements.lock"], INSTALL_MAX_S)


def seen_by_the_registry_client(url: str, message: bytes) -> dict[str, Any]:
    """What Confluent's schema registry client makes of a registry, and of a message of `points`. Raises RuntimeError."""

    def install(folder: Path) -> None:
        ran([sys.executable, "-m", "venv", folder], INSTALL_MAX_S)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:"]
        ran([*pip, "-r", HERE / "registry.lock"], INSTALL_MAX_S)

    folder = once("registry", ["registry.lock"], install)
    seen = ran([folder / "bin/python", HERE / "registry_client.py", url], RUN_MAX_S, stdin=message.hex())
    return dict(json.loads(seen))


def bundler() -> Path:
    """The folder in which the bundler of what pages load is. Raises CalledProcessError."""
    return once("bundler", [str(file) for file in scripts.PINNED], scripts.install)


class Go:
    """StatHat's own Go package, as Debian ships it; the Tilde is its HTTP proxy, so it is sent whole URLs."""

    def missing(self) -> str | None:
        """Needs Go and Debian's package of the sources."""
        if shutil.which("go") is None:
            return "not installed: go (for StatHat's Go package)"
        if not (DEBIAN_GO / "src/github.com/stathat/go").is_dir():
            return "not installed: StatHat's Go package (apt-get install golang-github-stathat-go-dev)"
        return None

    def command(self, package: str, base_url: str) -> tuple[Arguments, Environment]:
        """The compiled runner."""
        source = HERE / package / "main.go"
        folder = once("go", [f"{package}/main.go"], lambda folder: self._build(source, folder))
        return [folder / "runner"], {"HTTP_PROXY": base_url, "NO_PROXY": ""}

    @staticmethod
    def _build(source: Path, folder: Path) -> None:
        # The package is older than modules.
        environment = {"GO111MODULE": "off", "GOPATH": str(DEBIAN_GO), "GOFLAGS": ""}
        ran(["go", "build", "-o", folder / "runner", source], INSTALL_MAX_S, environment)


_OK = '{"status":200,"msg":"ok"}'
_EVERY_CALL: frozenset[Takes] = frozenset({"counter", "value", "t", "classic", "unicode"})
_BY_NAME: frozenset[Takes] = frozenset({"counter", "value", "unicode"})

CLIENTS = [
    Client("npm-stathat", Node(), "stathat", [200, _OK], _EVERY_CALL - {"unicode"}),
    Client("npm-node-stathat", Node(), "node-stathat", [200, json.loads(_OK)], _EVERY_CALL),
    Client(
        "npm-statsd-stathat-backend",
        Node(),
        "statsd-stathat-backend",
        {"successful_send": 1, "failed_send": 0},
        frozenset({"counter", "unicode"}),
    ),
    Client("pypi-stathat", Python(), "stathat", True, _BY_NAME),
    Client("pypi-stathat-async", Python(), "stathatasync", None, _BY_NAME),
    Client("pypi-flask-stathat", Python(), "flask_stathat", "the page", _BY_NAME),
    Client("debian-go-stathat", Go(), "go_stathat", None, _EVERY_CALL),
]


def once(name: str, made_of: Sequence[str], make: Callable[[Path], None]) -> Path:
    """A folder that `make` filled, anew when a lock file changes; one test process makes it, others wait."""
    digest = hashlib.sha256(b"".join((HERE / file).read_bytes() for file in made_of)).hexdigest()
    folder = INSTALLED / f"{name}-{digest[:12]}"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "done").touch()
    return folder


def ran(argv: Arguments, max_s: float, environment: Environment | None = None, stdin: str = "") -> str:
    """What a program printed. Raises RuntimeError with its last words where it failed or took too long."""
    try:
        env = os.environ | (environment or {})
        done = subprocess.run(
            argv,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=max_s,
            env=env,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{argv[0]} took more than {max_s} s") from None
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout
