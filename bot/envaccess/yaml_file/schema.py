"""The JSON Schema of a file, for editors: made from the models that read it."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_of(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The schema of a file with this shape."""
    return {"$schema": _DRAFT, **_tidied(model.model_json_schema(by_alias=True)), "title": title}


def definitions_of(models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """The schemas of several shapes, by their models' names, for `$defs`."""
    _, made = models_json_schema([(model, "validation") for model in models], by_alias=True)
    return dict(_tidied(made).get("$defs", {}))


def _tidied(made: dict[str, Any]) -> dict[str, Any]:
    found = _tidy(made)
    assert isinstance(found, dict)
    return found


def _tidy(found: Any) -> Any:  # noqa: ANN401 - JSON has many shapes
    """Take out what the models say of themselves: their titles, their inner defaults, and null."""
    if isinstance(found, list):
        return [_tidy(part) for part in found if part != {"type": "null"}]
    if not isinstance(found, dict):
        return found
    kept = {
        name: part
        for name, part in found.items()
        if name not in {"title", "default"} or isinstance(part, dict)
    }
    return {name: _tidy(part) for name, part in kept.items()}
