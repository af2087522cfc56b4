"""A reseller's program in real PHP, at a Tilde: `file()` asks and splits, `trim` or nothing, and OK is compared."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.clients,
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("php") is None, reason="php is missing (Debian package php-cli)"),
]
PROGRAM = Path(__file__).with_name("white_label.php")
RUN_MAX_S = 60


def test_a_program_of_the_documentations_kind_has_every_line_where_it_looks_for_it(tilde_up: Any) -> None:
    """Of answers that are OK and of one that is not."""
    tilde_up.start_unless_it_runs()
    key = tilde_up.make_account("clients php")["white_label_key"]
    command = ["php", "-n", str(PROGRAM), tilde_up.url, key]
    out = subprocess.run(command, capture_output=True, text=True, check=False, timeout=RUN_MAX_S)
    assert out.returncode == 0, out.stderr

    user, site, goal, name, untrimmed, traffic, again = map(json.loads, out.stdout.splitlines())

    assert re.fullmatch(r"OK \d+", " ".join(user))
    assert re.fullmatch(r"OK \d+ [a-z0-9]{13} db\d [a-z0-9]{39}", " ".join(site))
    assert re.fullmatch(r"OK \d+", " ".join(goal))
    assert name == ["OK", "billy"]
    assert untrimmed == ["OK\n", f"{user[1]}\n"]
    assert (traffic[0], traffic[2]) == ("OK", "0")
    assert again == ["NOK", "5", "This username is already registered."]
