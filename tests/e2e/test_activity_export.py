"""All that a product's people did, taken out with `tilde export kissmetrics` and into another product with `tilde import`:
of a Tilde that runs, and of one that does not.
"""

import gzip
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from testkit.running import TILDE, RunningTilde
from testkit.waiting import PATIENCE_S, until

pytestmark = pytest.mark.e2e

T = 1_409_324_310
ACTS = 2_000


def lines() -> list[str]:
    """Of some hundred people, of whom every third one has two identities."""
    acts = [_line(nth) for nth in range(ACTS)]
    aliases = [{"_p": f"visitor {nth}", "_p2": f"p{nth}@people.example", "_t": T} for nth in range(0, 200, 3)]
    odd = {"_p": "line\nbreak \U0001f600", "_t": T, "_n": "typed", "what": "a\0b\u2028", "large": 1e300, " _p": -0.0}
    return [json.dumps(each) for each in [*acts, *aliases, odd]]


def _line(nth: int) -> dict[str, Any]:
    who = f"visitor {nth % 200}" if nth < ACTS // 2 else f"p{nth % 200}@people.example"
    said: dict[str, Any] = {"plan": f"plan {nth % 7}", "amount": nth / 8, "card": f"{nth:012}"}
    return {"_p": who, "_t": T + nth // 3} | ({"_n": f"event {nth % 5}"} if nth % 4 else {}) | said


def totals(tilde: RunningTilde, product: int) -> list[list[dict[str, Any]]]:
    tilde.wait_counted()
    return [
        tilde.sql(f"SELECT {columns}, first_used_at, last_used_at FROM {view} WHERE product = {product} ORDER BY ALL")
        for view, columns in (("events", "event, total"), ("properties", "property"))
    ]


def test_all_is_the_same_after_an_export_and_an_import(shared: RunningTilde, tmp_path: Path) -> None:
    """Packed, after one that was killed in the middle; and at last where Tilde does not run."""
    product = str(shared.account["product"]["id"])
    other = str(shared.make_account("of the export")["product"]["id"])
    given, whole, again, offline = (tmp_path / name for name in ("given", "1.json.gz", "2.json.gz", "3.json"))
    given.write_text("\n".join(lines()))
    taken = shared.run("import", "kissmetrics", str(given), "--product", product)
    assert f"{len(lines())} lines taken, 0 left out" in taken

    command = [*TILDE, "export", "kissmetrics", product, "-o", str(whole), "--data", str(shared.data)]
    export = subprocess.Popen(command, env=shared.environment, stderr=subprocess.DEVNULL)
    unfinished = whole.with_name("1.json.gz.part")
    until(unfinished.exists, PATIENCE_S, lambda: "nothing is written")
    export.send_signal(signal.SIGKILL)
    export.wait(PATIENCE_S)
    assert (whole.exists(), unfinished.exists()) == (False, True)

    shared.run("export", "kissmetrics", product, "--output", str(whole))
    assert not unfinished.exists()
    assert "0 left out" in shared.run("import", "kissmetrics", str(whole), "--product", other)
    assert totals(shared, int(other)) == totals(shared, int(product))
    shared.run("export", "kissmetrics", other, "--output", str(again))
    assert again.read_bytes() == whole.read_bytes()

    one, two = (shown(shared, "visitor 3", each) for each in (product, other))
    assert (two["acts"], two["properties"]) == (one["acts"], one["properties"])
    assert [{each["identity"] for each in person["identities"]} for person in (one, two)] == [
        {"visitor 3", "p3@people.example"}
    ] * 2

    shared.run("person", "erase", "visitor 3", "--product", product)
    shared.stop()
    shared.run("export", "kissmetrics", product, "--output", str(offline))
    told = gzip.decompress(whole.read_bytes()).decode().split("\n")
    erased = [line for line in told if '"visitor 3"' in line or '"p3@people.example"' in line]
    assert offline.read_text().split("\n") == [line for line in told if line not in erased]
    assert len(erased) == ACTS // 200 + 1


def shown(tilde: RunningTilde, identity: str, product: str) -> dict[str, Any]:
    person: dict[str, Any] = json.loads(tilde.run("person", "show", identity, "--product", product, "--json"))
    return person
