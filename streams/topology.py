"""The pipeline on one page: which processor reads what and writes what.

stats ----> StatsProcessor -----> points, metrics      (and dead_letters)
catalog --> CreationsProcessor -> metrics
commands -> the decider --------> catalog              (streams/decider.py)
"""

from streams.processors.contract import Processor
from streams.processors.creations import CreationsProcessor
from streams.processors.stats import StatsProcessor


def processors() -> list[Processor]:
    """A fresh instance of every processor."""
    return [StatsProcessor(), CreationsProcessor()]
