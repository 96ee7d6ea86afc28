"""Alembic's entry point for scoring."""

from shared.migrate import run_in_context

run_in_context()
