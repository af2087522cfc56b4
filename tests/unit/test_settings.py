"""Settings: where they come from, which goes over which, and what is said of one that cannot be."""

from pathlib import Path
from typing import Any

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
        Path("tilde-data").absolute(),
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
        ("PORT", "0", "TILDE_PORT is '0', and must be a whole number, 1 to 65535"),
        ("PORT", "eighty", "TILDE_PORT is 'eighty', and must be a whole number, 1 to 65535"),
        ("LOG", "redis://x", "TILDE_LOG is 'redis://x', and must be `sqlite` or kafka://HOST:PORT[,HOST:PORT]"),
        ("LOG", "kafka://", "TILDE_LOG is 'kafka://', and must be `sqlite` or kafka://HOST:PORT[,HOST:PORT]"),
        ("LOG", "kafka://a:x", "TILDE_LOG is 'kafka://a:x', and must be `sqlite` or kafka://HOST:PORT[,HOST:PORT]"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "TILDE_TRUSTED_PROXIES is '10.0.0.0/33', and must be networks or addresses"),
        ("TRUSTED_PROXIES", "10.0.0.1,", "TILDE_TRUSTED_PROXIES is '10.0.0.1,', and must be networks or addresses"),
        ("TRUSTED_PROXIES", "balancer", "TILDE_TRUSTED_PROXIES is 'balancer', and must be networks or addresses"),
        ("LOG", "kafka://a:1,", "TILDE_LOG is 'kafka://a:1,', and must be `sqlite` or kafka://HOST:PORT[,HOST:PORT]"),
        ("LOG", "kafka://a:99999", "TILDE_LOG is 'kafka://a:99999', and must be `sqlite` or kafka://HOST:PORT"),
        ("STORE", "postgres://a:hush@x", "TILDE_STORE must be `chdb` or clickhouse://USER:PASSWORD@HOST:PORT"),
        ("STORE", "clickhouse://a:hush@x:y", "TILDE_STORE must be `chdb` or clickhouse://USER:PASSWORD@HOST:PORT"),
        ("STORE", "clickhouse://", "TILDE_STORE must be `chdb` or clickhouse://USER:PASSWORD@HOST:PORT"),
        ("API_URL", "localhost:8001", "TILDE_API_URL is 'localhost:8001', and must be http://HOST:PORT or https://"),
        (
            "API_PEERS",
            "http://a:1,",
            "TILDE_API_PEERS is 'http://a:1,', and must be http://HOST:PORT or https://HOST:PORT",
        ),
        (
            "EDGES",
            "http://a,b:8000",
            "TILDE_EDGES is 'http://a,b:8000', and must be http://HOST:PORT or https://HOST:PORT",
        ),
        ("EDGES_GONE", "1,two", "TILDE_EDGES_GONE is '1,two', and must be numbers of edges, 0,3"),
        ("SMTP", "mail.example.com", "TILDE_SMTP must be smtp://USER:PASSWORD@HOST:PORT or smtps://"),
        ("SMTP", "smtp://a:hush@:25", "TILDE_SMTP must be smtp://USER:PASSWORD@HOST:PORT or smtps://"),
        ("SMTP", "smtp://a:hush@x", "TILDE_SMTP needs TILDE_MAIL_FROM: the address that mail is from"),
        ("MAIL_FROM", "Stats", "TILDE_MAIL_FROM is 'Stats', and must be an address, `stats@example.com` or"),
        ("MAIL_FROM", "a\nb <a@b.c>", "and must be an address, `stats@example.com` or"),
        ("PUBLIC_URL", "stats.example.com", "TILDE_PUBLIC_URL is 'stats.example.com', and must be http://HOST:PORT"),
        ("ACK", "never", "TILDE_ACK is 'never', and must be 'broker' or 'disk'"),
        ("LENIENT_KEYS", "maybe", "TILDE_LENIENT_KEYS is 'maybe', and must be true or false"),
        ("STATHAT_ERROR_STATUS", "500", "TILDE_STATHAT_ERROR_STATUS is '500', and must be 200 or 400"),
        ("TLS_PORT", "0", "TILDE_TLS_PORT is '0', and must be a whole number, 1 to 65535"),
        ("TLS_PORT", "8443", "TILDE_TLS_PORT needs TILDE_TLS_CERT and TILDE_TLS_KEY"),
        ("TLS_VERSION_MIN", "3", "TILDE_TLS_VERSION_MIN is '3', and must be '1.0', '1.1', '1.2' or '1.3'"),
        ("KEEP_ALIVE_S", "0", "TILDE_KEEP_ALIVE_S is '0', and must be a whole number, 1 to 86400"),
        ("TLS_CERT", "cert.pem", "https needs both TILDE_TLS_CERT and TILDE_TLS_KEY"),
        ("TLS_KEY", "key.pem", "https needs both TILDE_TLS_CERT and TILDE_TLS_KEY"),
        (
            "OUTPUT_RETENTION_HOURS",
            "0",
            "TILDE_OUTPUT_RETENTION_HOURS is '0', and must be a whole number of at least 1",
        ),
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
    assert "hush" not in str(error.value)


def test_other_roles_are_named_with_commas_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single edge that is gone may stand in a file as a number; nobody is named unless he is."""
    file = tmp_path / "tilde.toml"
    file.write_text("edges_gone = 3")
    monkeypatch.setenv("TILDE_EDGES", "http://a:8000, https://b")
    named, none = load_settings(file), load_settings(edges=None)

    assert named.edge_urls == ["http://a:8000", "https://b"]
    assert named.edges_gone_numbers == {3}
    assert (none.peer_urls, none.edges_gone_numbers) == ([], frozenset())
    assert load_settings(edges_gone="0, 12").edges_gone_numbers == {0, 12}


@pytest.mark.parametrize(
    ("proxies", "networks"),
    [
        (None, []),
        ("10.1.2.3/8, 192.0.2.7", ["10.0.0.0/8", "192.0.2.7/32"]),
        ("2001:db8::7,fd00::/8", ["2001:db8::7/128", "fd00::/8"]),
    ],
)
def test_proxies_are_networks_or_addresses(proxies: str | None, networks: list[str]) -> None:
    """None are trusted unless they are named; what stands behind the mask does not count."""
    assert [str(each) for each in load_settings(trusted_proxies=proxies).proxy_networks] == networks


@pytest.mark.parametrize("brokers", ["kafka", "kafka:9092", "10.0.0.1:9092,b.example:9093", "[::1]:9092"])
def test_brokers_are_names_or_addresses_with_or_without_a_port(brokers: str) -> None:
    """As many as there are, between commas."""
    assert load_settings(log=f"kafka://{brokers}").brokers == brokers


@pytest.mark.parametrize(
    ("store", "shown"),
    [
        ("chdb", "chdb"),
        ("clickhouse://server:8123", "clickhouse://server:8123"),
        ("clickhouse://user:p@ssword@server:8123?a=hush", "clickhouse://server:8123"),
    ],
)
def test_a_store_is_shown_without_its_password(store: str, shown: str) -> None:
    """A role says at its start what it works for."""
    assert load_settings(store=store).store_shown == shown


def test_what_is_wrong_is_named_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the option, the variable, or the word in the file: where it has to be mended."""
    file = tmp_path / "tilde.toml"
    file.write_text("port = 0\napi_port = 0\n")
    with pytest.raises(SettingsError, match=f"^`port` in {file} is '0'.*; --port is '0'"):
        load_settings(file, api_port=0)
    monkeypatch.setenv("TILDE_PORT", "0")
    with pytest.raises(SettingsError, match="^TILDE_PORT is '0'"):
        load_settings(file)


def test_http_and_https_need_a_port_each() -> None:
    """One socket speaks one of them."""
    with pytest.raises(SettingsError, match="TILDE_PORT and TILDE_TLS_PORT are both 8000.*leave TILDE_TLS_PORT out"):
        load_settings(tls_port=8000, tls_cert=Path("c"), tls_key=Path("k"))


def test_a_version_of_tls_may_stand_in_the_file_as_a_number(tmp_path: Path) -> None:
    """TOML has them."""
    (tmp_path / "t.toml").write_text("tls_version_min = 1.0")

    assert load_settings(tmp_path / "t.toml").tls_version_min == "1.0"


def test_a_certificate_is_the_same_file_in_every_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A role goes into its data folder before it opens it."""
    monkeypatch.chdir(tmp_path)

    assert load_settings(tls_cert=Path("cert.pem"), tls_key=Path("key.pem")).tls_key == tmp_path / "key.pem"


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
    with pytest.raises(SettingsError, match=f"`prot` in {file} is no setting; there are data, host, port, "):
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
    settings = load_settings(data=tmp_path)

    sealed = open_keyring(settings).seal("EZKEY")
    token = open_operator_token(settings)

    assert open_keyring(settings).open(sealed) == "EZKEY"
    assert open_operator_token(settings) == token
    monkeypatch.setenv("TILDE_OPERATOR_TOKEN", "given")
    assert open_operator_token(load_settings(data=tmp_path)) == "given"


def test_paths_are_those_of_where_tilde_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the working directory is another one afterwards: chDB moves it while it is imported."""
    (tmp_path / "tilde.toml").write_text('data = "from-file"\n')
    monkeypatch.chdir(tmp_path)
    default, option = load_settings(), load_settings(data=Path("option"))
    from_file = load_settings(Path("tilde.toml"))
    monkeypatch.setenv("TILDE_DATA", "variable")
    variable = load_settings()

    monkeypatch.chdir("/")

    assert default.data == tmp_path / "tilde-data"
    assert option.data == tmp_path / "option"
    assert from_file.data == tmp_path / "from-file"
    assert variable.data == tmp_path / "variable"


@pytest.mark.parametrize(
    ("settings", "sender"),
    [
        ({}, "Tilde <tilde@localhost>"),
        ({"mail_from": "Stats <stats@example.com>"}, "Stats <stats@example.com>"),
        ({"smtp": "smtp://stats%40example.com:hush@x"}, "stats@example.com"),
        ({"smtp": "smtp://a:hush@x", "mail_from": "stats@example.com"}, "stats@example.com"),
    ],
)
def test_mail_is_from_somebody(settings: dict[str, Any], sender: str) -> None:
    loaded = load_settings(**settings)

    assert loaded.mail_sender == sender
    assert "hush" not in repr(loaded)
