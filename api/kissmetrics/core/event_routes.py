"""Events of the Core API: what people of the products did, each by its name."""

from typing import Any

from fastapi import APIRouter

from api.kissmetrics.core import list_routes
from api.kissmetrics.core.vocabulary_list import Noun, VocabularyList, titled
from api.kissmetrics.wire.callers import ApiCallers
from api.reads.people.vocabulary import Usage, VocabularyReads
from api.reads.settling import Settling
from tilde.domain.catalog.definition_records import EventDefinition
from tilde.domain.catalog.state import Catalog
from tilde.domain.people.uuids import event_uuid


def router(callers: ApiCallers, events: VocabularyReads, settling: Settling) -> APIRouter:
    """The routes."""
    noun = Noun("events", "event", event_uuid, _shown)
    return list_routes.router(callers, VocabularyList(callers, noun, events, settling))


def _shown(catalog: Catalog, event: Usage) -> dict[str, Any]:
    """How its owner calls and shows it, and how often it was done."""
    said = catalog.definitions_of(event.product).events.get(event.name, EventDefinition())
    return {
        "name": event.name,
        "display_name": said.display_name or titled(event.name),
        "description": said.description or None,
        "is_visible": said.is_visible,
        "total": event.total,
    }
