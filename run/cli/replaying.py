"""`tilde replay` has the tables built again from offset 0 of the raw topics, beside the live ones, and shows how far
that is. The live ones stay readable until it is done.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from run.cli.operators import Operator
from run.process.printing import print_lines
from tilde.errors import TildeError
from tilde.own_paths import GENERATIONS, PROGRESS
from tilde.runtime.clock import Clock, SystemClock

POLL_S = 0.2
PATIENCE_S = 60.0  # so long the Tilde that is asked may be away: a replay of hours does not end for its restart


def replay(
    operator: Operator, workers: Callable[[int], AbstractContextManager[None]] = lambda _: nullcontext()
) -> None:
    """Builds the next generation, shows how far it is, and moves the reads to it once it has caught up.

    `workers` fill the generation where the Tilde that is asked does not do it all by itself. Raises TildeError where a
    call is refused, or nobody says for PATIENCE_S seconds how far it is.
    """
    generation = operator.call("POST", GENERATIONS)["generation"]
    with workers(generation):
        _watch(operator, generation)
        if _progress(operator)["live"] < generation:
            operator.call("POST", f"{GENERATIONS}/{generation}/activate")
        while _progress(operator)["live"] < generation:
            time.sleep(POLL_S)
    print_lines(f"generation {generation} is the one that is read now; the old tables are gone")


def _watch(operator: Operator, generation: int) -> None:
    """Returns when it has caught up."""
    columns = (
        TextColumn("generation {task.fields[generation]}"),
        BarColumn(),
        TextColumn("{task.completed} of {task.total} batches"),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as progress:
        task = progress.add_task("replay", total=None, generation=generation)
        while True:
            done, total = _how_far(operator, generation)
            progress.update(task, completed=done, total=total)
            if done >= total:
                break
            time.sleep(POLL_S)


def _how_far(operator: Operator, generation: int) -> tuple[int, int]:
    """Raw batches that the new generation has done, and those that the live one had."""
    progress = _progress(operator)
    if progress["live"] >= generation:  # somebody else has replayed meanwhile, and moved the reads
        return 1, 1
    done = sum(map(sum, (progress["next"] or {}).values()))
    return done, sum(map(sum, progress["passed"].values()))


def _progress(operator: Operator, clock: Clock | None = None) -> Any:
    """The answer to how far it is; asked again while there is none. Raises the TildeError that lasts PATIENCE_S."""
    clock = clock or SystemClock()
    asked_s = clock.monotonic_s()
    while True:
        try:
            return operator.call("GET", PROGRESS)
        except TildeError:
            if clock.monotonic_s() - asked_s > PATIENCE_S:
                raise
        time.sleep(POLL_S)
