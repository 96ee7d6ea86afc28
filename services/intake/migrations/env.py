"""Alembic's entry point for intake."""

from shared.migrate import run_in_context

run_in_context()
