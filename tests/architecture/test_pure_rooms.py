"""What may be imported where nothing of the outside is known: a list of the standard library's modules that compute and
no more, our own that do no more, and each room's few others. What is not named is an adapter, a clock or a library.

Held to it are the rooms below, every watcher that runs, and every module whose docstring calls it pure.
"""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from testkit.every_file import of_every
from watchers.topology import WATCHERS

ROOT = Path(__file__).parents[2]
PACKAGES = ("run", "tilde", "producers", "streams", "sinks", "api", "watchers")
STANDARD = {
    *("abc", "bisect", "collections", "contextlib", "copy", "dataclasses", "enum", "functools", "heapq", "itertools"),
    *("operator", "typing"),
    *("base64", "binascii", "calendar", "datetime", "decimal", "fractions", "hashlib", "hmac", "ipaddress", "math"),
    *("statistics", "struct", "uuid", "zlib", "zoneinfo"),
    *("email.headerregistry", "email.message", "email.policy", "html", "json", "re", "string", "textwrap"),
    *("unicodedata", "urllib.parse", "xml.sax.saxutils"),
}
"""Of the standard library, what only computes. `zoneinfo` reads files that change with no run of ours."""
ASKED_OF_THE_MACHINE = {"now", "utcnow", "today", "uuid1", "uuid4", "open", "__import__", "exec", "eval"}
"""What such modules, and Python itself, would tell of the hour, of chance and of files."""

DOMAIN = ("tilde.domain", "tilde.errors")
SCHEMAS = (*DOMAIN, "tilde.schemas", "tilde.memo")
CALLED_PURE = (*SCHEMAS, "tilde.web.parameters", "orjson")
"""What rules may know, at whatever end: how parameters and JSON are taken apart and events are encoded, no request."""
LOOKS = (*SCHEMAS, "watchers.contract", "watchers.occasions", "watchers.parts")
"""What a watcher may know: it is made with parts."""
RECORDS_FOLDERS = sorted(str(path.parent.relative_to(ROOT)) for path in ROOT.glob("tilde/dialects/*/record.py"))
"""Folders of dialects of which both ends share more than a record: their files know each other."""
ROOMS = {
    "tilde/domain": DOMAIN,
    "tilde/domain/sites/hosts.py": ("idna",),
    "tilde/dialects": ("tilde.dialects.dialect", "tilde.own_paths", "http"),
    **dict.fromkeys(
        sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tilde/dialects/**/settings.py")),
        ("inspect", "pydantic", "tilde.dialects.settings", "tilde.runtime.urls"),
    ),
    "tilde/dialects/statsmix": ("tilde.domain.stats", "tilde.domain.texts"),
    "streams/state.py": ("orjson",),
    "streams/contract.py": (*SCHEMAS, "streams.state"),
    "streams/processors": (*SCHEMAS, "streams.contract", "streams.state", "streams.processors", "orjson"),
    "watchers/contract.py": (*SCHEMAS, "watchers.occasions"),
    "watchers/occasions.py": DOMAIN,
    "watchers/mail/contract.py": ("watchers.contract", "watchers.mail.letter", "orjson"),
    "watchers/mail/letter.py": ("tilde.runtime.visible",),
    "watchers/mail/schedule.py": (*DOMAIN, "watchers.occasions"),
    **dict.fromkeys(sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("producers/*/reasons.py")), DOMAIN),
    "producers/stathat/posts.py": ("producers.web.json_bodies",),
    "tilde/eventlog/port.py": ("tilde.errors",),
    "tilde/store/port.py": ("tilde.errors",),
}
EXCEPTED = {"tilde/dialects/known.py": "it lists them"}
SAYS_SO = re.compile(r"\bpure\b", re.IGNORECASE)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").replace("/", ".")


def files_of(room: str) -> set[Path]:
    path = ROOT / room
    return {path} if path.suffix else set(path.rglob("*.py"))


def calls_itself_pure(text: str) -> bool:
    return bool(SAYS_SO.search(text) and SAYS_SO.search(ast.get_docstring(ast.parse(text)) or ""))


LOOKING = {Path(str(sys.modules[make.__module__].__file__)) for make in WATCHERS}
OF_ROOMS = {path for room in ROOMS for path in files_of(room)}
SAYING_SO = {
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if calls_itself_pure(path.read_text())
}
PURE = {path for path in OF_ROOMS | SAYING_SO | LOOKING if name_of(path) not in EXCEPTED}


def allowed_to(path: Path) -> set[str]:
    """What the rooms that a file is in allow: the files of a dialect's folder know each other. A rule that is in no
    room, and a watcher, may know other pure modules besides.
    """
    name = name_of(path)
    allowed = {one for room, some in ROOMS.items() if f"{name}/".startswith(f"{room}/") for one in some}
    allowed |= {folder.replace("/", ".") for folder in RECORDS_FOLDERS if name.startswith(f"{folder}/")}
    if path in LOOKING:
        allowed |= {*LOOKS, *map(module_of, PURE)}
    elif path in SAYING_SO and not name.startswith(("tilde/", "streams/", "watchers/")):
        allowed |= {*CALLED_PURE, *map(module_of, PURE)}
    return allowed


def imported(text: str) -> set[str]:
    """Whole names of the modules."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module
            names.add(node.module)
    return names


def asked(text: str) -> set[str]:
    """What a source calls that asks the machine."""
    called = {node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)}
    names = {getattr(one, "attr", getattr(one, "id", "")) for one in called}
    return names & ASKED_OF_THE_MACHINE


def impure(text: str, allowed: set[str]) -> set[str]:
    """What a source imports or calls that no list allows."""
    known = STANDARD | allowed
    others = {name for name in imported(text) if not any(f"{name}.".startswith(f"{one}.") for one in known)}
    return others | asked(text)


@of_every(sorted(PURE))
def test_a_pure_module_imports_what_is_pure(path: Path) -> None:
    assert impure(path.read_text(), allowed_to(path)) == set()


def test_who_is_held_to_it_is_found_by_what_it_is() -> None:
    """A room, a watcher that runs, a module that says so: one of each, of each stage."""
    held = {name_of(path) for path in PURE}

    assert {"tilde/domain/log/versions.py", "streams/processors/stats.py"} <= held
    assert {"watchers/mail/reports.py", "watchers/mail/new_stats.py"} <= held
    assert {"producers/clicky/hits/reading.py", "producers/statsmix/posts.py", "api/reads/durations.py"} <= held
    assert {name_of(path) for path in LOOKING} == {"watchers/mail/reports.py", "watchers/mail/new_stats.py"}


def test_an_adapter_would_be_found() -> None:
    """The control: the log in files, by what the domain may know."""
    text = (ROOT / "tilde/eventlog/logfile.py").read_text()

    assert impure(text, set(DOMAIN)) >= {"sqlite3", "pathlib", "tilde.eventlog.port"}


FAULTS = [
    ("tilde/domain/log/versions.py", "import multiprocessing", {"multiprocessing"}),
    ("tilde/domain/log/versions.py", "import smtplib", {"smtplib"}),
    ("tilde/domain/log/versions.py", "from concurrent.futures import ThreadPoolExecutor", {"concurrent.futures"}),
    ("tilde/domain/log/versions.py", "from tilde import runtime", {"tilde"}),
    ("tilde/domain/log/versions.py", "import urllib.request", {"urllib.request"}),
    ("tilde/domain/catalog/entries.py", "import time", {"time"}),
    ("tilde/domain/catalog/entries.py", "import datetime\nat = datetime.datetime.now()", {"now"}),
    ("tilde/domain/catalog/entries.py", "text = open('/etc/passwd').read()", {"open"}),
    ("watchers/mail/reports.py", "from tilde.runtime.clock import SystemClock", {"tilde.runtime.clock"}),
    ("watchers/mail/reports.py", "from watchers.mail.daily_numbers import days", {"watchers.mail.daily_numbers"}),
    ("watchers/mail/new_stats.py", "from tilde.store import StoreReader", {"tilde.store"}),
    ("producers/clicky/hits/reading.py", "from fastapi import Request", {"fastapi"}),
    ("producers/clicky/hits/reading.py", "import producers.clicky.hits.intake", {"producers.clicky.hits.intake"}),
    ("producers/statsmix/posts.py", "from producers.web.lane import Lane", {"producers.web.lane"}),
    ("streams/processors/samples.py", "import tilde.eventlog.kafka", {"tilde.eventlog.kafka"}),
    ("tilde/dialects/stathat/record.py", "from tilde.dialects import statsmix", {"tilde.dialects"}),
    ("tilde/dialects/stathat/record.py", "from tilde.dialects.statsmix import xml", {"tilde.dialects.statsmix"}),
    ("tilde/dialects/kissmetrics.py", "from tilde.dialects.stathat import record", {"tilde.dialects.stathat"}),
    ("tilde/dialects/stathat/record.py", "from tilde.domain.stats import kinds", {"tilde.domain.stats"}),
]


@pytest.mark.parametrize(("name", "line", "found"), FAULTS, ids=[f"{name}: {line}" for name, line, _ in FAULTS])
def test_each_of_these_faults_would_be_found(name: str, line: str, found: set[str]) -> None:
    """In the module itself, by all that it may know: no more is found, so the line is what breaks it."""
    path = ROOT / name

    assert path in PURE
    assert impure(f"{path.read_text()}\n{line}\n", allowed_to(path)) == found


def test_files_of_a_records_folder_may_know_each_other() -> None:
    """Of whichever dialect: the folder is one thing."""
    assert "tilde/dialects/stathat" in RECORDS_FOLDERS
    for folder in RECORDS_FOLDERS:
        package = folder.replace("/", ".")
        path = ROOT / folder / "record.py"

        assert impure(f"{path.read_text()}\nfrom {package} import settings\n", allowed_to(path)) == set()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('"""The rules of a call, pure, and in order."""', True),
        ('"""Pure: what goes into it was looked up before."""', True),
        ('"""How a purely decorative page is served."""', False),
        ("def pure(): ...", False),
    ],
)
def test_a_module_calls_itself_pure_in_its_docstring(text: str, says: bool) -> None:
    assert calls_itself_pure(text) is says


def test_the_contract_of_the_long_way_names_every_watcher_that_runs() -> None:
    """import-linter follows imports through other modules, and knows the modules that it is told (`pyproject.toml`)."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (sources,) = [each["source_modules"] for each in contracts if each["name"].startswith("what folds and looks")]

    assert {module_of(path) for path in LOOKING} <= set(sources)
