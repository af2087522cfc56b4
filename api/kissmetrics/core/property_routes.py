"""Properties of the Core API: what is known of people of the products, each by its name."""

from typing import Any

from fastapi import APIRouter

from api.kissmetrics.core import list_routes
from api.kissmetrics.core.automatic import AUTOMATIC
from api.kissmetrics.core.vocabulary_list import Noun, VocabularyList, titled
from api.kissmetrics.wire.callers import ApiCallers
from api.reads.people.vocabulary import Usage, VocabularyReads
from api.reads.settling import Settling
from tilde.domain.catalog.definition_records import PropertyDefinition, PropertyType
from tilde.domain.catalog.state import Catalog
from tilde.domain.people.uuids import property_uuid


def router(callers: ApiCallers, properties: VocabularyReads, settling: Settling) -> APIRouter:
    """The routes."""
    return list_routes.router(
        callers, VocabularyList(callers, Noun("properties", "property", property_uuid, _shown), properties, settling)
    )


def _shown(catalog: Catalog, prop: Usage) -> dict[str, Any]:
    """How its owner calls and shows it. The library's own are automatic unless he says otherwise."""
    said = catalog.definitions_of(prop.product).properties.get(prop.name, PropertyDefinition())
    type_: str | None = said.type.value
    if said.type is PropertyType.NONE:
        type_ = PropertyType.AUTOMATIC.value if prop.name in AUTOMATIC else None
    return {
        "type": type_,
        "name": prop.name,
        "display_name": said.display_name or titled(prop.name),
        "description": said.description or None,
        "is_visible": said.is_visible,
    }
