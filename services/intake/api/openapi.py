"""The OpenAPI description of `POST /v1/events`, made from the same contracts that check it."""

from typing import Any

import msgspec

from services.intake.api.cloudevents import BATCH, JSON, NDJSON, STRUCTURED
from services.intake.api.events import Results
from shared.contracts import applications, complaints, feedback
from shared.contracts.catalogue import EVENTS, INCOMING
from shared.http.problem import PROBLEM_JSON, ProblemBody

_DATA = (
    feedback.FeedbackSubmitted,
    feedback.FeedbackAggregated,
    *(EVENTS[feedback.TOPIC][kind] for kind in complaints.TYPES),
    *EVENTS[applications.TOPIC].values(),
)
_REFERENCE = "#/components/schemas/{name}"
EXAMPLE = {
    "specversion": "1.0",
    "id": "a1",
    "source": "/agencies/dpmptsp",
    "type": feedback.SUBMITTED,
    "time": "2026-09-14T10:21:00+07:00",
    "datacontenttype": "application/json",
    "data": {
        "service": "dpmptsp.nib",
        "place": "mpp",
        "series": "agency",
        "answers": {
            "requirements": 3,
            "procedure": 4,
            "time": 2,
            "cost": 4,
            "product": 3,
            "competence": 4,
            "behaviour": 4,
            "complaints": 3,
            "facilities": 3,
        },
        "respondent": {"sex": "female", "age": 34, "education": "s1", "occupation": "wirausaha"},
    },
}


def describe_events(schema: dict[str, Any]) -> None:
    """Add the operation and its schemas to an app's OpenAPI document."""
    (event, results, problem, *data), components = msgspec.json.schema_components(
        [INCOMING, Results, ProblemBody, *_DATA],
        ref_template=_REFERENCE,
    )
    schema.setdefault("components", {}).setdefault("schemas", {}).update(components)
    problems = {
        str(status): {"description": text, "content": {PROBLEM_JSON: {"schema": problem}}}
        for status, text in _PROBLEMS.items()
    }
    operation = {
        "tags": ["events"],
        "summary": "Kirim peristiwa · Post events (CloudEvents 1.0)",
        "description": _DESCRIPTION,
        "operationId": "accept_events",
        "security": [{"key": []}],
        "requestBody": {
            "required": True,
            "content": {
                STRUCTURED: {"schema": event, "example": EXAMPLE},
                BATCH: {
                    "schema": {"type": "array", "items": event, "minItems": 1, "maxItems": 1000}
                },
                NDJSON: {"schema": {"type": "string"}},
                JSON: {"schema": {"anyOf": data}},
            },
        },
        "responses": {
            "202": {
                "description": "Committed · Tersimpan",
                "content": {"application/json": {"schema": results}},
            },
            "200": {
                "description": "Checked with a test key, nothing stored · Hanya diperiksa",
                "content": {"application/json": {"schema": results}},
            },
            **problems,
        },
    }
    schema["paths"].setdefault("/v1/events", {})["post"] = operation
    schema["components"].setdefault("securitySchemes", {})["key"] = {
        "type": "http",
        "scheme": "bearer",
        "description": "rk_live_… or rk_test_…",
    }


_DESCRIPTION = (
    "Structured, batch (up to 1,000 events, 2 MB), binary (`ce-` headers) or NDJSON. The same id "
    "with the same body answers the first result again (`duplicate`), with another body 409. "
    "Repeat until you read a 2xx: an event is counted exactly once. All types that may be posted, "
    "each with its data, are listed at /asyncapi."
)
_PROBLEMS = {
    400: "Not parseable",
    401: "No valid key",
    403: "The key lacks events:write",
    409: "The id was used with another body",
    413: "Body too large",
    415: "Unsupported content type or encoding",
    422: "The event is not valid",
    503: "Try again (Retry-After)",
}
