"""HTTP for all services: problem+json, request ids, security headers, health, limits."""

from shared.http.app import NO_TELEMETRY, prepare
from shared.http.health import Check, add_health
from shared.http.problem import FieldError, Problem, validation_problem

__all__ = [
    "NO_TELEMETRY",
    "Check",
    "FieldError",
    "Problem",
    "add_health",
    "prepare",
    "validation_problem",
]
