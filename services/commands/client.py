"""How commands reach a running Rancak: its address and key, and errors that say what to do.

Looked for in RANCAK_URL and RANCAK_KEY, then in `.rancak/endpoint.json` of `make up`.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import httpx
import msgspec
import typer
from rich.console import Console
from rich.text import Text

ENDPOINT_FILE = Path(".rancak", "endpoint.json")
# Longer than the slowest honest answer: an import reports its first progress after the upload.
TIMEOUT = httpx.Timeout(60, connect=5)
NEVER_BY_PROXY = {"all://127.0.0.1": None, "all://localhost": None}


class _EndpointFile(msgspec.Struct):
    """What `make up` writes: where it serves, and the file that holds the first admin key."""

    url: str
    key_file: str | None = None


class FieldProblem(msgspec.Struct):
    """One thing that is wrong with a request, and where."""

    pointer: str = ""
    code: str = ""


class Refusal(msgspec.Struct):
    """A problem+json answer, as far as a person needs it."""

    title: str = ""
    code: str = ""
    request_id: str = ""
    errors: list[FieldProblem] = []


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where Rancak is, and the key to use there."""

    url: str
    key: str | None = None


class Client:
    """Speaks HTTP to one Rancak. Any trouble ends the command with a clear line and exit code 1."""

    def __init__(self, endpoint: Endpoint, http: httpx.Client) -> None:
        self.endpoint = endpoint
        self._http = http

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The decoded JSON of a path."""
        return decoded(self.send("GET", path, params=params))

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Any request (`json=`, `content=`, `files=`, … as in httpx) that must succeed."""
        answer = self.try_send(method, path, **request)
        if answer.is_error:
            stop(explain(answer))
        return answer

    def try_send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """The same, for a caller that deals with refusals itself."""
        try:
            return self._http.request(method, path, **request)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            stop(f"Nothing answers at {self.endpoint.url}. Is it running? Start it with: make up")
        except httpx.TimeoutException:
            stop(f"{self.endpoint.url} did not answer in time. Try again; repeating is safe.")
        except httpx.HTTPError as trouble:
            stop(f"{self.endpoint.url} could not be used: {type(trouble).__name__}.")


@contextmanager
def client(*, needs_key: bool = False) -> Iterator[Client]:
    """A client for the Rancak that the environment or `.rancak/endpoint.json` names."""
    endpoint = find_endpoint(os.environ, Path.cwd())
    if endpoint is None:
        stop("No Rancak found. Start one here with `make up`, or set RANCAK_URL (and RANCAK_KEY).")
    if needs_key and endpoint.key is None:
        stop("This command needs a key. Set RANCAK_KEY to one that may do this.")
    headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    try:
        http = httpx.Client(
            base_url=endpoint.url, headers=headers, timeout=TIMEOUT, mounts=NEVER_BY_PROXY
        )
    except (httpx.InvalidURL, ValueError):
        stop(f"RANCAK_URL is not an address that can be used: {endpoint.url}")
    with http:
        yield Client(endpoint, http)


def find_endpoint(environment: Mapping[str, str], folder: Path) -> Endpoint | None:
    """The environment's endpoint, completed by the file of `make up` in `folder` or above it."""
    url, key = environment.get("RANCAK_URL", ""), environment.get("RANCAK_KEY", "")
    file = next(
        (place / ENDPOINT_FILE for place in (folder, *folder.parents) if _is_file(place)), None
    )
    found = _read(file) if file and not (url and key) else None
    if not url:
        return found and Endpoint(found.url, key or found.key)
    # The local admin key must not travel to another machine because RANCAK_URL was set.
    same_place = found is not None and found.url.rstrip("/") == url.rstrip("/")
    return Endpoint(url, key or (found.key if found and same_place else None))


def explain(answer: httpx.Response) -> str:
    """What a refusal means for the person at the terminal."""
    refusal = refusal_of(answer)
    lines = [f"{answer.status_code} {refusal.title or answer.reason_phrase}"]
    lines += [f"  {error.pointer or '/'}: {error.code}" for error in refusal.errors]
    if answer.status_code == 401:
        lines.append("The key is missing, wrong or revoked: check RANCAK_KEY.")
    if answer.status_code == 403:
        lines.append("This key may not do that: ask for one with the right scope.")
    if answer.status_code in (429, 503):
        wait = answer.headers.get("retry-after", "a few")
        lines.append(f"Try again in {wait} seconds; repeating is safe.")
    if answer.status_code >= 500 and refusal.request_id:
        lines.append(f"If it stays so, tell the operator this request's id: {refusal.request_id}")
    return "\n".join(lines)


def refusal_of(answer: httpx.Response) -> Refusal:
    """The problem+json of an answer, or an empty one for an answer that is something else."""
    try:
        return msgspec.json.decode(answer.content, type=Refusal)
    except msgspec.MsgspecError:
        return Refusal()


def decoded(answer: httpx.Response) -> Any:
    """The JSON of an answer; whatever is no JSON did not come from Rancak."""
    try:
        return msgspec.json.decode(answer.content)
    except msgspec.MsgspecError:
        stop(f"{answer.url} did not answer with JSON. Does RANCAK_URL point to Rancak?")


def stop(message: str) -> NoReturn:
    """End the command: the message on standard error, exit code 1."""
    Console(stderr=True, soft_wrap=True).print(Text(message, style="red"))
    raise typer.Exit(1)


def _is_file(folder: Path) -> bool:
    return (folder / ENDPOINT_FILE).is_file()


def _read(file: Path) -> Endpoint:
    try:
        found = msgspec.json.decode(file.read_bytes(), type=_EndpointFile)
        key = (file.parent / found.key_file).read_text().strip() if found.key_file else None
    except (OSError, msgspec.MsgspecError) as trouble:
        stop(f"{file} cannot be used ({type(trouble).__name__}). Start again with: make up")
    return Endpoint(found.url, key or None)
