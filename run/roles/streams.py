"""`tilde streams`: a Faust worker."""

from run.process.following import followed_catalog, until_replaced
from run.process.role import kafka_outage, needs_kafka, run_in
from streams.wiring import run_streams
from tilde.runtime.tasks import beside
from tilde.runtime.telling import tell
from tilde.settings import Settings


def streams(settings: Settings, generation: int | None) -> None:
    """Works for the live generation until another one is read, or for the one given."""
    needs_kafka(settings)
    which = "the live generation" if generation is None else f"generation {generation}"
    tell("streams", f"processes raw topics into {which} on Kafka at {settings.brokers}, data in {settings.data}")
    run_in(settings.data, _work(settings, generation))


async def _work(settings: Settings, generation: int | None) -> None:
    async with followed_catalog(settings, kafka_outage(settings, "streams")) as (follower, following):
        mine = generation or follower.catalog.generation
        replaced = [] if generation else [until_replaced(follower, mine)]
        await beside(
            [following, *replaced],
            run_streams(settings.brokers, mine, settings.data, follower, settings.poison_run_max),
        )
