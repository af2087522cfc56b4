"""A private name is its own class's: neither who inherits that class in another module, nor who imports its module,
uses it. What they use has a public name and is said there. (That nobody says `other._name` ruff keeps.)
"""

import ast
from functools import cache
from pathlib import Path

from testkit.every_file import of_every

ROOT = Path(__file__).parents[2]
PACKAGES = ("run", "tilde", "producers", "streams", "sinks", "api", "watchers")
SOURCES = {
    str(path.relative_to(ROOT)): path.read_text()
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
NOT_OURS = {"_start_asgi_task": "uvicorn calls it, and has no public way"}


@cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in NOT_OURS


def classes_in(tree: ast.Module) -> dict[str, ast.ClassDef]:
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def imported_in(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """By the name that it has here: the file, and the name there, of what is imported by name."""
    return {
        alias.asname or alias.name: (f"{node.module.replace('.', '/')}.py", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def made_in(node: ast.ClassDef) -> set[str]:
    """The private names that a class makes: methods, attributes, and what stands in it."""
    names = set()
    for each in ast.walk(node):
        match each:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store()) | ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
    return set(filter(is_private, names))


def used_in(node: ast.ClassDef) -> set[str]:
    """The private names that a class uses of itself, or of what it inherits."""
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        and is_private(each.attr)
        and ast.unparse(each.value) in ("self", "cls", "super()")
    }


def bases_of(sources: dict[str, str], file: str, name: str) -> list[tuple[str, ast.ClassDef]]:
    """All that a class inherits of ours, each with its file; itself first."""
    if file not in sources:
        return []
    tree = parsed(sources[file])
    node = classes_in(tree).get(name)
    if node is None:
        return []
    imported = imported_in(tree)
    bases = (base.value if isinstance(base, ast.Subscript) else base for base in node.bases)
    found = (bases_of(sources, *imported.get(base.id, (file, base.id))) for base in bases if isinstance(base, ast.Name))
    return [(file, node), *(each for some in found for each in some)]


def borrowed(sources: dict[str, str], file: str) -> set[str]:
    """The private names of other modules that one uses: of what it inherits, or imports."""
    tree = parsed(sources[file])
    names = {f"import {name}" for where, name in imported_in(tree).values() if where in sources and is_private(name)}
    for class_ in classes_in(tree):
        inherited = bases_of(sources, file, class_)
        here = {name for where, node in inherited if where == file for name in made_in(node) | used_in(node)}
        made_here = {name for where, node in inherited if where == file for name in made_in(node)}
        made_there = {name for where, node in inherited if where != file for name in made_in(node)}
        names |= {f"{class_}.{name}" for name in (here & made_there) | (here - made_here)}
    return names


@of_every(ROOT / file for file in SOURCES)
def test_a_private_name_is_its_own_modules(path: Path) -> None:
    """Else a change of what nobody seems to use changes what another file does."""
    assert borrowed(SOURCES, str(path.relative_to(ROOT))) == set()


def test_a_private_name_that_is_borrowed_is_found() -> None:
    """Used or replaced, however long the way; what stands in one module is its own business."""
    sources = {
        "one.py": "class Base:\n    def __init__(self): self._a = 1\n    def _b(self): ...\n_c = 2",
        "two.py": "from one import Base\nclass Middle(Base): ...",
        "used.py": "from two import Middle\nclass Top(Middle):\n    def c(self): return self._a",
        "replaced.py": "from two import Middle as M\nclass Top(M):\n    def _b(self): ...",
        "above.py": "from one import Base\nclass Top(Base):\n    def b(self): return super()._b()",
        "imported.py": "from one import _c",
        "own.py": "class A:\n    _b = 1\nclass B(A):\n    def c(self): return self._b, self.d, self.__dict__",
    }

    assert {name: borrowed(sources, name) for name in sources} == {
        **{name: set() for name in ("one.py", "two.py", "own.py")},
        "used.py": {"Top._a"},
        "replaced.py": {"Top._b"},
        "above.py": {"Top._b"},
        "imported.py": {"import _c"},
    }
