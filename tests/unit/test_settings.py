"""Settings: where they come from, which goes over which, and what is said of one that cannot be."""

from pathlib import Path

import pytest

from tilde.errors import SettingsError
from tilde.settings import Ack, load_settings, open_keyring, open_operator_token


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that runs the tests."""
    for name in ("DATA", "HOST", "PORT", "LOG", "STORE", "KEY", "OPERATOR_TOKEN", "TLS_CERT", "TLS_KEY", "ACK"):
        monkeypatch.delenv(f"TILDE_{name}", raising=False)


def test_without_any_setting_everything_runs_on_this_machine() -> None:
    """One command, nothing to set."""
    settings = load_settings()

    assert settings.is_embedded
    assert (settings.host, settings.port, settings.store, settings.data) == (
        "127.0.0.1",
        8000,
        "chdb",
        Path("tilde-data"),
    )
    assert (settings.stathat_error_status, settings.lenient_keys, settings.ack) == (200, False, Ack.BROKER)


def test_options_go_over_the_environment_over_the_file_over_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearer to the command, the stronger."""
    file = tmp_path / "tilde.toml"
    file.write_text('host = "file"\nport = 1\nlog = "kafka://file:9092"\n')
    monkeypatch.setenv("TILDE_PORT", "2")
    monkeypatch.setenv("TILDE_LOG", "kafka://environment:9092,other:9092")

    settings = load_settings(file, log="kafka://option:9092", host=None)

    assert (settings.host, settings.port, settings.log) == ("file", 2, "kafka://option:9092")
    assert (settings.is_embedded, settings.brokers) == (False, "option:9092")


def test_an_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """docker compose passes every variable on, empty where none was set."""
    monkeypatch.setenv("TILDE_PORT", "")
    monkeypatch.setenv("TILDE_KEY", "")

    assert (load_settings().port, load_settings().key) == (8000, None)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "0", "TILDE_PORT: Input should be greater than or equal to 1"),
        ("PORT", "eighty", "TILDE_PORT: Input should be a valid integer"),
        ("LOG", "redis://x", "TILDE_LOG: Value error, must be `sqlite` or kafka://HOST:PORT"),
        ("STORE", "postgres://x", "TILDE_STORE: Value error, must be `chdb` or clickhouse://"),
        ("ACK", "never", "TILDE_ACK: Input should be 'broker' or 'disk'"),
        ("STATHAT_ERROR_STATUS", "500", "TILDE_STATHAT_ERROR_STATUS: Input should be 200 or 400"),
        ("TLS_CERT", "cert.pem", "https needs both TILDE_TLS_CERT and TILDE_TLS_KEY"),
        ("TLS_KEY", "key.pem", "https needs both TILDE_TLS_CERT and TILDE_TLS_KEY"),
        ("OUTPUT_RETENTION_HOURS", "0", "TILDE_OUTPUT_RETENTION_HOURS: Input should be greater than or equal to 1"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    """In one line, by the variable's name, with what would do."""
    monkeypatch.setenv(f"TILDE_{name}", value)

    with pytest.raises(SettingsError) as error:
        load_settings()

    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_all_that_is_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it is mended at once."""
    monkeypatch.setenv("TILDE_PORT", "0")
    monkeypatch.setenv("TILDE_ACK", "never")

    with pytest.raises(SettingsError, match=r"TILDE_PORT.*; TILDE_ACK|TILDE_ACK.*; TILDE_PORT"):
        load_settings()


def test_what_is_wrong_with_the_file_is_said(tmp_path: Path) -> None:
    """That it is not there, that it is no TOML, or that it has a word we do not know."""
    file = tmp_path / "tilde.toml"
    with pytest.raises(SettingsError, match="there is no settings file"):
        load_settings(file)
    file.write_text("port = = 1")
    with pytest.raises(SettingsError, match="tilde.toml is no TOML: .*line 1"):
        load_settings(file)
    file.write_text("prot = 1")
    with pytest.raises(SettingsError, match="TILDE_PROT: Extra inputs are not permitted"):
        load_settings(file)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when settings are printed nor in an error beside them."""
    monkeypatch.setenv("TILDE_KEY", "c0ffee" * 10)
    monkeypatch.setenv("TILDE_OPERATOR_TOKEN", "hush")

    settings = load_settings()
    monkeypatch.setenv("TILDE_PORT", "0")
    with pytest.raises(SettingsError) as error:
        load_settings()

    for text in (repr(settings), str(settings), str(error.value)):
        assert "c0ffee" not in text
        assert "hush" not in text


def test_the_folder_has_the_keys_that_no_variable_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made at the first start, used at every other."""
    settings = load_settings()

    sealed = open_keyring(settings, tmp_path).seal("EZKEY")
    token = open_operator_token(settings, tmp_path)

    assert open_keyring(settings, tmp_path).open(sealed) == "EZKEY"
    assert open_operator_token(settings, tmp_path) == token
    monkeypatch.setenv("TILDE_OPERATOR_TOKEN", "given")
    assert open_operator_token(load_settings(), tmp_path) == "given"
