"""The CloudEvents HTTP binding: structured, batch, binary and NDJSON bodies into typed events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from shared.contracts.catalogue import INCOMING
from shared.http import FieldError, Problem
from shared.http.problem import field_error, invalid, not_parseable

MAX_BODY = 256 * 1024
MAX_BATCH_BODY = 2 * 1024 * 1024
MAX_BATCH = 1_000
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NDJSON = "application/x-ndjson"
JSON = "application/json"

Parsed = INCOMING | FieldError
# What a body can do to the parser: not JSON, not UTF-8, nested ten thousand deep.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ONE: msgspec.json.Decoder[INCOMING] = msgspec.json.Decoder(INCOMING)
_MANY: msgspec.json.Decoder[list[INCOMING]] = msgspec.json.Decoder(list[INCOMING])
_RAW = msgspec.json.Decoder(list[msgspec.Raw])
_ANY_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANY_RAW = msgspec.json.Decoder(msgspec.Raw)


class _Envelope(msgspec.Struct):
    id: str


_ENVELOPE = msgspec.json.Decoder(_Envelope)


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """One event of a request: what it is or where it is wrong, and its id if that could be read."""

    event: Parsed
    id: str | None


@dataclass(frozen=True, slots=True)
class Mode:
    """How a content type is read: its size limit, and whether the answer lists results."""

    limit: int
    is_batch: bool
    read: Callable[[bytes, Mapping[str, str]], Sequence[Incoming]]


def mode_of(content_type: str, headers: Mapping[str, str]) -> Mode:
    """The mode of a request. Raises the 415 problem."""
    media_type, _, parameters = content_type.lower().partition(";")
    mode = _MODES.get(media_type.strip())
    charset = parameters.strip().removeprefix("charset=").strip('"')
    binary_without_headers = mode is _BINARY and "ce-specversion" not in headers
    if mode is None or binary_without_headers or charset not in {"", "utf-8"}:
        raise Problem(
            415,
            "unsupported_media_type",
            "Jenis isi tidak didukung · Unsupported content type",
            headers={"Accept": ", ".join(_MODES)},
        )
    return mode


def _read_structured(body: bytes, _: Mapping[str, str]) -> list[Incoming]:
    return [_read_one(body)]


def _read_batch(body: bytes, _: Mapping[str, str]) -> list[Incoming]:
    try:
        events = _MANY.decode(body)
    except msgspec.ValidationError:
        return _read_each(_split_array(body))
    except _UNREADABLE:
        raise not_parseable() from None
    _check_count(len(events))
    return [Incoming(event, event.id) for event in events]


def _split_array(body: bytes) -> Sequence[bytes | msgspec.Raw]:
    try:
        return _RAW.decode(body)
    except msgspec.ValidationError:
        raise invalid(FieldError("", "wrong_type")) from None
    except _UNREADABLE:
        raise not_parseable() from None


def _read_ndjson(body: bytes, _: Mapping[str, str]) -> list[Incoming]:
    return _read_each([line for line in body.split(b"\n") if line.strip()])


def _read_each(events: Sequence[bytes | msgspec.Raw]) -> list[Incoming]:
    _check_count(len(events))
    return [_read_one(event) for event in events]


def _read_one(body: bytes | msgspec.Raw) -> Incoming:
    try:
        event = _ONE.decode(body)
    except msgspec.ValidationError as fault:
        return Incoming(field_error(fault), _id_of(body))
    except _UNREADABLE:
        raise not_parseable() from None
    return Incoming(event, event.id)


def _id_of(body: bytes | msgspec.Raw) -> str | None:
    """The id of an event that is otherwise wrong, so that the answer can name it."""
    try:
        return _ENVELOPE.decode(body).id[:128]
    except (msgspec.ValidationError, *_UNREADABLE):
        return None


def _read_binary(body: bytes, headers: Mapping[str, str]) -> list[Incoming]:
    attributes: dict[str, object] = {
        name.removeprefix("ce-"): _unquoted(value)
        for name, value in headers.items()
        if name.startswith("ce-")
    }
    for name in ("data", "datacontenttype"):
        if name in attributes:  # those are the body and its Content-Type
            raise invalid(FieldError(f"/{name}", "not_allowed"))
    attributes["datacontenttype"] = JSON
    try:
        attributes["data"] = _ANY_RAW.decode(body)
        record = msgspec.json.encode(attributes)
        _ANY_OBJECT.decode(record)
    except (*_UNREADABLE, UnicodeEncodeError):
        raise not_parseable() from None
    return [_read_one(record)]


def _unquoted(value: str) -> str:
    """An attribute from its header: ASCII, the rest as percent-encoded UTF-8. Raises the 400.

    Guessing would make one id of two, and the second event a duplicate of the first.
    """
    try:
        return unquote(value.encode("ascii").decode(), errors="strict")
    except UnicodeError:
        raise not_parseable() from None


def _check_count(count: int) -> None:
    if not 1 <= count <= MAX_BATCH:
        raise invalid(FieldError("", "invalid_length"))


_BINARY = Mode(MAX_BODY, False, _read_binary)
_MODES = {
    STRUCTURED: Mode(MAX_BODY, False, _read_structured),
    BATCH: Mode(MAX_BATCH_BODY, True, _read_batch),
    NDJSON: Mode(MAX_BATCH_BODY, True, _read_ndjson),
    JSON: _BINARY,
}
