"""The AsyncAPI 3.0 document of the house's topics."""

from typing import Any

from contracts.catalogue import TOPICS, Topic
from contracts.event import EventData
from contracts.examples import EXAMPLES


def asyncapi_document() -> dict[str, Any]:
    """Channels, messages with schema and example, and who sends and receives."""
    examples = {type(example): example for example in EXAMPLES}
    messages: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for topic in TOPICS:
        for event in topic.events:
            messages[event.__name__] = _message(event, examples[event])
            schema = event.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas[event.__name__] = schema
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Posthouse events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in binary mode: attributes as ce_* headers, the payload as the JSON value.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {"messages": messages, "schemas": schemas},
    }


def _message(event: type[EventData], example: EventData) -> dict[str, Any]:
    return {
        "name": event.event_type,
        "title": event.__name__,
        "summary": (event.__doc__ or "").strip().splitlines()[0],
        "headers": {
            "type": "object",
            "required": ["ce_id", "ce_source", "ce_type", "ce_specversion", "ce_time"],
            "properties": {
                "ce_id": {"type": "string", "format": "uuid", "description": "dedupe on this"},
                "ce_source": {"type": "string", "description": "the producing service"},
                "ce_type": {"type": "string", "const": event.event_type},
                "ce_specversion": {"type": "string", "const": "1.0"},
                "ce_time": {"type": "string", "format": "date-time"},
                "traceparent": {"type": "string", "description": "W3C trace context"},
            },
        },
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "examples": [{"name": event.__name__, "payload": example.model_dump(mode="json")}],
    }


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"{topic.description}. Key: {topic.key}.",
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"} for event in topic.events},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {"retention.ms": topic.retention_hours * 3_600_000},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations() -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for topic in TOPICS:
        for verb, action, services in (("sends", "send", topic.producers), ("receives", "receive", topic.consumers)):
            for service in services:
                name = f"{service.replace(' ', '_')}_{verb}_{topic.name}"
                operations[name] = {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}}
    return operations
