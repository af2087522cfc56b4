"""Memory of `tilde up` under steady load: python -m bench.soak --minutes 30. The last slope has to be zero."""

import argparse
import itertools
import tempfile
import threading
import time
from pathlib import Path

from bench.bench_pipeline import rss_mb
from bench.report import Row, table
from testkit.running import RunningTilde
from tilde.web.http_clients import open_client

POSTS_PER_S = 200
SAMPLE_S = 10


def load(tilde: RunningTilde, stop: threading.Event) -> None:
    """A steady rate of single posts to a thousand stats, and a read now and then."""
    with open_client(tilde.url, timeout=30) as client:
        for n in itertools.count():
            if stop.wait(1 / POSTS_PER_S):
                return
            body = f"ezkey={tilde.account['ezkey']}&stat=stat+{n % 1000}&count=1"
            client.post("/ez", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
            if n % 500 == 0:
                client.get(f"/x/{tilde.account['token']}/statlist")


def slope_mb_per_h(samples: list[tuple[float, float]]) -> float:
    """Least squares over (seconds, MB)."""
    mean_t = sum(t for t, _ in samples) / len(samples)
    mean_m = sum(m for _, m in samples) / len(samples)
    spread = sum((t - mean_t) ** 2 for t, _ in samples)
    return sum((t - mean_t) * (m - mean_m) for t, m in samples) / spread * 3600


def main() -> None:
    """Prints the memory of each process at the start, at two thirds and at the end, and the slope of the last third."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    end_s = parser.parse_args().minutes * 60
    with tempfile.TemporaryDirectory() as folder, RunningTilde(Path(folder) / "data") as tilde:
        tilde.account = tilde.create_account("soak")
        stop = threading.Event()
        thread = threading.Thread(target=load, args=(tilde, stop))
        thread.start()
        began = time.monotonic()
        samples: dict[str, list[tuple[float, float]]] = {"edge": [], "pipeline": []}
        while (now := time.monotonic() - began) < end_s:
            for role, taken in samples.items():
                pid = tilde.child(role)
                assert pid is not None, f"the {role} process died: {tilde.output()}"
                taken.append((now, rss_mb(pid)))
            time.sleep(SAMPLE_S)
        stop.set()
        thread.join()
    rows = []
    for role, taken in samples.items():
        third = taken[len(taken) * 2 // 3 :]
        path = f"{taken[0][1]:.0f}, {third[0][1]:.0f}, {taken[-1][1]:.0f}"
        rows.append(
            Row(f"{role}: start, two thirds, end", "MB", path, f"{slope_mb_per_h(third):+.1f} MB/h", "0 at the end")
        )
    print(table(rows))


if __name__ == "__main__":
    main()
