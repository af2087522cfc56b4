"""How often our processes look for garbage."""

import subprocess
import sys

FIRST_IMPORT = "import gc, run; print(gc.get_threshold()[0])"


def test_a_process_looks_rarely_from_its_first_import_on() -> None:
    """What it imports stays, and the looks for what does not took a tenth of each start."""
    ran = subprocess.run([sys.executable, "-c", FIRST_IMPORT], capture_output=True, text=True, check=True)

    assert int(ran.stdout) == 50_000
