"""A JSON schema as nested lines that people can read, and an example that fits it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
DEEPEST = 8
_LIMITS = (
    ("minLength", "≥ {} characters"),
    ("maxLength", "≤ {} characters"),
    ("minItems", "≥ {} items"),
    ("maxItems", "≤ {} items"),
    ("minimum", "≥ {}"),
    ("maximum", "≤ {}"),
    ("exclusiveMinimum", "> {}"),
    ("exclusiveMaximum", "< {}"),
    ("pattern", "pattern {}"),
    ("default", "default {}"),
)
_BY_FORMAT = {
    "date-time": "2026-09-14T10:21:00+07:00",
    "date": "2026-09-14",
    "uri": "https://example.org/",
}
_BY_TYPE: Mapping[str, object] = {"integer": 1, "number": 1, "boolean": True, "string": "text"}


@dataclass(frozen=True, slots=True)
class Line:
    """One member of a schema, with what lies inside it."""

    name: str
    type: str
    is_required: bool
    notes: str
    inside: Sequence["Line"]


class Reader:
    """Reads the schemas of one document, whose references it can follow."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def resolved(self, schema: Schema) -> Schema:
        """What a reference refers to; anything else as it is."""
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        found: Any = self._document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return self.resolved(found)

    def lines(self, schema: Schema, depth: int = 0) -> Sequence[Line]:
        """The members of an object, or of an array's items; of alternatives the first with any."""
        if depth > DEEPEST:
            return ()
        schema = self.resolved(schema)
        if schema.get("type") == "array":
            return self.lines(schema.get("items", {}), depth)
        required = schema.get("required", ())
        members = [
            self._line(name, member, name in required, depth)
            for name, member in schema.get("properties", {}).items()
        ]
        choices = (self.lines(choice, depth) for choice in _choices(schema))
        return members or next((found for found in choices if found), ())

    def type_of(self, schema: Schema) -> str:
        """A type in a few words."""
        schema = self.resolved(schema)
        if "const" in schema:
            return repr(schema["const"])
        if "enum" in schema:
            return " | ".join(repr(value) for value in schema["enum"])
        if choices := _choices(schema):
            return " | ".join(dict.fromkeys(self.type_of(choice) for choice in choices))
        kind = schema.get("type", "any")
        if isinstance(kind, list):
            return " | ".join(kind)
        if kind == "array":
            return f"array of {self.type_of(schema.get('items', {}))}"
        return f"{kind} ({schema['format']})" if "format" in schema else str(kind)

    def example(self, schema: Schema, depth: int = 0) -> Any:
        """A value that fits: what the document gives, else the least that is required."""
        schema = self.resolved(schema)
        given = [schema[name] for name in ("example", "default", "const") if name in schema]
        given += [*schema.get("examples", ())[:1], *schema.get("enum", ())[:1]]
        if given or depth > DEEPEST:
            return given[0] if given else None
        if choices := _choices(schema):
            return self.example(choices[0], depth + 1)
        if "properties" in schema:
            members = schema["properties"]
            wanted = schema.get("required") or members
            return {name: self.example(members[name], depth + 1) for name in wanted}
        if schema.get("type") == "array":
            return [self.example(schema.get("items", {}), depth + 1)]
        if "minimum" in schema:
            return schema["minimum"]
        return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE.get(_kind(schema)))

    def _line(self, name: str, schema: Schema, is_required: bool, depth: int) -> Line:
        return Line(
            name,
            self.type_of(schema),
            is_required,
            self._notes(schema),
            self.lines(schema, depth + 1),
        )

    def _notes(self, schema: Schema) -> str:
        known = {**self.resolved(schema), **schema}
        limits = [words.format(known[name]) for name, words in _LIMITS if name in known]
        return " · ".join([*filter(None, [known.get("description")]), *limits])


def _choices(schema: Schema) -> Sequence[Schema]:
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]


def _kind(schema: Schema) -> str:
    kind = schema.get("type", "")
    return str(kind[0] if isinstance(kind, list) else kind)
