"""The UUIDs of a product's events and properties: they follow from their names, so nothing has to be kept of them."""

from uuid import UUID, uuid5

EVENT, PROPERTY = "event ", "property "
"""What stands before the name in that of which a UUID is the hash; in statements, too."""


def event_uuid(product: str, name: str) -> UUID:
    """The UUID of an event, of version 5, by that of the product and the name as it is kept."""
    return uuid5(UUID(product), EVENT + name)


def property_uuid(product: str, name: str) -> UUID:
    """The UUID of a property, made likewise: an event and a property of one name have two."""
    return uuid5(UUID(product), PROPERTY + name)
