"""Our own rules, kept by machine: file and function length, module docstrings, no packages under tests/."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("run", "tilde", "producers", "streams", "sinks", "api")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
FORBIDDEN_NAMES = {"util", "utils", "common", "helpers", "misc", "base", "logging", "types", "queue", "statistics"}


def test_there_are_sources():
    assert len(SOURCES) > 50


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
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


def test_no_package_under_tests():
    """tests/unit/sinks/__init__.py would replace the real sinks."""
    assert not list((ROOT / "tests").rglob("__init__.py"))


WHERE_PATHS_ARE_READ = {"tilde/settings.py"}
"""Here a relative path of the user's is made absolute."""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
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
                assert name.startswith("/"), f"line {node.lineno}: {name} is relative"
