"""Finds out whether streams workers run anywhere; the query API on Kafka tells it in `/ready`."""

from streams.drivers.kafka.names import app_id
from tilde.catalog.follower import CatalogFollower
from tilde.eventlog.kafka_group import GroupLook, Groups
from tilde.runtime.clock import SystemClock
from tilde.settings import Settings


def workers_of_the_live_generation(settings: Settings, follower: CatalogFollower) -> GroupLook:
    """Looks at the workers of the generation that the catalog says is read; connects at the first look."""
    return GroupLook(Groups(settings.brokers), lambda: app_id(follower.catalog.generation), SystemClock())
