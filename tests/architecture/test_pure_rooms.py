"""What may be imported where nothing of the outside is known: everything else is an adapter, a clock or a library."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Of the standard library, what has to do with files, networks, processes, threads and clocks.
OUTSIDE = {
    "asyncio",
    "http",
    "io",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "select",
    "shutil",
    "signal",
    "socket",
}
OUTSIDE |= {"sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib"}
PURE = sys.stdlib_module_names - OUTSIDE

DOMAIN = ("tilde.domain", "tilde.errors")
SCHEMAS = (*DOMAIN, "tilde.schemas")
POSTS = (*DOMAIN, "tilde.web.parameters", "orjson")
"""What the rules by which a dialect reads a post may know: how parameters and JSON are taken apart, and no request."""
ROOMS = {
    "tilde/domain": DOMAIN,
    "tilde/domain/sites/hosts.py": ("idna",),
    "tilde/dialects": ("tilde.dialects.dialect", "tilde.own_paths", "http"),
    "tilde/dialects/statsmix": ("tilde.dialects.statsmix",),
    "streams/state.py": ("orjson",),
    "streams/contract.py": (*SCHEMAS, "streams.state"),
    "streams/processors": (*SCHEMAS, "streams.contract", "streams.state", "streams.processors", "orjson"),
    "watchers/contract.py": (*SCHEMAS, "watchers.occasions"),
    "watchers/occasions.py": DOMAIN,
    "watchers/mail/contract.py": ("watchers.contract", "watchers.mail.letter", "orjson"),
    "watchers/mail/letter.py": ("tilde.runtime.visible",),
    "watchers/mail/schedule.py": (*DOMAIN, "watchers.occasions"),
    "watchers/mail/new_stats.py": (*SCHEMAS, "watchers.contract", "watchers.mail.contract", "watchers.occasions"),
    **dict.fromkeys(sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("producers/*/reasons.py")), DOMAIN),
    "producers/stathat/posts.py": (*POSTS, "producers.stathat.reasons", "producers.web.json_bodies"),
    "producers/statsmix/posts.py": (*POSTS, "producers.statsmix.reasons", "tilde.dialects.statsmix"),
    "tilde/eventlog/port.py": ("tilde.errors",),
    "tilde/store/port.py": ("tilde.errors",),
}
EXCEPTED = {"tilde/dialects/known.py": "it lists them"}


def files_of(room: str) -> list[Path]:
    path = ROOT / room
    return [path] if path.suffix else sorted(path.rglob("*.py"))


def allowed_to(path: Path) -> tuple[str, ...]:
    """What the rooms that a file is in allow: the files of a dialect's folder know each other."""
    name = str(path.relative_to(ROOT))
    return sum((allowed for room, allowed in ROOMS.items() if f"{name}/".startswith(f"{room}/")), ())


FILES = [
    pytest.param(path, allowed_to(path), id=str(path.relative_to(ROOT)))
    for path in sorted({path for room in ROOMS for path in files_of(room)})
    if str(path.relative_to(ROOT)) not in EXCEPTED
]


def imported(path: Path) -> set[str]:
    """Whole names of the modules."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module
            names.add(node.module)
    return names


@pytest.mark.parametrize(("path", "allowed"), FILES)
def test_a_pure_room_imports_what_is_pure(path: Path, allowed: tuple[str, ...]) -> None:
    others = {
        name
        for name in imported(path)
        if name.partition(".")[0] not in PURE and not any(f"{name}.".startswith(f"{one}.") for one in allowed)
    }

    assert others == set()


def test_what_is_looked_for_would_be_found() -> None:
    """The control: an adapter of the log imports what no pure room may."""
    assert {"sqlite3", "tilde.eventlog"} & imported(ROOT / "tilde/eventlog/logfile.py")
