"""What Confluent's own schema registry client makes of ours: python registry_client.py URL < message-in-hex > seen.json

Runs in a virtual environment of its own (runners.py makes it).
"""

import json
import sys
from collections.abc import Callable

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

SERIALIZERS = {
    "that register": {"auto.register.schemas": True},
    "that look up": {"auto.register.schemas": False},
    "of the latest version": {"auto.register.schemas": False, "use.latest.version": True},
}


def refusal(call: Callable[[], object]) -> list[int]:
    """Status and code of what a call is refused with."""
    try:
        return [0, len(str(call()))]
    except SchemaRegistryError as error:
        return [error.http_status_code, error.error_code]


def main() -> None:
    """Reads a message of `points`, writes it again with each kind of serializer, and tries what is not there."""
    url, message = sys.argv[1], bytes.fromhex(sys.stdin.read())
    client = SchemaRegistryClient({"url": url})
    context = SerializationContext("points", MessageField.VALUE)
    point = AvroDeserializer(client)(message, context)
    latest = client.get_latest_version("points-value")
    again = {
        name: AvroSerializer(client, latest.schema.schema_str, conf=conf)(point, context) == message
        for name, conf in SERIALIZERS.items()
    }
    seen = {
        "number": point["number"],
        "subjects": client.get_subjects(),
        "latest": latest.schema_id,
        "looked up": client.lookup_schema("points-value", latest.schema).schema_id,
        "compatibility": client.get_compatibility("points-value"),
        "written again": again,
        "no such id": refusal(lambda: client.get_schema(99)),
        "no such subject": refusal(lambda: client.get_latest_version("nope-value")),
        "no such version": refusal(lambda: client.get_version("points-value", 9)),
        "another schema": refusal(lambda: client.register_schema("points-value", Schema('"string"', "AVRO"))),
        "another level": refusal(lambda: client.set_compatibility(level="NONE")),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
