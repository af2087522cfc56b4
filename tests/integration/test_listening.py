"""The ports that Tilde listens on, and what stands in their way: told in one line with what helps."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from run.process.listening import listen, listen_to_users
from tilde.errors import TildeError
from tilde.settings import Settings

TILDE = [sys.executable, "-m", "run.cli.main"]
OWN_NETWORK = ["unshare", "-rn", "setpriv", "--bounding-set", "-net_bind_service"]
HAS_OWN_NETWORK = subprocess.run([*OWN_NETWORK, "true"], capture_output=True, check=False).returncode == 0


def test_who_has_the_port_is_told() -> None:
    """A process of the same user by its name and number."""
    with listen("127.0.0.1", 0, "port") as first:
        port = first.getsockname()[1]
        with pytest.raises(TildeError) as error:
            listen("127.0.0.1", port, "tls_port")

    assert re.fullmatch(
        rf"cannot listen on 127.0.0.1:{port}: the port is in use by \S+ \(process {os.getpid()}\)"
        r" \(another one: --tls-port N, or TILDE_TLS_PORT=N\)",
        str(error.value),
    )


@pytest.mark.parametrize(
    ("host", "setting", "told"),
    [
        ("192.0.2.7", "port", "cannot listen on 192.0.2.7:8000: 192.0.2.7 is no address of this machine (0.0.0.0 "),
        ("2001:db8::7", "port", "cannot listen on [2001:db8::7]:8000: 2001:db8::7 is no address of this machine"),
        ("no.such.invalid", "port", "TILDE_HOST is 'no.such.invalid', which is no address and no name of one: "),
        ("no.such.invalid", "api_port", "TILDE_API_HOST is 'no.such.invalid', which is no address and no name"),
        ("a" * 80, "port", "which is no address and no name of one: it can be none"),
        ("a\0b", "port", "which is no address and no name of one: "),
        ("300.1.1.1", "port", "TILDE_HOST is '300.1.1.1', which is no address and no name of one: "),
    ],
)
def test_a_host_that_is_not_this_machines_is_told(host: str, setting: str, told: str) -> None:
    """In one line, whatever the library raises for it."""
    with pytest.raises(TildeError) as error:
        listen(host, 8000, setting)

    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_name_with_addresses_of_both_kinds_is_listened_on_by_the_older_one() -> None:
    """As it ever was: `localhost` is 127.0.0.1."""
    with listen("localhost", 0, "port") as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_both_ports_are_taken_or_none(tmp_path: Path) -> None:
    """The first one is given back when the second is in use."""
    with listen("127.0.0.1", 0, "port") as taken, listen("127.0.0.1", 0, "port") as free:
        ports = {"port": free.getsockname()[1], "tls_port": taken.getsockname()[1]}
        free.close()
        with pytest.raises(TildeError, match="--tls-port N, or TILDE_TLS_PORT=N"):
            listen_to_users(Settings(tls_cert=tmp_path / "c", tls_key=tmp_path / "k", **ports))

        with socket.create_server(("127.0.0.1", ports["port"])):
            pass


@pytest.mark.skipif(not HAS_OWN_NETWORK, reason="needs unshare and setpriv (util-linux), and user namespaces")
@pytest.mark.parametrize(("setting", "options"), [("port", ["--port", "80"]), ("tls_port", ["--tls-port", "443"])])
def test_a_port_that_needs_a_right_is_told_with_what_gives_it(tmp_path: Path, setting: str, options: list[str]) -> None:
    """By the command itself, which has not the right."""
    from testkit.certificates import write_certificate  # noqa: PLC0415 - of one test

    chain, key = write_certificate(tmp_path)
    tls = ["--tls-cert", str(chain), "--tls-key", str(key)] if setting == "tls_port" else []
    command = [*OWN_NETWORK, *TILDE, "up", "--data", str(tmp_path / "d"), "--host", "0.0.0.0", *options, *tls]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    (line,) = done.stderr.splitlines()
    assert line.startswith(
        f"tilde: cannot listen on 0.0.0.0:{options[1]}: ports below 1024 need a right. One of: sysctl"
    )
    assert f"net.ipv4.ip_unprivileged_port_start={options[1]}; under systemd AmbientCapabilities=" in line
    assert f"--{setting.replace('_', '-')} N" in line
    assert done.returncode == 1
