"""Alembic's entry point for notify."""

from shared.migrate import run_in_context

run_in_context()
