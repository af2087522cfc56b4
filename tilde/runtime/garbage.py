"""How often a process looks for cyclic garbage: rarely, since ours make hardly any."""

import gc


def look_rarely(young_objects: int = 50_000) -> None:
    """To be called before the imports, which make objects that stay: the looks for others took a tenth of a start."""
    gc.set_threshold(young_objects, 20, 50)


def collect_rarely(young_objects: int = 50_000) -> None:
    """To be called once everything is imported and open. What stands then never becomes garbage, and is not looked at.

    `young_objects` are made before the first look: more than stand in a batch, where batches are worked on.

    At the interpreter's settings the looks took a fifth of a worker's CPU time and 5 % of a request, and a full one
    held up a query for 60 ms: the libraries make a hundred thousand objects at import.
    """
    gc.collect()
    gc.freeze()
    look_rarely(young_objects)
