"""The docs are fresh where they are generated, lead to what there is, and leave nothing out that users meet."""

import re
import tomllib
from pathlib import Path

import pytest

from producers.stathat.reasons import Reason
from producers.stathat.replies import MESSAGES
from producers.statsmix import reasons as statsmix
from producers.statsmix.refusals import status_of
from tilde.schemas.registry import latest
from tilde.schemas.topics import OUTPUTS
from tilde.settings import Settings
from tools import docs
from tools.reference import sorting_keys

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = [
    path
    for folder in (
        "run",
        "tilde",
        "producers",
        "streams",
        "sinks",
        "api",
        "watchers",
        "testkit",
        "tests",
        "tools",
        "bench",
        "deploy",
    )
    for suffix in ("*.py", "*.sql", "*.avsc", "*.sh", "*.xml", "Dockerfile")
    for path in (ROOT / folder).rglob(suffix)
    if "node_modules" not in path.parts
]
CODE += [ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / "docker-compose.yml"]
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
NOT_SETTINGS = {"TILDE_STORE_PASSWORD"} | {  # of docker-compose.yml; of options with a secret
    f"TILDE_ACCOUNT_{name}"
    for name in ("EZKEY", "EMAIL", "UKEY", "TOKEN", "API_KEY", "WHITE_LABEL_KEY", "TRACKING_KEY", "KEY", "")
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def section(text: str, name: str) -> str:
    """A chapter of a page, by its heading."""
    return text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def read(path: str) -> str:
    return (ROOT / path).read_text()


def rooms_in(stage: str) -> list[str]:
    """What stands in a stage's folder, each by its path."""
    there = sorted((ROOT / stage).iterdir())
    return [name_of(each) for each in there if not each.name.startswith("_")]


@pytest.mark.parametrize("stage", ["run", "producers", "api", "tilde"])
def test_every_room_is_in_the_table_of_rooms(stage: str) -> None:
    """The other stages are a room each, with what stands out in it."""
    table = section(read("docs/architecture.md"), "The rooms")
    told = {name for row in re.findall(r"^\| (`[^|]*)\|", table, re.MULTILINE) for name in re.findall("`(.*?)`", row)}

    assert "producers/services.py" in told
    assert [room for room in rooms_in(stage) if room not in told] == []


@pytest.mark.parametrize("page", docs.PARTS)
def test_generated_parts_are_fresh(page: str) -> None:
    """`make docs` would change nothing."""
    text = read(f"docs/{page}")

    assert docs.renewed(page, text) == text, "run `make docs`"


def test_a_call_without_a_tag_is_told_with_its_cure() -> None:
    """`make docs` would not know which table has it."""
    with pytest.raises(ValueError, match=r'GET /gauges has no tag.*tags=\["NAME"\]'):
        docs.calls({"/gauges": {"get": {"summary": "Gauges"}}})


def test_a_call_stands_in_the_table_of_its_last_tag() -> None:
    assert docs.calls({"/gauges": {"get": {"summary": "All gauges", "tags": ["One", "Two"]}}}) == (
        "### Two\n\n| call | parameters | what it does |\n| --- | --- | --- |\n| `GET /gauges` |  | All gauges |\n"
    )


def test_the_identity_of_a_topics_rows_is_the_key_of_its_table() -> None:
    """Who keeps the rows of a topic by what the page says has all that the table has."""
    page, keys = section(read("docs/topics.md"), "Schemas"), sorting_keys()
    told = {}
    for topic in (topic for topic in OUTPUTS if topic.name in keys):
        heading = f"### {latest(topic.subject).name.removeprefix('tilde.')}\n"
        about = page.partition(heading)[2].partition("\n| field")[0]
        told[topic.name] = [set(named.split(", ")) for named in re.findall(r"Identity: ([\w, ]+)[.;]", about)]

    assert told["property_values"] == [{"product", "property", "at", "identity", "event"}]
    assert {name: each for name, each in told.items() if each not in ([set(keys[name].split(", "))], [])} == {}
    assert [name for name, each in told.items() if not each] == ["dead_letters"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Files exist, and so do the headings they are linked at."""
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text())):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_source_file_that_a_page_names_exists(page: Path) -> None:
    """In running text: `tilde/runtime/clock.py`; a NAME stands for any."""
    named = re.findall(
        r"`((?:run|tilde|testkit|producers|streams|sinks|api|watchers|tests|tools|deploy|docs)/[\w/.-]+)`",
        FENCE.sub("", page.read_text()),
    )

    assert [file for file in named if "NAME" not in file and not (ROOT / file).exists()] == []


def test_every_page_that_the_code_names_exists() -> None:
    """A comment that sends a reader to docs/ sends him to a file, and to a number that is there."""
    missing = []
    for path in CODE:
        for page in re.findall(r"docs/[\w/-]+(?:\.md)?", path.read_text()):
            target = ROOT / page
            if not target.exists() and not list(target.parent.glob(f"{target.name}-*.md")):
                missing.append(f"{name_of(path)}: {page}")

    assert missing == []


def test_every_decision_that_is_named_exists() -> None:
    """By its number, in a comment, a docstring or a page: `decision 0032`."""
    there = {page.name[:4] for page in (ROOT / "docs/decisions").glob("*.md")}
    named = {
        (name_of(path), number)
        for path in [*CODE, *PAGES]
        for some in re.findall(r"(?i)decisions?[ \n]+((?:\d{4}(?:, | and )?)+)", path.read_text())
        for number in re.findall(r"\d{4}", some)
    }

    assert named, "the expression above finds nothing any more"
    assert sorted((file, number) for file, number in named if number not in there) == []


LISTED = re.compile(r"^\| \[(\d{4})\]\(([\w-]+\.md)\) \| (.+?) \| .+\. \|$", re.MULTILINE)
UNUSED = re.compile(r"^Numbers that were never used: (.+?)\.", re.MULTILINE)


def test_every_decision_is_listed_with_its_title() -> None:
    """In docs/decisions/README.md, in one line each: a new one has its line there."""
    pages = sorted((ROOT / "docs/decisions").glob("0*.md"))
    titles = [page.read_text().partition("\n")[0] for page in pages]

    assert LISTED.findall(read("docs/decisions/README.md")) == [
        (page.name[:4], page.name, re.sub(r"^# \d{4}:? ", "", title)) for page, title in zip(pages, titles, strict=True)
    ]


def test_a_number_that_no_decision_has_is_said_to_be_unused() -> None:
    """So nobody looks for it."""
    numbers = {int(page.name[:4]) for page in (ROOT / "docs/decisions").glob("0*.md")}
    said = UNUSED.findall(read("docs/decisions/README.md"))
    unused = {
        number
        for first, _, last in re.findall(r"(\d{4})( to (\d{4}))?", "".join(said))
        for number in range(int(first), int(last or first) + 1)
    }

    assert unused == set(range(1, max(numbers))) - numbers


def test_every_ruling_that_the_code_names_is_there() -> None:
    """`docs/compatibility.md, StatHat 6` is item 6 of the chapter StatHat."""
    page = read("docs/compatibility.md")
    named = {match for path in CODE for match in re.findall(r"compatibility\.md, ([\w ]+?) (\d+)", path.read_text())}

    assert named, "the expression above finds nothing any more"
    assert [(part, n) for part, n in named if not re.search(rf"^{n}\. ", section(page, part), re.MULTILINE)] == []


def rulings_in(page: str) -> dict[str, list[int]]:
    """The numbers in each chapter that has some, by its heading."""
    parts = re.findall(r"^## (.+)$", page, re.MULTILINE)
    numbers = {part: re.findall(r"^(\d+)\. ", section(page, part), re.MULTILINE) for part in parts}
    return {part: [int(each) for each in some] for part, some in numbers.items() if some}


def misnumbered(page: str) -> set[str]:
    """The chapters in which a number is missing, or is not in its place."""
    return {part for part, numbers in rulings_in(page).items() if numbers != list(range(1, len(numbers) + 1))}


def test_rulings_are_numbered_without_a_gap() -> None:
    """Numbers are never given anew: comments in the code rest on them."""
    page = read("docs/compatibility.md")

    assert rulings_in(page).keys() >= {"All dialects", "StatHat", "StatsMix", "Clicky", "Kissmetrics"}
    assert misnumbered(page) == set()


def test_a_gap_in_any_chapter_is_seen() -> None:
    page = (
        "\n## One\n\n1. a\n2. b\n\n## Two\n\n1. a\n3. c\n\n## Three\n\n2. b\n1. a\n\n## Four\n\n1. a\n1. a\n\n## Five\n"
    )

    assert misnumbered(page) == {"Two", "Three", "Four"}
    assert rulings_in(page)["One"] == [1, 2]


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.name)
def test_every_reason_of_stathats_calls_stands_in_its_table_in_the_words_that_a_client_is_told(reason: Reason) -> None:
    """That all stand there, and no others, tests/architecture/test_reasons.py says of every dialect."""
    assert f"| `{MESSAGES[reason]}` | `{reason.value}` |" in read("docs/compatibility.md")


def test_statsmixs_calls_are_answered_with_the_status_of_the_table() -> None:
    """The one that v2 has; pixels and datagrams are told nothing."""
    table = read("docs/compatibility.md").partition("| reason in `/metrics` | status | when |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1:4] for row in table.splitlines() if row.startswith("| `")]
    documented = {name: statuses for names, statuses, _ in rows for name in re.findall(r"`(\w+)`", names)}

    assert documented
    for name, statuses in documented.items():
        assert not statuses.strip() or str(status_of(statsmix.Reason(name), 2)) in statuses, name


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/operations.md"])
def test_every_make_target_that_a_page_names_exists(page: str) -> None:
    """`make run` is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^ {4}|^)make ([a-z-]+)", read(page), re.MULTILINE))

    assert named
    assert named - targets == set()


def test_every_direct_dependency_has_its_reason() -> None:
    """And no other has one."""
    project = tomllib.loads(read("pyproject.toml"))
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    required = [dependency for group in groups for dependency in group if isinstance(dependency, str)]
    names = {re.split(r"[\[>=<~ ]", dependency)[0] for dependency in required} - {"tilde-stats"}
    documented = re.findall(r"^\| `([\w.-]+)` \| \w", read("docs/dependencies.md"), re.MULTILINE)

    assert sorted(documented) == sorted(names)


def test_every_setting_is_documented() -> None:
    """By its variable and its name in a file."""
    page = read("docs/settings.md")

    assert [name for name in Settings.model_fields if f"| `TILDE_{name.upper()}` | `{name}` |" not in page] == []


def test_every_measure_is_documented() -> None:
    """What `/metrics` gives stands in the operations page; Prometheus adds `_total` to a counter."""
    named = {
        name for path in CODE for name in re.findall(r"\btilde_(?:edge|api|sink|streams)_[a-z_]+", path.read_text())
    }
    page = read("docs/operations.md")

    assert [name for name in sorted(named) if f"`{name}" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_variable_that_a_page_names_is_a_setting(page: Path) -> None:
    """A misspelt one would be passed over in silence."""
    settings = {f"TILDE_{name.upper()}" for name in Settings.model_fields}

    assert set(re.findall(r"TILDE_[A-Z_]+", page.read_text())) - settings - NOT_SETTINGS == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    """`tilde stat list` is a command of the command line."""
    cli = read("docs/cli.md")
    known = set(re.findall(r"^#+ (tilde [a-z -]+)$", cli, re.MULTILINE))
    groups = {" ".join(command.split()[:2]) for command in known if len(command.split()) > 2}
    unknown = []
    for words in re.findall(r"(?:`|^ {4}|^\$ |^)tilde ((?:[a-z][a-z-]* ?){1,2})", page.read_text(), re.MULTILINE):
        command = " ".join(["tilde", *words.split()])
        first = " ".join(command.split()[:2])
        if command not in known and (first not in known or first in groups):
            unknown.append(command)

    assert unknown == []
