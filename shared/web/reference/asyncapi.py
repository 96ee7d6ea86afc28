"""An AsyncAPI document as channels with their messages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.web.reference.schema import Line, Reader


@dataclass(frozen=True, slots=True)
class Message:
    """One type of event."""

    name: str
    content_type: str
    lines: Sequence[Line]
    example: str


@dataclass(frozen=True, slots=True)
class Channel:
    """One topic: where it is, who does what with it, what is in it."""

    name: str
    address: str
    description: str
    actions: Sequence[str]
    messages: Sequence[Message]


def channels(document: Mapping[str, Any]) -> Sequence[Channel]:
    """All channels of a document, in its order."""
    reader = Reader(document)
    return [
        Channel(
            name,
            channel["address"],
            channel.get("description", ""),
            _actions(document, name),
            [_message(reader, message) for message in channel["messages"].values()],
        )
        for name, channel in document["channels"].items()
    ]


def _actions(document: Mapping[str, Any], channel: str) -> Sequence[str]:
    reference = f"#/channels/{channel}"
    return sorted(
        {
            operation["action"]
            for operation in document["operations"].values()
            if operation["channel"]["$ref"] == reference
        }
    )


def _message(reader: Reader, message: Mapping[str, Any]) -> Message:
    message = reader.resolved(message)
    examples = [example["payload"] for example in message.get("examples", ())]
    example = examples[0] if examples else reader.example(message["payload"])
    return Message(
        message["name"],
        message.get("contentType", ""),
        reader.lines(message["payload"]),
        json.dumps(example, ensure_ascii=False, indent=2),
    )
