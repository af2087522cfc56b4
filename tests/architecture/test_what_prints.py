"""Two modules write to standard output and standard error, so that what users typed is text there."""

import ast
from pathlib import Path

import pytest

from testkit.every_file import of_every

ROOT = Path(__file__).parents[2]
PACKAGES = ("run", "tilde", "producers", "streams", "sinks", "api", "watchers")
THE_PLACES = {"run/process/printing.py", "tilde/runtime/telling.py"}
SOURCES = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if (name := str(path.relative_to(ROOT))) not in THE_PLACES and not name.startswith("testkit/")
]
WRITERS = {"print", "echo", "secho", "Console", "write_through"}
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}


def faults_of(source: str) -> list[str]:
    """The lines that write by themselves."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            if name in WRITERS:
                found.append(f"line {node.lineno}: {name}")
        # A child process has them too, to be read.
        if isinstance(node, ast.Attribute) and node.attr in STREAMS and getattr(node.value, "id", "") == "sys":
            found.append(f"line {node.lineno}: {node.attr}")
    return found


@of_every(SOURCES)
def test_nothing_else_writes(path: Path) -> None:
    """To eyes by run/process/printing.py, to operators by tilde/runtime/telling.py."""
    assert faults_of(path.read_text()) == []


@pytest.mark.parametrize("source", ["print(1)", "typer.echo('x')", "Console().rule()", "sys.stderr.write('x')"])
def test_the_rule_finds_one(source: str) -> None:
    """So the test above can fail."""
    assert len(faults_of(source)) == 1
