"""A command is made of plain words in one room, so that who looks for it finds it there, whichever dialect asks."""

import ast
from pathlib import Path

from tilde.domain.catalog.nouns import ACTIONS

ROOT = Path(__file__).parents[2]
STAGES = ("run", "producers", "streams", "sinks", "api", "watchers")
KNOWN = {("producers/edge/edge.py", "StartEdge"): "an edge asks for its number, before there is anybody who could"}
NAMES = {action.__name__ for action in ACTIONS}


def test_commands_are_made_in_the_room_of_commands_alone() -> None:
    """A route that makes one itself would know its keys and rules, and the next dialect would make it again."""
    made = {
        (str(path.relative_to(ROOT)), name.name)
        for stage in STAGES
        for path in (ROOT / stage).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if name.name in NAMES
    }
    elsewhere = {place for place in made if not place[0].startswith("producers/admin/")}

    assert {name for _, name in made} == NAMES, "an action that nobody makes"
    assert elsewhere == set(KNOWN)
