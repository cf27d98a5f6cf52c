"""The JSON Schema of the policy file, for editors: made from the models, so that both say the same."""

from typing import Any, Final

from envaccess.policy_file.models import FilePart

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def policy_schema() -> dict[str, Any]:
    """The schema, as JSON has it."""
    made = FilePart.model_json_schema(by_alias=True)
    schema = {"$schema": _DRAFT, **_tidy(made), "title": "The policy file of envaccess"}
    assert isinstance(schema, dict)
    return schema


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
