"""deploy/clickhouse/low-memory.xml: ClickHouse keeps no log about itself that grows for ever."""

import json
import mmap
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

pytestmark = pytest.mark.store

CONFIGURATION = Path(__file__).parents[2] / "deploy/clickhouse/low-memory.xml"
WEEK = re.compile(r"event_date \+ INTERVAL [1-7] DAY DELETE")
NAME = re.compile(rb"[a-z][a-z0-9_]{1,40}_log$")
ASK = """
import chdb, json, sys
folder, words = sys.argv[1], json.load(sys.stdin)
known = []
connection = chdb.connect(folder)
for word in words:
    try:
        connection.query("SYSTEM FLUSH LOGS " + word)
        known.append(word)
    except RuntimeError as error:
        assert "does not exist" in str(error), error
print(json.dumps(known))
"""


def words_of_the_engine() -> set[str]:
    """Whatever in the program of the pinned engine may be the name of a log, and a few that are too short to stand
    there as they are.
    """
    engine = find_spec("chdb")
    assert engine is not None
    assert engine.origin is not None
    (library,) = Path(engine.origin).parent.glob("_chdb*.so")
    words = {b"crash_log", b"part_log", b"query_log", b"text_log", b"trace_log"}
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as program:
        at = program.find(b"_log\0")
        while at >= 0:
            if name := NAME.search(program[max(0, at - 40) : at + 4]):
                words.add(name[0])
            at = program.find(b"_log\0", at + 1)
    settings = (b"jemalloc_", b"enable_", b"output_")
    return {word.decode() for word in words if not word.startswith(settings)}


def logs_of_the_engine(folder: Path) -> list[str]:
    """Those of the words that the engine keeps a log for, when each is configured: it is an error for the others."""
    words = sorted(words_of_the_engine())
    sections = "".join(f"<{word}><database>system</database><table>{word}</table></{word}>" for word in words)
    configured = folder / "logs.xml"
    configured.write_text(f"<clickhouse>{sections}</clickhouse>")
    run = [sys.executable, "-c", ASK, f"{folder / 'store'}?config-file={configured}"]
    asked = subprocess.run(run, input=json.dumps(words), capture_output=True, text=True, check=True)
    return list(json.loads(asked.stdout))


def test_every_log_of_the_engine_is_off_or_kept_for_a_week(tmp_path):
    logs = logs_of_the_engine(tmp_path)
    configured = {section.tag: section for section in ET.parse(CONFIGURATION).getroot()}
    growing = {
        log
        for log in logs
        if (section := configured.get(log)) is None
        or not (section.get("remove") or WEEK.fullmatch(section.findtext("ttl", "")))
    }

    assert len(logs) > 25, "the engine was asked"
    assert growing == set()
