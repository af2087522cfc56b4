"""`tilde replay`: the tables built again from offset 0 of the raw topics, beside the live ones, which stay readable."""

import time

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tilde.cli.operators import Operator

POLL_S = 0.2


def replay(operator: Operator) -> None:
    """Builds the next generation, shows how far it is, and moves the reads to it once it has caught up."""
    generation = operator.call("POST", "/tilde/v1/generations")["generation"]
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
    operator.call("POST", f"/tilde/v1/generations/{generation}/activate")
    while operator.call("GET", "/tilde/v1/progress")["live"] != generation:
        time.sleep(POLL_S)
    print(f"generation {generation} is the one that is read now; the old tables are gone")


def _how_far(operator: Operator) -> tuple[int, int]:
    """Raw batches that the new generation has done, and those that the live one had."""
    progress = operator.call("GET", "/tilde/v1/progress")
    done = sum(map(sum, (progress["next"] or {}).values()))
    return done, sum(map(sum, progress["passed"].values()))
