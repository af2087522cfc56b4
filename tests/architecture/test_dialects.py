"""General rooms know dialects by their records (tilde/dialects/) alone."""

import ast
from pathlib import Path

import pytest

from tilde.dialects.known import DIALECTS

ROOT = Path(__file__).parents[2]
GENERAL = [*ROOT.glob("producers/*.py"), *ROOT.glob("api/*.py"), *ROOT.glob("tilde/*.py")]
WIRINGS = {"producers/wiring.py", "api/wiring.py"}
PATHS = [path for dialect in DIALECTS for path in (*dialect.posts.exact, *dialect.reads.below)]


@pytest.mark.parametrize("path", GENERAL, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_general_file_names_a_dialects_paths(path: Path) -> None:
    """Another dialect adds a record, and changes none of them; what opens the dialects is another thing."""
    tree = ast.parse(path.read_text())
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    said = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]
    is_wiring = str(path.relative_to(ROOT)) in WIRINGS

    assert is_wiring or not [
        text for text in said for known in PATHS if text == known or text.startswith(f"{known}TOKEN")
    ]
