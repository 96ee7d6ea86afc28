"""OpenAPI documents that tell the truth about errors: problem+json, not FastAPI's own shape."""

from typing import Any

import msgspec
from fastapi import FastAPI

from shared.http.problem import PROBLEM_JSON, ProblemBody

_SCHEMA = "#/components/schemas/{name}"
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


def _replace_refusal(responses: dict[str, Any], problem: dict[str, Any]) -> None:
    refusal = responses.get("422")
    if refusal is not None and "application/json" in refusal.get("content", {}):
        responses["422"] = {
            "description": "Data tidak sah · The data is not valid",
            "content": {PROBLEM_JSON: {"schema": problem}},
        }
