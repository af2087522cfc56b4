"""How often a process looks for cyclic garbage: rarely, for hardly any comes to be here."""

import gc


def collect_rarely() -> None:
    """To be called once everything is imported and open. What stands then never becomes garbage, and is not looked at.

    At the interpreter's settings the looks took a fifth of a worker's CPU time and 5 % of a request, and a full one
    held up a query for 60 ms: the libraries make a hundred thousand objects at import.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
