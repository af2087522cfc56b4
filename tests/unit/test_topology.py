"""The page of the pipeline shows what runs."""

import re

from streams import topology
from tilde.schemas.topics import DEAD_LETTERS

LINE = re.compile(r"^(\w+) -+> (\w+Processor) -+> ([\w, ]+?)(?: {2,}\(.*\))?$", re.MULTILINE)


def test_the_drawing_has_every_processor_with_what_it_reads_and_writes() -> None:
    """Whoever looks for the way of an event begins there."""
    drawn = [
        (source, name, frozenset(outputs.split(", "))) for source, name, outputs in LINE.findall(topology.__doc__ or "")
    ]
    run = [
        (each.source.name, type(each).__name__, frozenset(topic.name for topic in each.outputs) - {DEAD_LETTERS.name})
        for each in topology.processors()
    ]

    assert drawn == run


def test_every_processor_may_leave_dead_letters() -> None:
    """A driver puts there what it cannot decode, whoever was to have it."""
    assert all(DEAD_LETTERS in each.outputs for each in topology.processors())
