"""An OpenAPI document as groups of operations, each with an example for the command line."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from shared.web.reference.schema import Line, Reader

_METHODS = ("get", "put", "post", "patch", "delete")
_JSON = "json"
_ANCHOR = str.maketrans("/{}", "-__")


@dataclass(frozen=True, slots=True)
class Body:
    """One content type of a request or an answer."""

    media_type: str
    type: str
    lines: Sequence[Line]
    example: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One status that an operation answers."""

    status: str
    description: str
    bodies: Sequence[Body]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the path, the query or the headers."""

    name: str
    place: str
    type: str
    is_required: bool
    notes: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be done with one method on one path."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    needs_key: bool
    parameters: Sequence[Parameter]
    bodies: Sequence[Body]
    answers: Sequence[Answer]
    curl: str


def groups(document: Mapping[str, Any], public_url: str) -> Mapping[str, Sequence[Operation]]:
    """The operations by their first tag, in the order of the document."""
    found: dict[str, list[Operation]] = {}
    reader = _OperationReader(document, public_url)
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                tag = next(iter(methods[method].get("tags", ())), "other")
                operation = reader.operation(method, path, methods[method])
                found.setdefault(tag, []).append(operation)
    return found


class _OperationReader:
    def __init__(self, document: Mapping[str, Any], public_url: str) -> None:
        self._schemas = Reader(document)
        self._public_url = public_url

    def operation(self, method: str, path: str, operation: Mapping[str, Any]) -> Operation:
        parameters = [self._schemas.resolved(each) for each in operation.get("parameters", ())]
        content = operation.get("requestBody", {}).get("content", {})
        bodies = self._bodies(content, with_example=True)
        needs_key = bool(operation.get("security"))
        return Operation(
            anchor=f"{method}-{path.strip('/').translate(_ANCHOR)}",
            method=method.upper(),
            path=path,
            summary=operation.get("summary", ""),
            description=operation.get("description", ""),
            needs_key=needs_key,
            parameters=[self._parameter(each) for each in parameters],
            bodies=bodies,
            answers=[
                Answer(
                    status, answer.get("description", ""), self._bodies(answer.get("content", {}))
                )
                for status, answer in operation["responses"].items()
            ],
            curl=self._curl(method, path, parameters, bodies, needs_key=needs_key),
        )

    def _parameter(self, parameter: Mapping[str, Any]) -> Parameter:
        schema = parameter.get("schema", {})
        (line,) = self._schemas.lines({"properties": {parameter["name"]: schema}})
        notes = " · ".join(filter(None, [parameter.get("description"), line.notes]))
        if line.notes == parameter.get("description"):
            notes = line.notes
        required = parameter.get("required", False)
        return Parameter(parameter["name"], parameter["in"], line.type, required, notes)

    def _bodies(self, content: Mapping[str, Any], *, with_example: bool = False) -> list[Body]:
        return [
            Body(
                media_type,
                self._schemas.type_of(body.get("schema", {})),
                self._schemas.lines(body.get("schema", {})),
                self._example(media_type, body) if with_example else None,
            )
            for media_type, body in content.items()
        ]

    def _example(self, media_type: str, body: Mapping[str, Any]) -> str | None:
        if not media_type.endswith(_JSON):
            return None
        named: Mapping[str, Any] = next(iter(body.get("examples", {}).values()), {})
        example = body.get("example", named.get("value"))
        if example is None:
            example = self._schemas.example(body.get("schema", {}))
        return json.dumps(example, ensure_ascii=False, indent=2)

    def _given(self, parameter: Mapping[str, Any]) -> str | None:
        """The example that the document gives for a parameter; none is made up."""
        schema = self._schemas.resolved(parameter.get("schema", {}))
        examples = [*schema.get("examples", ()), *filter(None, [schema.get("example")])]
        given = parameter.get("example", examples[0] if examples else None)
        return None if given is None else str(given)

    def _curl(
        self,
        method: str,
        path: str,
        parameters: Sequence[Mapping[str, Any]],
        bodies: Sequence[Body],
        *,
        needs_key: bool,
    ) -> str:
        query = {}
        for parameter in parameters:
            name, example = parameter["name"], self._given(parameter)
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(example or name.upper(), safe=""))
            elif parameter["in"] == "query" and parameter.get("required"):
                query[name] = example or name.upper()
        url = self._public_url + path + (f"?{urlencode(query, safe=':')}" if query else "")
        words = ["curl -s"] + ([f"-X {method.upper()}"] if method in {"put", "delete"} else [])
        lines = [" ".join([*words, shlex.quote(url)])]
        if needs_key:
            lines.append('-H "Authorization: Bearer $RANCAK_KEY"')
        body = next((each for each in bodies if each.example is not None), None)
        if body is not None and body.example is not None:
            lines.append(f"-H {shlex.quote(f'Content-Type: {body.media_type}')}")
            lines.append(f"-d {shlex.quote(body.example)}")
        elif method == "post":
            lines[0] = lines[0].replace("curl -s", "curl -s -X POST", 1)
        return " \\\n  ".join(lines)
