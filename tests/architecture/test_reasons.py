"""Every refusal has a test: each Reason of each dialect, each fault of a name and each Refusal is named in one, and
each is given somewhere in our code. Each Reason stands in its dialect's table, too.
"""

import ast
import re
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from producers.web.bounded_bodies import BodyFault
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.stats.fanout import NameFault

ROOT = Path(__file__).parents[2]
REASONS = {
    path.parent.name: import_module(f"producers.{path.parent.name}.reasons").Reason
    for path in sorted(ROOT.glob("producers/*/reasons.py"))
}
COMPATIBILITY = (ROOT / "docs/compatibility.md").read_text()
PACKAGES = ("run", "tilde", "producers", "streams", "sinks", "api", "watchers")
TESTS = [path.read_text() for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
CODE = [path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def test_there_are_reasons_of_a_dialect() -> None:
    assert REASONS


TARGETS = {"stat_targets", "sample_targets"}
"""What a name is handed to, and what raises its faults, in producers/stats."""
HANDED_TO = {"targets", "named"}
"""What raises them: a look-up in those of stats, and the method of those of samples."""


def asks_where_names_go(text: str) -> bool:
    """Whether a source imports what says where the numbers of a name go."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ImportFrom(module="producers.stats", names=names) if TARGETS & {each.name for each in names}:
                return True
            case ast.ImportFrom(module=str() as module) if module in {f"producers.stats.{name}" for name in TARGETS}:
                return True
            case ast.Import(names=names) if {each.name.removeprefix("producers.stats.") for each in names} & TARGETS:
                return True
    return False


def is_handed_over(node: ast.AST) -> bool:
    match node:
        case (
            ast.Call(func=ast.Attribute(attr=name)) | ast.Subscript(value=ast.Attribute(attr=name) | ast.Name(id=name))
        ):
            return name.strip("_") in HANDED_TO
    return False


def unguarded(text: str) -> list[int]:
    """The lines where a source hands a name over, and a name that cannot be a stat's is not answered: the client would
    be told of a fault of ours.
    """
    tree = ast.parse(text)
    if not asks_where_names_go(text):
        return []
    guarded = {
        call
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
        and any(each.type is not None and "BadNameError" in ast.unparse(each.type) for each in node.handlers)
        for line in node.body
        for call in ast.walk(line)
    }
    return [node.lineno for node in ast.walk(tree) if is_handed_over(node) and node not in guarded]  # type: ignore[attr-defined]


def sources_of(dialect: str) -> list[str]:
    return [path.read_text() for path in (ROOT / "producers" / dialect).rglob("*.py")]


def takes_names(dialect: str) -> bool:
    """Whether stats are posted to it by their names."""
    return any(map(asks_where_names_go, sources_of(dialect)))


OF_NAMES = {dialect: reasons for dialect, reasons in REASONS.items() if takes_names(dialect)}


@pytest.mark.parametrize("fault", NameFault)
@pytest.mark.parametrize("reasons", OF_NAMES.values(), ids=OF_NAMES)
def test_each_dialect_of_names_has_a_reason_for_every_fault_of_one(reasons: type[Enum], fault: NameFault) -> None:
    """By the same name, so that metrics and dead letters call it alike."""
    assert reasons(fault.value).name == fault.name


@pytest.mark.parametrize("dialect", OF_NAMES)
def test_each_dialect_of_names_answers_the_faults_of_one(dialect: str) -> None:
    assert [line for text in sources_of(dialect) for line in unguarded(text)] == []


OF_BODIES = {
    dialect: REASONS[dialect] for dialect in REASONS if any("BodyError" in text for text in sources_of(dialect))
}


@pytest.mark.parametrize("fault", BodyFault)
@pytest.mark.parametrize("reasons", OF_BODIES.values(), ids=OF_BODIES)
def test_each_dialect_of_bodies_has_a_reason_for_every_fault_of_one(reasons: type[Enum], fault: BodyFault) -> None:
    """By the same name: so a body's fault becomes a reason of each."""
    assert reasons(fault.value).name == fault.name


@pytest.mark.parametrize(("dialect", "places"), [("stathat", 2), ("statsmix", 1)])
def test_a_name_that_is_handed_over_unguarded_would_be_found(dialect: str, places: int) -> None:
    """The control: a dialect takes names by what it imports, whatever it does with a fault of them."""
    path = ROOT / f"producers/{dialect}/intake.py"
    text = path.read_text().replace("except BadNameError", "except ZeroDivisionError")

    assert {"stathat", "statsmix"} <= set(OF_NAMES)
    assert "clicky" not in OF_NAMES
    assert asks_where_names_go(text)
    assert len(unguarded(text)) == places


@pytest.mark.parametrize(
    "line",
    [
        "from producers.stats.sample_targets import SampleTargets",
        "from producers.stats import stat_targets as targets",
        "import producers.stats.stat_targets",
    ],
)
def test_who_asks_where_names_go_is_found_by_what_it_imports(line: str) -> None:
    assert asks_where_names_go(line)
    assert not asks_where_names_go(line.replace("targets", "writer"))


NEVER_GIVEN = {
    ("statsmix", "FAN_OUT_TOO_WIDE"): "its names do not spread; each dialect has a reason for each fault of a name"
}


def named_in(text: str) -> set[tuple[str, str]]:
    """The reasons that a source names, by the dialect whose they are: `Reason.NO_KEY` of what it imports as that."""
    tree, dialects = ast.parse(text), {}
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str() as module, names=names) if module.startswith("producers."):
                dialects |= {
                    each.asname or each.name: module.split(".")[1]
                    for each in names
                    if each.name == "Reason" or (each.name == "reasons" and module.count(".") == 1)
                }
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(_, "Reason"):
                continue
            case ast.Attribute(ast.Name(alias) | ast.Attribute(ast.Name(alias), "Reason"), name) if alias in dialects:
                found.add((dialects[alias], name))
    return found


@cache
def named_in_tests() -> set[tuple[str, str]]:
    """By all of them. Where none of these words is, nothing is imported from such a module."""
    return set().union(*(named_in(text) for text in TESTS if "reasons" in text))


EACH = [
    pytest.param(dialect, reason, id=f"{dialect}-{reason.name}")
    for dialect, reasons in REASONS.items()
    for reason in reasons
]


@pytest.mark.parametrize(("dialect", "reason"), EACH)
def test_every_reason_of_a_dialect_occurs_in_a_test_of_it_and_in_its_code(dialect: str, reason: Enum) -> None:
    """One that nothing gives is left over; one that no test names may be given wrongly. Another dialect's of the same
    name does not count; but for the faults of a name, which all dialects take from the rules by their names.
    """
    code = [path.read_text() for path in (ROOT / "producers" / dialect).rglob("*.py")]

    assert ((dialect, reason.name) in named_in_tests()) is ((dialect, reason.name) not in NEVER_GIVEN)
    assert reason.name in NameFault.__members__ or any(f"Reason.{reason.name}" in text for text in code)


@pytest.mark.parametrize("dialect", REASONS)
def test_the_reasons_of_a_dialect_are_those_of_its_table(dialect: str) -> None:
    """In its chapter of docs/compatibility.md, by the names that they have in /metrics; and no others."""
    (chapter,) = re.findall(rf"(?ims)^## {dialect}$(.*?)(?=^## |\Z)", COMPATIBILITY)
    (header, table), *others = re.findall(r"(?ms)^(\|[^\n]*reason in `/metrics`[^\n]*)$(.*?)(?:^$|\Z)", chapter)
    column = [title.strip() for title in header.split("|")].index("reason in `/metrics`")
    documented = [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[column])]

    assert not others
    assert sorted(documented) == sorted(str(reason.value) for reason in REASONS[dialect])


def test_a_reason_is_found_by_whose_it_is() -> None:
    text = "from producers.a.reasons import Reason as A\nfrom producers.b import reasons as b\n"

    assert named_in(text + "A.ONE, b.Reason.TWO, other.Reason.THREE") == {("a", "ONE"), ("b", "TWO")}


@pytest.mark.parametrize("name", [f"Refusal.{refusal.name}" for refusal in Refusal])
def test_every_refusal_of_the_decider_occurs_in_a_test_and_in_the_code(name: str) -> None:
    """As above; tests/unit/test_decider_rules.py has one line each."""
    assert any(name in text for text in TESTS)
    assert any(name in text for text in CODE)
