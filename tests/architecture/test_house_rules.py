"""Our own rules, kept by machine: file and function length, module docstrings, no packages under tests/."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from testkit.every_file import of_every

ROOT = Path(__file__).parents[2]
PACKAGES = ("run", "tilde", "producers", "streams", "sinks", "api", "watchers")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
CLOSURE_LINES_MAX = 15
FORBIDDEN_NAMES = {"util", "utils", "common", "helpers", "misc", "base", "logging", "types", "queue", "statistics"}


def test_there_are_sources():
    assert len(SOURCES) > 50


@of_every(SOURCES)
def test_a_module_says_what_it_is_and_stays_small(path):
    text = path.read_text()
    tree = ast.parse(text)

    assert text.count("\n") <= FILE_LINES_MAX
    assert not text or ast.get_docstring(tree), "the first line says what the module is for"
    assert path.stem not in FORBIDDEN_NAMES
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node, clean=False) or ""
            length = node.end_lineno - node.lineno + 1 - docstring.count("\n")
            assert length <= FUNCTION_LINES_MAX, f"{node.name} has {length} lines"


@of_every(SOURCES)
def test_what_is_longer_than_a_few_lines_is_no_closure(path):
    """It has a name that a stack trace, a search and a test can use: a method, or a function of the module."""
    for outer in ast.walk(ast.parse(path.read_text())):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [node for node in ast.walk(outer) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)][1:]
            long = [node.name for node in inner if node.end_lineno - node.lineno >= CLOSURE_LINES_MAX]

            assert not long, f"{outer.name} has closures of {CLOSURE_LINES_MAX} lines and more"


def texts_in_the_locales_encoding(text: str) -> list[int]:
    """Lines that read or write a whole text without saying in which encoding."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            said = len(node.args) + len(node.keywords)
            if said < {"read_text": 1, "write_text": 2}.get(node.func.attr, 0):
                found.append(node.lineno)
    return found


@of_every(SOURCES)
def test_a_text_is_read_in_an_encoding_that_is_said(path):
    """In an environment without a locale it would be ASCII: the edge did not start there."""
    assert texts_in_the_locales_encoding(path.read_text()) == []


def test_a_text_in_the_locales_encoding_is_seen():
    assert texts_in_the_locales_encoding('a.read_text()\nb.write_text("x")\nc.read_text("utf-8")') == [1, 2]


def numbers_asked_as_floats(text: str) -> list[int]:
    """Lines that ask a value whether it is whole that may be an int: before Python 3.12 an int cannot say."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
        and node.attr == "is_integer"
        and not (isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "float")
    ]


@of_every(SOURCES)
def test_only_a_float_is_asked_whether_it_is_whole(path):
    """Types do not tell: where a float is said to be, mypy takes an int, as an empty `sum` is one."""
    assert numbers_asked_as_floats(path.read_text()) == []


def test_a_number_that_is_asked_as_a_float_is_seen():
    assert numbers_asked_as_floats("a.is_integer()\nfloat(b).is_integer()\nc.d.is_integer()") == [1, 3]


def test_every_folder_of_tests_is_run():
    """The order is in the Makefile; a folder that is not named there would never fail."""
    named = set(re.findall(r"tests/(\w+)", (ROOT / "Makefile").read_text()))

    assert {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")} == named


def test_no_package_under_tests():
    """tests/unit/sinks/__init__.py would replace the real sinks."""
    assert not list((ROOT / "tests").rglob("__init__.py"))


def identifiers_in(text: str) -> Iterator[str]:
    """What a source uses by its name: reads, asks an object for, imports. What a docstring or a comment says is no use."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name):
                yield name
            case ast.alias(name=name):
                yield name.rpartition(".")[2]


USED = {name for path in SOURCES for name in identifiers_in(path.read_text())}
CALLED_FROM_OUTSIDE = {
    "capture_signals": "uvicorn calls it",
    "main_loop": "uvicorn calls it",
    "_unset_keepalive_if_required": "uvicorn calls it",
    "eof_received": "an event loop calls it",
    "on_header": "the parser calls it",
    "on_url": "the parser calls it",
    "handle_async_request": "httpx calls it",
    "convert": "Starlette calls it",
    "to_string": "Starlette calls it",
    "partition_for_key": "Faust calls it",
    "writable": "Arrow calls it",
    "settings_customise_sources": "Pydantic calls it",
    "is_watched": "nothing else shows that a connection is left in peace",
}
BY_DECORATOR = {"property", "cached_property", "staticmethod", "classmethod", "dataclass", "cache", "contextmanager"}
BY_DECORATOR |= {"asynccontextmanager", "lru_cache", "unique", "override", "runtime_checkable", "abstractmethod"}
"""What a decorator makes of a function or a class, and hands to nobody: it is used by its name."""


def named_in(text: str) -> set[str]:
    """The functions and classes of a source, and the constants of its module. Other decorators than those of
    BY_DECORATOR hand on what they have: a route, a command, a validator.
    """
    tree = ast.parse(text)
    return {name for name in named_at(tree) | defined(ast.walk(tree)) if not name.startswith("__")}


def named_at(tree: ast.Module) -> set[str]:
    """The functions, classes and constants of a module itself."""
    constants = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    constants += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    named = {target.id for target in constants if isinstance(target, ast.Name)} | defined(tree.body)
    return {name for name in named if not name.startswith("__")}


def defined(nodes: Iterable[ast.AST]) -> set[str]:
    return {
        node.name
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and all(decorator(each) in BY_DECORATOR for each in node.decorator_list)
    }


def decorator(node: ast.expr) -> str:
    """Its own name: of `@functools.cache` and `@dataclass(frozen=True)` the last word."""
    return ast.unparse(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]


@of_every(SOURCES)
def test_what_has_a_name_is_used(path):
    """Somewhere in the program: what tests alone use stands in the test kit."""
    assert named_in(path.read_text()) - USED <= CALLED_FROM_OUTSIDE.keys()


def test_whoever_is_called_from_outside_is_there():
    named = {name for path in SOURCES for name in named_in(path.read_text())}

    assert CALLED_FROM_OUTSIDE.keys() == named - USED


def test_names_are_found():
    text = "ONE = 1\n@handed\ndef on(): ...\nclass Two:\n    def three(self): ...\n    def __len__(self): ..."
    decorated = "FOUR: int = 1\n@dataclass(frozen=True)\nclass Five:\n    @property\n    def six(self): ..."

    assert named_in(text) == {"ONE", "Two", "three"}
    assert named_in(f"{decorated}\n    @functools.cache\n    @app.get\n    def on(self): ...") == {
        "FOUR",
        "Five",
        "six",
    }


def test_what_a_docstring_says_is_no_use() -> None:
    text = '''"""As parse_json."""\nimport a.one\nfrom a import two as three\nFOUR = five.six(seven="eight")  # nine'''

    assert set(identifiers_in(text)) == {"one", "two", "five", "six"}


def unreached(texts: Mapping[str, str]) -> set[str]:
    """What sources name, by their paths, and neither use themselves nor have taken by another one."""
    trees = {path: ast.parse(text) for path, text in texts.items()}
    nodes = [node for tree in trees.values() for node in ast.walk(tree)]
    taken = {name.name: name.asname for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names}
    asked = {(last_of(node.value), node.attr) for node in nodes if isinstance(node, ast.Attribute)}
    found = set()
    for path, tree in trees.items():
        module = path.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
        own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        names = named_at(tree) - own - taken.keys()
        found |= {name for name in names if not {(module, name), (taken.get(module), name)} & asked}
    return found


def last_of(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def test_what_a_module_names_is_used_there_or_taken_by_another() -> None:
    """Also where an object has something of the same name, as `log`."""
    texts = {str(path.relative_to(ROOT)): path.read_text() for path in SOURCES}

    assert unreached(texts) == {"ParquetPages"}, "that one is asked of a module that is imported by its name"


def test_a_name_that_nobody_takes_is_found() -> None:
    texts = {
        "room/one.py": "log = 1\ndef used(): ...\ndef tables(): ...\ndef keys(): ...\nused()",
        "room/two.py": "from room import one, three as third\none.keys()\nself.log.write()\nself.tables()",
        "room/three.py": "def told(): ...\ndef asked(): ...",
        "room/four.py": "third.told()",
    }

    assert unreached(texts) == {"log", "tables", "asked"}


STARTED = {
    "run.cli.main": "the program's entry",
    "api.reads.stats.parquet": "imported by its name once somebody asks for it, in a thread",
}


def imported_in(text: str) -> Iterator[str]:
    """The modules that a source imports, and what it takes of them, which may be a module."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str() as module, names=names):
                yield from (module, *(f"{module}.{name.name}" for name in names))


def test_each_module_of_the_program_is_imported_by_it() -> None:
    """What the tools and tests alone need stands with them, and is not shipped."""
    texts = {path: path.read_text() for path in SOURCES if path.name != "__init__.py"}
    imported = {name for path in SOURCES for name in imported_in(path.read_text())}
    modules = {str(path.relative_to(ROOT)).removesuffix(".py").replace("/", ".") for path in texts}

    assert modules - imported == STARTED.keys()


def test_what_is_imported_is_found() -> None:
    text = "import a.b\nfrom c.d import e\ndef inside():\n    from f import g as h"

    assert set(imported_in(text)) == {"a.b", "c.d", "c.d.e", "f", "f.g"}


TESTS = sorted(path for folder in ("tests", "bench", "testkit") for path in (ROOT / folder).rglob("*.py"))
PRIVATE_NAMES_MAX = 1


def private_names(node: ast.expr) -> int:
    """How many private names stand in a row, as two in `edge._log._writer`; not an object's own, as in `self._log`."""
    names = 0
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        if isinstance(node, ast.Attribute):
            is_own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            names += node.attr.startswith("_") and not node.attr.endswith("__") and not is_own
        node = node.func if isinstance(node, ast.Call) else node.value
    return names


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        *(("log.writer", 0), ("log._writer.db", 1), ("log._writer._db", 2), ("log._all()[0].one._db.path", 2)),
        *(("self._log._writer", 1), ("type(self).__name__", 0)),
    ],
)
def test_private_names_in_a_row_are_counted(expression, names):
    assert private_names(ast.parse(expression, mode="eval").body) == names


@of_every(TESTS)
def test_no_test_reaches_through_two_private_names(path):
    """What stands behind a part's own part is nobody else's business: a test of it would break with every move."""
    reached = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and private_names(node) > PRIVATE_NAMES_MAX
    ]

    assert not reached


WHERE_PATHS_ARE_READ = {"tilde/settings.py"}
"""Here a relative path of the user's is made absolute."""
STANDARD_STREAM = "-"
"""What a command calls standard input or output, which is no path."""


@of_every(SOURCES)
def test_no_path_depends_on_the_working_directory(path):
    """chDB moves it for the whole process while it is imported, so what is relative would be looked for elsewhere."""
    if str(path.relative_to(ROOT)) in WHERE_PATHS_ARE_READ:
        return
    text = path.read_text()
    is_of_files = "from pathlib import" in text  # and not FastAPI's Path
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Attribute(attr="chdir" | "fchdir" | "getcwd" | "getcwdb" | "cwd"):
                pytest.fail(f"line {node.lineno} uses {node.attr}")
            case ast.Call(func=ast.Name("Path"), args=[]) if is_of_files:
                pytest.fail(f"line {node.lineno} is the working directory")
            case ast.Call(func=ast.Name("Path" | "open"), args=[ast.Constant(str() as name), *_]):
                assert name == STANDARD_STREAM or name.startswith("/"), f"line {node.lineno}: {name} is relative"


WHERE_CLOCKS_ARE_MADE = re.compile(r"run/.*|[^/]+/wiring\.py")


def made_in(text, name):
    """The lines that make one of this class."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if name in (getattr(call.func, "id", ""), getattr(call.func, "attr", ""))]


@of_every(SOURCES)
def test_a_clock_of_the_machine_is_made_where_parts_are(path):
    """And handed to who needs one: so that a test can hand it another."""
    if not WHERE_CLOCKS_ARE_MADE.fullmatch(str(path.relative_to(ROOT))):
        assert made_in(path.read_text(), "SystemClock") == []


@of_every(SOURCES)
def test_who_makes_threads_ends_them(path):
    """Python waits for each at the end of the process, however long it takes."""
    text = path.read_text()
    assert bool(made_in(text, "ThreadPoolExecutor")) <= bool(made_in(text, "shutdown"))


def test_what_is_made_would_be_found():
    assert made_in("links(SystemClock())", "SystemClock") == made_in("a = clock.SystemClock()", "SystemClock") == [1]
    assert made_in("from clock import SystemClock", "SystemClock") == []
    assert made_in("for one in lines:\n    one.shutdown()", "shutdown") == [2]


PEER = re.compile(r"""["']client["']\]|get\(["']client["']|\.client\.host|peername|x-forwarded-for|self\.client\b""")
PEER_READ_BY = {
    "producers/web/clients.py": "it answers whose a request is",
    "producers/web/connection.py": "it asks of a connection",
    "producers/web/limited_protocol.py": "it writes the answer into the scope",
    "producers/web/lane_protocol.py": "the same of a lane",
}


@of_every(SOURCES)
def test_whose_a_request_is_is_answered_in_one_place(path):
    """Else what a proxy says is believed of strangers, or its clients are one."""
    if path.is_relative_to(ROOT / "producers") or path.is_relative_to(ROOT / "tilde/web"):
        assert str(path.relative_to(ROOT)) in PEER_READ_BY or not PEER.search(path.read_text().lower())


ZONES = "tilde/domain/sites/zones.py"


def zones_made(text: str) -> list[int]:
    """Lines that make a time zone of a name that is no constant."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [
        call.lineno
        for call in calls
        if ast.unparse(call.func).rpartition(".")[2] == "ZoneInfo" and not isinstance(call.args[0], ast.Constant)
    ]


@of_every(SOURCES)
def test_what_a_zones_name_means_is_decided_in_one_place(path):
    """Else one that this machine lacks is UTC in one answer, and no answer in another."""
    assert bool(zones_made(path.read_text())) == (path == ROOT / ZONES)


def test_a_zone_that_is_made_of_a_name_is_found():
    assert zones_made('ZoneInfo("UTC")\nZoneInfo(name)\nzoneinfo.ZoneInfo(product.timezone or "UTC")') == [2, 3]


def nobodys_calls(text: str) -> list[int]:
    """Lines of classes of calls that do not say in their name whose."""
    return [
        node.lineno for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef) and node.name == "_Calls"
    ]


@of_every(SOURCES)
def test_a_routers_class_says_whose_calls_it_has(path):
    """Of forty that are called alike neither a stack trace nor a search tells which. What a maker of routes takes, a
    port, is anybody's: `Calls`.
    """
    assert not nobodys_calls(path.read_text())


def test_calls_of_nobody_are_found():
    assert nobodys_calls("class _StatCalls: ...\nclass _Calls: ...\nif 1:\n    class _Calls(Base): ...") == [2, 4]
    assert nobodys_calls("class Calls(Protocol): ...\n_Calls = list[int]") == []
