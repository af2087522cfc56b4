"""Kissmetrics' real client libraries, unmodified, pointed at a Tilde: which, how each installs, how each calls.

As in `runners.py`. One was written for Python 2: it is translated by Python's own tool, and sends what it sent. What
those send that were never in a registry, or are of other languages, stands in tests/golden/test_kissmetrics_wire.py.
"""

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.clients.runners import HERE, INSTALL_MAX_S, RUN_MAX_S, Arguments, Environment, Node, Python, once, ran

FOLDER = HERE / "kissmetrics"
_PINNED = ("kissmetrics/package.json", "kissmetrics/package-lock.json")


@dataclass(frozen=True)
class Call:
    """One call of a client. `t` is None where it says no time."""

    act: str
    person: str
    name: str | None = None
    other: str | None = None
    properties: Mapping[str, str | float] = field(default_factory=dict)
    t: int | None = None


Command = Callable[[str, str], tuple[Arguments, Environment]]
"""Of a package, for a Tilde's URL: a runner's arguments, but for the key, and its environment. Installs first where
needed; raises RuntimeError.
"""


@dataclass(frozen=True)
class TrackingClient:
    """One client library. `content` is what its caller sees of a call that went well, by its own idea; `escapes`:
    whether it writes `&`, `+` and the like as they have to be in a URL.
    """

    package: str
    command: Command
    missing: Callable[[], str | None]
    content: Any
    escapes: bool = True

    def __str__(self) -> str:
        return self.package

    def call(self, base_url: str, key: str, calls: Sequence[Call]) -> list[Any]:
        """Calls a Tilde; returns what its caller saw of each. Raises RuntimeError where it did not run."""
        argv, environment = self.command(self.package, base_url)
        return list(json.loads(ran([*argv, key], RUN_MAX_S, environment, json.dumps(list(map(asdict, calls))))))


def _node(package: str, base_url: str) -> tuple[Arguments, Environment]:
    def install(folder: Path) -> None:
        for name in _PINNED:
            shutil.copy(HERE / name, folder)
        ran(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder], INSTALL_MAX_S)

    folder = once("node-kissmetrics", _PINNED, install)
    return ["node", FOLDER / "node_clients.cjs", package], {"TILDE_URL": base_url, "TILDE_CLIENTS": str(folder)}


def _python(package: str, base_url: str) -> tuple[Arguments, Environment]:
    lock = f"kissmetrics/{package}.lock"

    def install(folder: Path) -> None:
        ran([sys.executable, "-m", "venv", folder], INSTALL_MAX_S)
        pip: Arguments = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--require-hashes"]
        ran([*pip, "-r", HERE / "requirements.build.lock"], INSTALL_MAX_S)
        ran([*pip, "--no-build-isolation", "-r", HERE / lock], INSTALL_MAX_S)
        if package == "KISSmetrics":
            (module,) = folder.glob("lib/python*/site-packages/KISSmetrics")
            ran([folder / "bin/python", "-W", "ignore", "-m", "lib2to3", "-w", "-n", module], INSTALL_MAX_S)

    folder = once(f"python-{package}", ["requirements.build.lock", lock], install)
    return [folder / "bin/python", FOLDER / "python_clients.py", package], {"TILDE_URL": base_url}


_NPM, _PYPI = Node().missing, Python().missing
CLIENTS = [
    TrackingClient("KISSmetrics", _python, _PYPI, None),
    TrackingClient("py-KISSmetrics", _python, _PYPI, [200, "image/gif", 43]),
    TrackingClient("kissmetrics", _node, _NPM, None, escapes=False),
    TrackingClient("kissmymetrics", _node, _NPM, None),
]
