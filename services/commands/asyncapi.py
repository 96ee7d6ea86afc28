"""`rancak asyncapi`: print the AsyncAPI document of a service."""

from enum import StrEnum

from rich.console import Console

from services.intake.app import ASYNCAPI as INTAKE
from services.notify.app import ASYNCAPI as NOTIFY
from services.scoring.app import ASYNCAPI as SCORING


class Service(StrEnum):
    """The three services."""

    INTAKE = "intake"
    SCORING = "scoring"
    NOTIFY = "notify"


def asyncapi(service: Service) -> None:
    """Cetak dokumen AsyncAPI · Print a service's AsyncAPI 3.0 document."""
    documents = {Service.INTAKE: INTAKE, Service.SCORING: SCORING, Service.NOTIFY: NOTIFY}
    Console(soft_wrap=True).print_json(data=documents[service])
