"""Schemas for the OpenAPI document, made from the Structs that are really sent."""

from typing import Any

import msgspec

from shared.http.problem import PROBLEM_JSON, ProblemBody

_REFERENCE = "#/components/schemas/"


def answers(body: type[msgspec.Struct], problems: dict[int, str]) -> dict[int | str, Any]:
    """The `responses` of a route: its body with 200, problem+json with each other status."""
    return {
        200: {"content": {"application/json": {"schema": schema_of(body)}}},
        **{
            status: {
                "description": meaning,
                "content": {PROBLEM_JSON: {"schema": schema_of(ProblemBody)}},
            }
            for status, meaning in problems.items()
        },
    }


def schema_of(body: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON schema of a Struct with everything in place, no references."""
    (schema,), components = msgspec.json.schema_components(
        [body], ref_template=_REFERENCE + "{name}"
    )
    inlined: dict[str, Any] = _inline(schema, components)
    return inlined


def _inline(schema: Any, components: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inline(part, components) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inline(components[schema["$ref"].removeprefix(_REFERENCE)], components)
    return {name: _inline(part, components) for name, part in schema.items()}
