"""`tilde sinks`: from Kafka into a ClickHouse server."""

from contextlib import AsyncExitStack

from run.process.following import followed_catalog, until_replaced
from run.process.role import kafka_outage, needs_kafka, run_in
from run.roles.generations import discard_before
from sinks.wiring import run_sinks
from tilde.data_folder import heartbeat_path
from tilde.errors import SettingsError
from tilde.runtime.tasks import beside
from tilde.runtime.telling import tell
from tilde.settings import Settings
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate, point_views


def sinks(settings: Settings, generation: int | None) -> None:
    """Fills the live generation's tables until another one is read, or those of the one given."""
    needs_kafka(settings)
    if settings.store == "chdb":
        raise SettingsError(
            "sinks and api share no embedded store: set TILDE_STORE=clickhouse://.. or run `tilde store`"
        )
    which = "the live generation" if generation is None else f"generation {generation}"
    tell("sinks", f"fills the tables of {which} in {settings.store_shown} from Kafka at {settings.brokers}")
    run_in(settings.data, _work(settings, generation))


async def _work(settings: Settings, generation: int | None) -> None:
    outage = kafka_outage(settings, "sinks")
    async with followed_catalog(settings, outage) as (follower, following), AsyncExitStack() as stack:
        mine = generation or follower.catalog.generation
        store = await open_store(settings.store)
        stack.push_async_callback(store.close)
        background = [following]
        if generation is None:
            await migrate(store, mine)
            await point_views(store, mine)
            await discard_before(settings.data, store, mine)
            background.append(until_replaced(follower, mine))
        await beside(
            background, run_sinks(settings.brokers, store, mine, heartbeat_path(settings.data, "sinks"), outage)
        )
