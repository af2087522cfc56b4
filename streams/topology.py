"""The pipeline on one page: which processor reads what and writes what.

stats ---------> StatsProcessor -----> points, metrics
sample_writes -> SamplesProcessor ---> samples, points, metrics
hits ----------> HitsProcessor ------> actions
hits ----------> TrafficProcessor ---> traffic
activity ------> ActivityProcessor --> occurrences, property_values
activity ------> PeopleProcessor ----> people, events, properties
catalog -------> CreationsProcessor -> metrics, points            (deleting rows)
catalog -------> ResellersProcessor -> users, sites, access
catalog -------> ChangesProcessor ---> changes
commands ------> the decider --------> catalog                    (streams/decider.py)

What one of them cannot process goes to dead_letters. On Kafka each processor has a changelog topic, with the positions
(and the state, where it has some) of its partitions.
"""

from streams.contract import NO_CATALOG, AsOf, Processor
from streams.processors.activity import ActivityProcessor
from streams.processors.changes import ChangesProcessor
from streams.processors.creations import CreationsProcessor
from streams.processors.hits import HitsProcessor
from streams.processors.people import PeopleProcessor
from streams.processors.resellers import ResellersProcessor
from streams.processors.samples import SamplesProcessor
from streams.processors.stats import StatsProcessor
from streams.processors.traffic import TrafficProcessor


def processors(as_of: AsOf = NO_CATALOG) -> list[Processor]:
    """A fresh instance of every processor; `as_of` is for those that look something up."""
    of_hits = (HitsProcessor(), TrafficProcessor())
    of_people = (ActivityProcessor(), PeopleProcessor())
    of_the_catalog = (CreationsProcessor(), ResellersProcessor(), ChangesProcessor())
    return [StatsProcessor(), SamplesProcessor(as_of), *of_hits, *of_people, *of_the_catalog]
