"""`rancak asyncapi`: print the AsyncAPI document of a service."""

from enum import StrEnum
from importlib import import_module

from rich.console import Console


class Service(StrEnum):
    """The three services."""

    INTAKE = "intake"
    SCORING = "scoring"
    NOTIFY = "notify"


def asyncapi(service: Service) -> None:
    """Cetak dokumen AsyncAPI · Print a service's AsyncAPI 3.0 document."""
    document = import_module(f"services.{service}.app").ASYNCAPI  # of one service, not of three
    Console(soft_wrap=True).print_json(data=document)
