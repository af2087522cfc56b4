"""`tilde replay`: the tables built again from offset 0 of the raw topics, beside the live ones, which stay readable."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tilde.cli.operators import Operator

POLL_S = 0.2


def replay(
    operator: Operator, workers: Callable[[int], AbstractContextManager[None]] = lambda _: nullcontext()
) -> None:
    """Builds the next generation, shows how far it is, and moves the reads to it once it has caught up.

    `workers` fill the generation where the Tilde that is asked does not do it all by itself.
    """
    generation = operator.call("POST", "/tilde/v1/generations")["generation"]
    with workers(generation):
        _watch(operator, generation)
        operator.call("POST", f"/tilde/v1/generations/{generation}/activate")
        while operator.call("GET", "/tilde/v1/progress")["live"] != generation:
            time.sleep(POLL_S)
    print(f"generation {generation} is the one that is read now; the old tables are gone")


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
            done, total = _how_far(operator)
            progress.update(task, completed=done, total=total)
            if done >= total:
                break
            time.sleep(POLL_S)


def _how_far(operator: Operator) -> tuple[int, int]:
    """Raw batches that the new generation has done, and those that the live one had."""
    progress = operator.call("GET", "/tilde/v1/progress")
    done = sum(map(sum, (progress["next"] or {}).values()))
    return done, sum(map(sum, progress["passed"].values()))
