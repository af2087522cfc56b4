"""HTTP clients are made in one place, so that none takes a proxy from the environment."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PLACES = ("tilde", "producers", "streams", "sinks", "api", "watchers", "bench", "tools")
SOURCES = sorted(path for place in PLACES for path in (ROOT / place).rglob("*.py"))
THE_PLACE = ROOT / "tilde/web/http_clients.py"
THE_STORE = ROOT / "tilde/store/connect.py"
# Of httpx: what opens connections, or asks by itself. In-process and mock transports open none.
OPENING = {
    *("Client", "AsyncClient", "HTTPTransport", "AsyncHTTPTransport", "create_ssl_context"),
    *("get", "post", "put", "patch", "delete", "head", "options", "request", "stream"),
}
# They ask the environment for a proxy, or for a certificate; `http.client` and sockets do not.
OTHERS = {"urllib.request", "requests", "aiohttp", "httpcore", "urllib3", "clickhouse_connect"}


def modules_of(node: ast.AST) -> Iterator[str]:
    """Whole names of what a node imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module is not None:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults_of(source: str, *, is_the_store: bool = False) -> list[str]:
    """The lines that make a client by themselves."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            if isinstance(of, ast.Name) and of.id == "httpx" and node.func.attr in OPENING:
                found.append(f"line {node.lineno}: httpx.{node.func.attr}")
        for name in modules_of(node):
            assert isinstance(node, ast.Import | ast.ImportFrom)
            if name.startswith("httpx.") and name.removeprefix("httpx.") in OPENING:
                found.append(f"line {node.lineno}: {name}")
            if not is_the_store and any(name == other or name.startswith(f"{other}.") for other in OTHERS):
                found.append(f"line {node.lineno}: {name}")
    return found


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path != THE_PLACE], ids=lambda p: str(p.relative_to(ROOT))
)
def test_an_http_client_is_made_by_the_one_place(path: Path) -> None:
    """tilde/web/http_clients.py; of ClickHouse's driver the store's alone, over connections of its own."""
    in_the_store = path.parent == THE_STORE.parent or path.name == "clickhouse_server.py"

    assert faults_of(path.read_text(), is_the_store=in_the_store) == []


@pytest.mark.parametrize(
    "source",
    [
        "import httpx\nhttpx.Client()",
        "import httpx\nhttpx.get('http://x')",
        "from httpx import AsyncClient",
        "import urllib.request",
        "from urllib import request",
        "import requests",
        "from clickhouse_connect import get_client",
    ],
)
def test_the_rule_finds_one(source: str) -> None:
    """So the test above can fail."""
    assert len(faults_of(source)) == 1


def test_no_health_check_of_a_container_takes_a_proxy() -> None:
    """Docker gives every container the proxy of who runs it: wget and Python's urllib take it for 127.0.0.1 too."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    checks = [service["healthcheck"]["test"] for service in services.values() if "healthcheck" in service]

    assert [check for check in checks if "wget" in check and "--no-proxy" not in check] == []
    assert [check for check in checks if "curl" in check or "urllib" in str(check)] == []
