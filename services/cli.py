"""The `rancak` command; the only module that knows all three services."""

import gc
import importlib.util

import typer

from services.commands import asyncapi, dead, doctor, external, questionnaire, streams
from services.commands.catalogue.command import catalogue
from services.commands.complaints import complaint, complaints
from services.commands.deadlines import application, deadlines
from services.commands.demo.command import demo
from services.commands.imports import import_file
from services.commands.index import index
from services.commands.integrity import integrity
from services.commands.performance import performance
from services.commands.ranking import ranking
from services.commands.registry import agency, key, place, service
from services.commands.report import report
from services.commands.rules import app as rules
from services.commands.trend import trend
from services.intake.cli import app as intake
from services.notify.cli import app as notify
from services.scoring.cli import app as scoring
from services.scoring.cli import rebuild, verify

app = typer.Typer(
    help="Rancak: indeks kepuasan masyarakat yang langsung dan dapat diperiksa · "
    "the satisfaction index of public services: exact, live, checkable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for name, group in (("intake", intake), ("scoring", scoring), ("notify", notify)):
    app.add_typer(group, name=name)
for name, group in (("agency", agency), ("service", service), ("place", place), ("key", key)):
    app.add_typer(group, name=name)
app.add_typer(questionnaire.app, name="questionnaire")
app.add_typer(dead.app, name="dead")
app.add_typer(catalogue, name="catalogue")
app.add_typer(external.app, name="external")
app.add_typer(rules, name="rules")
app.command("import")(import_file)
app.command()(index)
app.command()(trend)
app.command()(ranking)
app.command()(report)
app.command()(deadlines)
app.command()(application)
app.command()(integrity)
app.command()(complaints)
app.command()(complaint)
app.command()(performance)
app.command()(demo)
app.command()(streams.streams)
app.command()(rebuild)
app.command()(verify)
app.command()(doctor.doctor)
app.command()(asyncapi.asyncapi)
if importlib.util.find_spec("deploy") is not None:  # a checkout; the container image has no servers
    from deploy.up import up

    app.command()(up)


def main() -> None:
    """Entry point of the console script."""
    gc.set_threshold(10_000, 20, 20)  # a thousand modules are loaded now, and none of it is garbage
    app()
