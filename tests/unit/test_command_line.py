"""What the command line says to what it cannot do: one line, with the option and what it may be, and an exit code."""

import re
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest

from run.cli.data import tail
from run.cli.main import run
from run.process.typed_paths import typed_account_path
from tilde.errors import TildeError
from tilde.schemas.topics import TOPICS


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder, and no setting of the machine that runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATA", "HOST", "PORT", "LOG", "STORE", "KEY", "OPERATOR_TOKEN", "TLS_CERT", "TLS_KEY", "ACK"):
        monkeypatch.delenv(f"TILDE_{name}", raising=False)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("up --port eighty", "--port is 'eighty', and must be a whole number, 1 to 65535"),
        ("up --port 0", "--port is '0', and must be a whole number, 1 to 65535"),
        ("up --config none.toml", "there is no settings file none.toml"),
        ("up --tls-cert c.pem", "https needs both TILDE_TLS_CERT and TILDE_TLS_KEY"),
        ("up --tls-cert c.pem --tls-key k.pem", "TILDE_TLS_CERT is '{}/c.pem', which cannot be read: No such file"),
        ("edge", "this role runs on Kafka: set TILDE_LOG=kafka://HOST:PORT (or run everything: tilde up)"),
        ("health nose", "there is no role 'nose'; there are edge, streams, sinks, api, store and watchers"),
        ("tail nonsense", "there is no topic 'nonsense'; there are stats, sample_writes, hits, activity, commands"),
        ("account set main", "say what to set: --ez or --no-ez, --email-key or --no-email-key, --pixel"),
        ("account create main --ezkey=", "--ezkey is empty: give a key, or leave it out"),
        ("account create main --api-key=", "--api-key is empty: give a key, or leave it out"),
        ("account list", "{}/tilde-data is no data folder of Tilde: --data DIR, or begin one with `tilde up`"),
        ("up --config bytes.toml", "bytes.toml is no TOML: it is no UTF-8 text"),
        ("account list --url http://x", "--url needs --operator-token (or TILDE_OPERATOR_TOKEN)"),
        (
            "account list --url http://h:99999 --operator-token y",
            "--url is 'http://h:99999', and 99999 is no port: there",
        ),
        ("account list --url x --operator-token y", "--url is 'x', and must begin with http:// or https://"),
        ("account list --url http://x --operator-token ü", "the operator token has a character that no header can"),
        ("replay --config t.toml", "{}/elsewhere is no data folder of Tilde: --data DIR, or begin one"),
        ("account show \udcff", "an argument is no UTF-8 text"),
        ("stat set hits", "say what to set: --name, --public or --private, --report or --no-report, --page"),
        ("product set 1", "say what to set: --name, --domain, --timezone, --environment, --tracking-key"),
        ("stat create hits", "say either --counter or --value"),
        ("stat create hits --counter --value", "say either --counter or --value"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    command: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """No traceback, no word of a library's, and nothing is made."""
    settings = tmp_path / "t.toml"
    settings.write_text('data = "elsewhere"')
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setattr(sys, "argv", ["tilde", *command.split()])
    with pytest.raises(SystemExit) as ended:
        run()

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tilde: {told.format(tmp_path)}")
    assert ended.value.code == 1
    assert {path.name for path in tmp_path.iterdir()} == {"t.toml", "bytes.toml"}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("account list --data=", "'--data': is empty: give a path, or leave it out"),
        ("up --config=", "'--config': is empty: give a path, or leave it out"),
        ("up --tls-cert= --tls-key=k", "'--tls-cert': is empty: give a path, or leave it out"),
        ("streams --generation x", "'--generation': must be a whole number"),
        ("streams --generation 0", "'--generation': must be at least 1"),
        ("migrate --generation 1e3", "'--generation': must be a whole number"),
        ("account rotate main nokey", "'kind': 'nokey' is not one of 'ezkey', 'email', 'ukey', 'token', 'api_key',"),
        ("sql x -f xml", "'--format' / '-f': 'xml' is not one of 'table', 'csv', 'json'"),
    ],
)
def test_a_value_that_an_option_cannot_have_is_told_in_words_of_ours(
    command: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """And where to read on; nothing is made, and the exit code says that nothing was understood."""
    monkeypatch.setattr(sys, "argv", ["tilde", *command.split()])
    with pytest.raises(SystemExit) as ended:
        run()

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tilde: Invalid value for {told}")
    assert line.endswith(" --help")
    assert ended.value.code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("none", "there is no folder {}/none: say --data, or --url"),
        ("empty", "{}/empty has no file `operator_token`: say the edge's --data, or set TILDE_OPERATOR_TOKEN"),
    ],
)
def test_on_kafka_a_command_makes_no_operator_token(
    data: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The edge does, and any other is wrong; what is missing is said."""
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("TILDE_LOG", "kafka://127.0.0.1:1")
    monkeypatch.setattr(sys, "argv", ["tilde", "account", "list", "--data", data])
    with pytest.raises(SystemExit):
        run()

    assert capsys.readouterr().err == f"tilde: {told.format(tmp_path)}\n"
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_certificate_that_is_none_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Before anything is started that would fail again and again."""
    for name in ("c.pem", "k.pem"):
        (tmp_path / name).write_text("nonsense")
    monkeypatch.setattr(sys, "argv", ["tilde", "up", "--tls-cert", "c.pem", "--tls-key", "k.pem"])
    with pytest.raises(SystemExit):
        run()

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tilde: TILDE_TLS_CERT and TILDE_TLS_KEY must be a certificate (PEM) and its key")


@pytest.mark.parametrize("command", ["sql x --format xml", "migrate --generation 0", "account rotate main nonsense"])
def test_a_choice_that_there_is_not_is_not_understood(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, with what there is."""
    monkeypatch.setattr(sys, "argv", ["tilde", *command.split()])
    with pytest.raises(SystemExit) as ended:
        run()

    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tilde: Invalid value for ")


@pytest.mark.parametrize(("name", "rest"), [("", ()), ("main", ("stats", ""))])
def test_an_empty_name_or_id_is_told_before_anybody_is_asked(name: str, rest: tuple[str, ...]) -> None:
    """Its path would be another call's."""
    with pytest.raises(TildeError, match="a name or an id is empty"):
        typed_account_path(name, *rest)


def test_no_command_waits_for_what_it_does_not_need() -> None:
    """httpx's own command line, pandas, Arrow, engines: each would take a third of a second or more."""
    heavy = ["rich.progress", "pygments", "pandas", "pyarrow", "fastapi", "faust", "chdb", "clickhouse_connect"]
    code = f"import run.cli.main, sys; print([name for name in {heavy} if sys.modules.get(name)])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_the_topics_that_tail_offers_are_those_that_there_are() -> None:
    """The command says them by itself: reading the schemas takes longer than its help."""
    said = str(get_type_hints(tail, include_extras=True)["topic"].__metadata__[0].help)
    assert [word for word in re.split(r"[^a-z_]+", said) if word in TOPICS] == list(TOPICS)


NOT_IMPORTED = """
import sys
from importlib import import_module

for modules, unused in (
    (["run.cli.main"], ["httpx", "fastapi", "uvicorn"]),
    (["run.roles.up"], ["fastapi", "uvicorn", "aiokafka"]),
    (["run.roles.edge", "run.roles.pipeline", "run.roles.watchers"], ["aiokafka", "faust", "chdb"]),
):
    for module in modules:
        import_module(module)
    assert not sys.modules.keys() & set(unused), (modules, sys.modules.keys() & set(unused))
"""


def test_nothing_is_imported_that_a_process_has_no_use_for() -> None:
    """The client of Kafka alone took a tenth of what each process of `tilde up` takes to start."""
    subprocess.run([sys.executable, "-c", NOT_IMPORTED], check=True)
