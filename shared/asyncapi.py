"""The AsyncAPI 3.0 document of a service, made from the contracts it sends and receives."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shared.contracts.catalogue import EVENTS, EXTENSIONS, PARTITIONED

_SCHEMA = "#/components/schemas/{name}"


def document(service: str, *, sends: Sequence[str], receives: Sequence[str]) -> dict[str, Any]:
    """Channels, operations and messages of the topics that a service sends and receives."""
    topics = sorted({*sends, *receives})
    data = {type_: struct for topic in topics for type_, struct in EVENTS[topic].items()}
    references, schemas = msgspec.json.schema_components(list(data.values()), ref_template=_SCHEMA)
    payloads = dict(zip(data, references, strict=True))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Rancak {service}",
            "version": "1",
            "description": (
                "One Redis Stream entry is one run: 1-1,000 CloudEvents as a zstd-compressed JSON "
                "array in FastStream's binary format; its id is the run's last sequence. The same "
                "events come by HTTP from GET /v1/log/{stream}."
            ),
        },
        "defaultContentType": "application/cloudevents-batch+json",
        "channels": {topic: _channel(topic) for topic in topics},
        "operations": {
            **{f"send_{topic}": _operation("send", topic) for topic in sends},
            **{f"receive_{topic}": _operation("receive", topic) for topic in receives},
        },
        "components": {
            "messages": {type_: _message(type_, payloads[type_]) for type_ in data},
            "schemas": schemas,
        },
    }


def _channel(topic: str) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": f"rancak:{topic}:0",
        "description": f"Redis key rancak:{topic}:{{0}}; the braces make the cluster slot.",
        "messages": {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in EVENTS[topic]},
    }
    if topic in PARTITIONED:
        channel["address"] = f"rancak:{topic}:{{partition}}"
        channel["description"] = f"Redis keys rancak:{topic}:{{0}} … by agency, one per partition."
        channel["parameters"] = {"partition": {"description": "0 … RANCAK_PARTITIONS - 1"}}
    return channel


def _operation(action: str, topic: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{type_}"} for type_ in EVENTS[topic]],
    }


def _message(type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "name": type_,
        "title": type_,
        "contentType": "application/cloudevents+json",
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "time", "data"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": text,
                "source": text,
                "type": {"const": type_},
                "time": {"type": "string", "format": "date-time"},
                "datacontenttype": {"const": "application/json"},
                **{
                    name: {"type": "integer" if name == "sequence" else "string", "description": d}
                    for name, d in EXTENSIONS.items()
                },
                "data": data,
            },
        },
    }
