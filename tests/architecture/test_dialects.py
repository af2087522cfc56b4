"""General rooms know dialects by their records (tilde/dialects/) alone: another one is a folder, and changes none of them."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from testkit.every_file import of_every
from tilde.dialects.known import DIALECTS

ROOT = Path(__file__).parents[2]
WORDS = {
    "stathat|ezkey|(?<![a-z])ukey|(?<![a-z])ez(?![a-z])|email_key|(?<![a-z])classic(?![a-z])|/x/": {"stathat"},
    "statsmix": {"statsmix"},
    "clicky|white_?label|jsuid": {"clicky"},
    "kissmetrics|tracking_?key|core[ _]api|people_search": {"kissmetrics"},
    "tilde[/_]v1": {"tilde_v1"},
    "(?<![a-z])api_?key": {"statsmix", "kissmetrics", "clicky"},
    "site_?key": {"clicky", "kissmetrics"},
}
"""Dialects, our own API too, their paths and cookies, and the keys and switches that they alone know: whose words these
are. A white label, in two words, is no dialect's: decision 0041.
"""
PLAIN_WORDS = {
    "links": "letters, pages and lists have links; the path of those in letters is in tilde/own_paths.py",
}
"""Dialects whose name is a word that every room needs, and why no line of WORDS says it."""
NAMES = re.compile("|".join(WORDS), re.IGNORECASE)
SPEAKING = {".py", ".sql", ".js", ".html"}
ROOMS = ("run", "tilde", "producers", "streams", "sinks", "api", "watchers")
RECORDS_OF = {path.stem for path in (ROOT / "tilde/dialects").glob("*.py")} - {
    "__init__",
    "dialect",
    "known",
    "settings",
}
FOLDERS_OF = {path.parent.name for path in (ROOT / "tilde/dialects").glob("*/record.py")}
RECORDS_OF |= FOLDERS_OF
"""Each record by its dialect's name: a file, or `record.py` of a folder."""
LISTS = {"producers/wiring.py", "api/wiring.py", "tilde/dialects/known.py"}
"""What opens the dialects, and what lists their records."""
KNOWN = {
    "tilde/domain/catalog/keys.py": "the kinds of keys stand in commands and entries for ever, and each is a dialect's: here is what they look like",
    "tilde/domain/catalog/switches.py": "switches stand in commands and entries for ever, and each is a dialect's",
    "tilde/domain/catalog/account_switches.py": "the fields of those records",
    "tilde/own_paths.py": "what Tilde itself asks is asked of our own API, under its paths",
}


def is_of_a_dialect(path: Path) -> bool:
    """Whether a file is one below a dialect's folder, or its record."""
    is_record = path.parent == ROOT / "tilde/dialects" and path.stem in RECORDS_OF
    return is_record or bool(RECORDS_OF & set(path.relative_to(ROOT).parts))


GENERAL = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*"))
    if path.suffix in SPEAKING and not is_of_a_dialect(path) and str(path.relative_to(ROOT)) not in LISTS | set(KNOWN)
]


def named_in(text: str) -> list[str]:
    """The lines that name a dialect: in code, in a text, or in what is said beside it."""
    return [line.strip() for line in text.splitlines() if NAMES.search(line)]


def without_words(dialects: Iterable[str]) -> set[str]:
    """The dialects whose name no line of WORDS says as theirs: a room could name these."""
    return {
        dialect
        for dialect in dialects
        if not any(dialect in whose and re.search(words, dialect, re.IGNORECASE) for words, whose in WORDS.items())
    }


def test_the_words_of_each_dialect_are_known() -> None:
    """Else the rules below hold of all dialects but the newest, and nobody sees it."""
    assert without_words(RECORDS_OF) == PLAIN_WORDS.keys(), "each has a line in WORDS, or a reason in PLAIN_WORDS"


def test_a_dialect_without_words_would_be_found() -> None:
    """Also where its name happens to be in another one's words."""
    assert without_words({"stathat", "gauges", "core_api"}) == {"gauges", "core_api"}


def test_a_record_is_a_file_or_a_folder() -> None:
    """Of two with one name Python would find the folder, and hide the file."""
    folders = {path.parent.name for path in (ROOT / "tilde/dialects").glob("*/__init__.py")}
    files = {path.stem for path in (ROOT / "tilde/dialects").glob("*.py")}

    assert folders == FOLDERS_OF
    assert folders & files == set()


def test_each_dialect_that_changes_something_has_a_record() -> None:
    """Its folder at the edge and its record have one name, so that who looks for one finds the other; so have the folder
    and the record of one that only reads.
    """
    changing, reading = (
        {path.parent.name for path in (ROOT / room).glob("*/dialect.py")} for room in ("producers", "api")
    )

    assert changing <= RECORDS_OF
    assert changing | reading >= RECORDS_OF
    assert {record.name for record in DIALECTS.records} == RECORDS_OF


ENDS = [
    path
    for end in ("producers", "api")
    for dialect in sorted(RECORDS_OF)
    for path in sorted((ROOT / end / dialect).rglob("*.py"))
]


def records_in(text: str) -> set[str]:
    """What a source imports of the dialects' folder, by the name of the file or folder there."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ImportFrom(module="tilde.dialects", names=names):
                found |= {name.name for name in names}
            case ast.ImportFrom(module=str() as module) if module.startswith("tilde.dialects."):
                found.add(module.split(".")[2])
            case ast.Import(names=names):
                found |= {name.name.split(".")[2] for name in names if name.name.startswith("tilde.dialects.")}
    return found


def foreign_in(text: str, dialect: str) -> set[str]:
    """The records of others that a source of a dialect's end imports."""
    return records_in(text) - {dialect, "dialect"}


@of_every(ENDS)
def test_a_dialects_end_knows_no_other_record(path: Path) -> None:
    """What two share stands in none of them. Records themselves know none (tests/architecture/test_pure_rooms.py)."""
    assert foreign_in(path.read_text(), path.relative_to(ROOT).parts[1]) == set()


def test_each_file_of_a_dialects_end_is_held_to_it() -> None:
    """Those of its folders too."""
    held = {str(path.relative_to(ROOT)) for path in ENDS}

    assert {"api/statsmix/dispatcher.py", "producers/clicky/hits/intake.py", "producers/links/routes.py"} <= held


@pytest.mark.parametrize(
    "line",
    [
        "from tilde.dialects import stathat as other",
        "import tilde.dialects.stathat",
        "import tilde.dialects.stathat as other",
        "from tilde.dialects.stathat import DIALECT",
    ],
)
def test_a_record_of_another_dialect_would_be_found(line: str) -> None:
    text = (ROOT / "api/statsmix/dispatcher.py").read_text()

    assert foreign_in(f"{text}\n{line}\n", "statsmix") == {"stathat"}


SPOKEN = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*"))
    if path.suffix in SPEAKING and is_of_a_dialect(path)
]


def dialect_of(path: Path) -> str:
    """The dialect whose file it is: one below its folder, or its record."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return next(part for part in parts if part in RECORDS_OF)


def foreign_names_in(text: str, dialect: str) -> list[str]:
    """The lines of a dialect's that say words of other ones."""
    foreign = re.compile("|".join(words for words, whose in WORDS.items() if dialect not in whose), re.IGNORECASE)
    return [line.strip() for line in text.splitlines() if foreign.search(line)]


@of_every(SPOKEN)
def test_no_dialect_names_another(path: Path) -> None:
    """What it needs of one has no dialect's name: a port that the other one names itself to, or a noun of the ground."""
    assert foreign_names_in(path.read_text(), dialect_of(path)) == []


def test_each_file_of_a_dialect_is_held_to_its_own_words() -> None:
    held = {str(path.relative_to(ROOT)) for path in SPOKEN}

    assert {
        "api/tilde_v1/dialect.py",
        "producers/clicky/tracker/source/tracker.js",
        "tilde/dialects/statsmix/xml.py",
    } <= held
    assert {"tilde/dialects/kissmetrics.py", "api/kissmetrics/records/words.py"} <= held


@pytest.mark.parametrize(
    ("line", "dialect"),
    [
        ("# as Kissmetrics' own lines", "tilde_v1"),
        ('key = fields["api_key"]', "stathat"),
        ("POST /tilde/v1/products", "clicky"),
        ("sitekey = 1", "statsmix"),
    ],
)
def test_a_word_of_another_dialect_would_be_found(line: str, dialect: str) -> None:
    text = (ROOT / f"producers/{dialect}/dialect.py").read_text()

    assert foreign_names_in(f"{text}\n{line}\n", dialect) == [line]


def test_there_are_general_rooms() -> None:
    """What all rooms know of dialects is in them, too, and a file that happens to have a dialect's name."""
    held = {str(path.relative_to(ROOT)) for path in GENERAL}

    assert len(GENERAL) > 150
    assert {"tilde/dialects/dialect.py", "tilde/dialects/settings.py", "tilde/keys/links.py"} <= held


@of_every(GENERAL)
def test_no_general_room_names_a_dialect(path: Path) -> None:
    """Nor its paths, which are in its record. What a comment says, and a statement, is said in a room, too."""
    assert named_in(path.read_text()) == []


def test_what_is_said_beside_the_code_is_read_too() -> None:
    assert {path.suffix for path in GENERAL} == SPEAKING
    assert named_in("limit = 500  # a page of the Core API\n-- as StatHat has it\nkeys = (EZKEY,)\nplain") == [
        "limit = 500  # a page of the Core API",
        "-- as StatHat has it",
        "keys = (EZKEY,)",
    ]


OUTSIDE = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if not is_of_a_dialect(path) and path != ROOT / "tilde/dialects/known.py"
]


@of_every(OUTSIDE)
def test_no_room_outside_of_the_dialects_imports_a_record(path: Path) -> None:
    """Each is reached by the list of all. What opens the dialects is held to it as well."""
    assert records_in(path.read_text()) <= {"dialect", "known"}


TWICE = {
    "Generations": "a noun, and its commands",
    "Memory": "what is remembered by a key, of people and of a watcher",
    "Message": "one decoded, with its place: a watcher's knows besides whether it is old",
    "Parts": "what a stage hands out",
    "People": "a noun, its commands, and what is read of it",
}
"""Classes of one name in two general rooms, which are the same to whoever reads of them."""
OF_TYPES = re.compile("[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")
"""The names of classes, and of what is called as one: constants have no small letter."""


def aliases_in(tree: ast.Module) -> set[str]:
    """The names that a module gives to types. An option of the command line, `Annotated` with one of typer's, is none."""
    given = {
        target: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    }
    return {
        target.id
        for target, value in given.items()
        if isinstance(target, ast.Name) and value is not None and "typer." not in ast.unparse(value)
    }


def classes_in(files: Mapping[str, str]) -> dict[str, set[str]]:
    """The public classes and aliases of types, by their names: the files that have one."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, text in files.items():
        tree = ast.parse(text)
        classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        for each in filter(OF_TYPES.fullmatch, classes | aliases_in(tree)):
            found[each].add(name)
    return found


def test_a_class_of_general_rooms_has_its_name_to_itself() -> None:
    """One word for one thing. What a dialect calls something is its own business."""
    texts = {str(path.relative_to(ROOT)): path.read_text() for path in OUTSIDE}
    twice = {name: files for name, files in classes_in(texts).items() if len(files) > 1}

    assert twice.keys() == TWICE.keys(), {name: files for name, files in twice.items() if name not in TWICE}


def test_two_classes_of_one_name_are_seen() -> None:
    found = classes_in({"one.py": "class Row: ...\nclass _Row: ...", "two.py": "if 1:\n    class Row: ..."})

    assert found == {"Row": {"one.py", "two.py"}}


def test_an_alias_of_the_name_of_a_class_is_seen() -> None:
    found = classes_in(
        {
            "class.py": "class Told: ...",
            "alias.py": "Told = ToldAct | ToldAlias\n_Told = int\nTOLD = 1\ntold = 2",
            "said.py": "Told: TypeAlias = dict[str, int]",
            "option.py": "Told = Annotated[str, typer.Option()]",
        }
    )

    assert found == {"Told": {"class.py", "alias.py", "said.py"}}


@pytest.mark.parametrize(
    "text",
    [
        "from tilde.dialects.links import page",
        "from tilde.dialects import links",
        "import tilde.dialects.links",
        "def inside():\n    from tilde.dialects.links import page",
    ],
)
def test_an_import_of_a_record_is_seen(text: str) -> None:
    assert records_in(text) == {"links"}


@pytest.mark.parametrize(
    ("text", "is_a_dialects"),
    [
        *[("white_label_key", True), ("/api/whitelabel/", True), ("WhiteLabels", True), ("TheirEzKey", True)],
        *[("its classic key", True), ("/x/TOKEN/statlist", True), ("the cookie `_jsuid`", True)],
        *[("the white label has no such user", False), ("Reseller", False), ("three_keys", False)],
        *[("a classical test", False), ("StatList", False)],
    ],
)
def test_a_dialects_word_is_seen_and_a_nouns_is_not(text: str, is_a_dialects: bool) -> None:
    """What people read of a white label says so; a name that does is one of the wire."""
    assert bool(NAMES.search(text)) is is_a_dialects
