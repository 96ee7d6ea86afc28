"""OpenAPI documents that tell the truth about errors: problem+json, not FastAPI's own shape."""

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import FastAPI

from shared.http.problem import PROBLEM_JSON, ProblemBody

_REFERENCE = "#/components/schemas/"
_SCHEMA = _REFERENCE + "{name}"
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")


def describe_problems(app: FastAPI) -> None:
    """Let the app's document say how refusals really look."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        schema = generate()
        (problem,), components = msgspec.json.schema_components([ProblemBody], ref_template=_SCHEMA)
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(components)
        for name in _FASTAPIS_OWN:
            schemas.pop(name, None)
        for operations in schema["paths"].values():
            for operation in operations.values():
                _replace_refusal(operation["responses"], problem)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def answers(
    body: type[msgspec.Struct], problems: Mapping[int, str], *, status: int = 200
) -> dict[int | str, Any]:
    """The `responses` of a route: its body, and problem+json with each other status."""
    return {
        status: {"content": {"application/json": {"schema": schema_of(body)}}},
        **refusals(problems),
    }


def refusals(problems: Mapping[int, str]) -> dict[int | str, Any]:
    """The `responses` of a route that are problem+json: status and what it means."""
    content = {PROBLEM_JSON: {"schema": schema_of(ProblemBody)}}
    return {
        status: {"description": meaning, "content": content} for status, meaning in problems.items()
    }


def schema_of(body: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON schema of a Struct with everything in place, no references."""
    (schema,), components = msgspec.json.schema_components([body], ref_template=_SCHEMA)
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


def _replace_refusal(responses: dict[str, Any], problem: dict[str, Any]) -> None:
    refusal = responses.get("422")
    if refusal is not None and "application/json" in refusal.get("content", {}):
        responses["422"] = {
            "description": "Data tidak sah · The data is not valid",
            "content": {PROBLEM_JSON: {"schema": problem}},
        }
