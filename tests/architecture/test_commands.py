"""A command is made of plain words in one room, so that who looks for it finds it there, whichever dialect asks."""

import ast
from pathlib import Path

import pytest

from tilde.domain.catalog.nouns import ACTIONS

ROOT = Path(__file__).parents[2]
STAGES = ("run", "producers", "streams", "sinks", "api", "watchers")
KNOWN = {
    ("producers/edge/edge.py", "StartEdge"): "an edge asks for its number, before there is anybody who could",
    ("producers/edge/continuing.py", "EraseVisitors"): "an edge tells whom it has found itself: nobody has asked it",
}
NAMES = {action.__name__ for action in ACTIONS}


def made_in(text: str) -> set[str]:
    """The actions that a source takes by their names: imported, or of a module that it has."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ImportFrom(names=names):
                found |= {name.name for name in names}
            case ast.Attribute(attr=name):
                found.add(name)
    return found & NAMES


def test_commands_are_made_in_the_room_of_commands_alone() -> None:
    """A route that makes one itself would know its keys and rules, and the next dialect would make it again."""
    made = {
        (str(path.relative_to(ROOT)), name)
        for stage in STAGES
        for path in (ROOT / stage).rglob("*.py")
        for name in made_in(path.read_text())
    }
    elsewhere = {place for place in made if not place[0].startswith("producers/admin/")}

    assert {name for _, name in made} == NAMES, "an action that nobody makes"
    assert elsewhere == set(KNOWN)


@pytest.mark.parametrize(
    "lines",
    [
        "from tilde.domain.catalog.stats import DeleteStat",
        "from tilde.domain.catalog.stats import DeleteStat as Gone",
        "from tilde.domain.catalog import stats\nstats.DeleteStat(1, 2)",
        "from tilde.domain.catalog import stats as rules\nmake = rules.DeleteStat",
        "import tilde.domain.catalog.stats\ntilde.domain.catalog.stats.DeleteStat(1, 2)",
    ],
)
def test_a_command_that_a_route_makes_would_be_found(lines: str) -> None:
    text = (ROOT / "producers/tilde_v1/visitor_routes.py").read_text()

    assert made_in(f"{text}\n{lines}\n") == {"DeleteStat"}
