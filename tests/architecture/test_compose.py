"""docker-compose.yml and what it mounts and builds: right by the official schema, and complete in itself."""

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from jsonschema import Draft202012Validator

from tilde.settings import Settings
from tools import images

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OWN = [name for name, service in SERVICES.items() if "build" in service]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()


def compose_schema() -> Draft202012Validator:
    """The Compose project's own schema; check-jsonschema carries it, and is not imported for a file."""
    file = "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
    return Draft202012Validator(json.loads(distribution("check-jsonschema").locate_file(file).read_text()))


def is_one_shot(service: dict[str, Any]) -> bool:
    return service.get("restart") == "no"


def test_it_is_valid_by_the_compose_specification() -> None:
    """Unknown keys and wrong types are errors there."""
    errors = compose_schema().iter_errors(COMPOSE)

    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_the_schema_would_say_no() -> None:
    """A misspelt key is an error: so the test above can fail."""
    wrong = {"services": {"edge": {"image": "tilde", "healthchek": {}}}}

    assert not compose_schema().is_valid(wrong)


def test_every_service_is_here() -> None:
    """Two of others, one that prepares, and a role each."""
    assert list(SERVICES) == ["kafka", "clickhouse", "migrate", "edge", "streams", "sinks", "api", "watchers"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_health_check_or_ends_by_itself(name: str) -> None:
    """What goes on for ever can be asked how it is."""
    service = SERVICES[name]

    assert is_one_shot(service) != ("healthcheck" in service)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_services_that_exist(name: str) -> None:
    """For a one-shot to have succeeded, for any other to be healthy."""
    for other, how in SERVICES[name].get("depends_on", {}).items():
        one_shot = is_one_shot(SERVICES[other])

        assert how["condition"] == ("service_completed_successfully" if one_shot else "service_healthy")


def test_waiting_has_no_circle() -> None:
    """Taking away what waits for nothing left, again and again, leaves nothing."""
    waits = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}
    while ready := [name for name, others in waits.items() if not others & waits.keys()]:
        for name in ready:
            del waits[name]

    assert waits == {}


def test_every_volume_is_declared_and_used() -> None:
    """A folder that is mounted is in the repository; a volume is in `volumes`."""
    sources = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]

    assert {source for source in sources if not source.startswith("./")} == set(COMPOSE["volumes"])
    assert [source for source in sources if source.startswith("./") and not (ROOT / source).exists()] == []


def test_an_image_of_others_is_pinned() -> None:
    """By a whole version and by its digest; ours are built on one image, pinned as well."""
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    images += re.findall(r"^ARG PYTHON_IMAGE=(.*)$", DOCKERFILE, re.MULTILINE)

    assert len(images) == 3
    assert [image for image in images if not re.search(r":\d+\.\d+\.\d+[\w.-]*@sha256:[0-9a-f]{64}$", image)] == []
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${PYTHON_IMAGE}"}


def test_digests_are_written_anew_behind_the_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every image of others, and of no image of ours; by what docker says of the tag, or not at all."""
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$4" >> {tmp_path}/asked\necho sha256:{"5a" * 32}\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    files = [ROOT / name for name in images.FILES]
    written = "".join(images.pinned(file.read_text()) for file in files)

    assert written.count(f"@sha256:{'5a' * 32}") == len(re.findall(r"@sha256:", written)) == 3
    asked = (tmp_path / "asked").read_text()
    assert re.sub(r":\S+", "", asked).split() == ["apache/kafka", "clickhouse/clickhouse-server", "python"]
    assert "@" not in asked
    docker.write_text("#!/bin/sh\necho nonsense\n")
    with pytest.raises(ValueError, match="docker says 'nonsense'"):
        images.pinned(files[0].read_text())


@pytest.mark.parametrize("name", OWN)
def test_a_role_of_ours_is_told_where_everything_is(name: str) -> None:
    """The log, the store, the query API; secrets come from .env and have no default."""
    service = SERVICES[name]
    told = service["environment"]

    assert service["command"] == [name]
    assert told["TILDE_LOG"] == "kafka://kafka:9092"
    assert told["TILDE_API_URL"] == "http://api:8001"
    assert told["TILDE_STORE"].endswith("@clickhouse:8123")
    assert told["TILDE_KEY"].startswith("${TILDE_KEY:?")


@pytest.mark.parametrize("name", OWN)
def test_a_role_is_told_nothing_that_it_does_not_know(name: str) -> None:
    """Each variable is a setting, so a misspelt one does not pass in silence."""
    settings = {f"TILDE_{field.upper()}" for field in Settings.model_fields}

    assert set(SERVICES[name]["environment"]) <= settings


def test_only_the_edge_is_reached_from_outside() -> None:
    """Nobody else publishes a port."""
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "edge": ["8000:8000"]
    }


def test_a_broker_that_is_alone_flushes_every_message() -> None:
    """There is no replica to recover from, and nothing is deleted but by a topic's own settings."""
    told = SERVICES["kafka"]["environment"]

    assert told["KAFKA_LOG_FLUSH_INTERVAL_MESSAGES"] == 1
    assert told["KAFKA_LOG_RETENTION_MS"] == -1
    assert told["KAFKA_LOG_DIRS"] == "/var/lib/kafka/data"


def test_the_store_is_bounded() -> None:
    """The low-memory profile is well-formed, and says at most how much."""
    profile = ET.parse(ROOT / "deploy/clickhouse/low-memory.xml").getroot()

    assert profile.tag == "clickhouse"
    assert profile.findtext("max_server_memory_usage") == str(2 * 1024**3)


def test_the_image_is_built_from_what_is_here() -> None:
    """Every source of a COPY exists, packages are checked against the lock, and the process is not root."""
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)

    assert [file for line in sources for file in line.split() if not (ROOT / file).exists()] == []
    assert "pip install --require-hashes -r requirements.lock" in DOCKERFILE
    assert "pip install --no-deps " in DOCKERFILE
    assert users == ["tilde"]
    assert 'ENTRYPOINT ["tilde"]' in DOCKERFILE
