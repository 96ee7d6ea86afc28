"""The documents of several services as one, for whoever serves them under one origin."""

from collections.abc import Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]


def merged_openapi(documents: Sequence[Document], title: str) -> dict[str, Any]:
    """All paths and components; where two have the same, the first one's."""
    return {
        "openapi": documents[0]["openapi"],
        "info": {**documents[0]["info"], "title": title},
        "paths": _united([document["paths"] for document in documents]),
        "components": _components(documents),
    }


def merged_asyncapi(documents: Sequence[Document], title: str) -> dict[str, Any]:
    """All channels, operations and components; each service's own document says who sends what."""
    return {
        "asyncapi": documents[0]["asyncapi"],
        "info": {**documents[0]["info"], "title": title},
        "defaultContentType": documents[0]["defaultContentType"],
        "channels": _united([document["channels"] for document in documents]),
        "operations": _united([document["operations"] for document in documents]),
        "components": _components(documents),
    }


def _components(documents: Sequence[Document]) -> dict[str, Any]:
    parts = [document.get("components", {}) for document in documents]
    kinds = dict.fromkeys(kind for part in parts for kind in part)
    return {kind: _united([part.get(kind, {}) for part in parts]) for kind in kinds}


def _united(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    united: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            united.setdefault(name, value)
    return united
