"""Start a service: settings from the environment, uvicorn around the app, clear refusals."""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from shared import logs
from shared.database import UNAVAILABLE, UnsafeDatabase
from shared.http.edge import EdgeProtocol
from shared.settings import ServiceSettings
from shared.streams import UnsafeRedis

# What `rancak up` writes while it runs, so that commands for operators need no environment.
LOCAL_SETTINGS = ".rancak/settings.env"
AnySettings = TypeVar("AnySettings", bound=ServiceSettings)


def read_settings(kind: type[AnySettings]) -> AnySettings:
    """The settings from `RANCAK_*`; ends the process with one line per fault, never a value."""
    try:
        return kind(_env_file=LOCAL_SETTINGS)  # type: ignore[call-arg]  # pydantic-settings' own
    except ValidationError as faults:
        for fault in faults.errors():
            name = "_".join(str(step) for step in fault["loc"]) or "settings"
            typer.echo(f"RANCAK_{name.upper()}: {fault['msg']}", err=True)
        raise typer.Exit(2) from None


def serve_app(
    app: FastAPI,
    check: Coroutine[Any, Any, None],
    *,
    service: str,
    host: str,
    port: int,
    level: str,
) -> None:
    """Serve until SIGTERM or SIGINT. `check` may refuse the start: one clear line, exit code 3."""
    logs.configure(service=service, level=level)
    try:
        asyncio.run(check)
    except (UnsafeDatabase, UnsafeRedis) as reason:
        typer.echo(f"rancak {service}: {reason}", err=True)
        raise typer.Exit(3) from None
    except UNAVAILABLE as away:
        typer.echo(f"rancak {service}: PostgreSQL: {type(away).__name__}: {away}", err=True)
        raise typer.Exit(3) from None
    collect_garbage_seldom()
    share_fairly()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=EdgeProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        raise typer.Exit(3)


def share_fairly() -> None:
    """What is computed in a thread holds up the event loop for a millisecond at a time, not for
    five: a request comes back to the loop several times."""
    sys.setswitchinterval(0.001)


def collect_garbage_seldom() -> None:
    """A batch makes ten thousand short-lived objects without cycles: looking for cycles every 700
    of them took half of the time of accepting. What is loaded by now stays for ever anyway."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
