"""The JSON Schema of a project's file, for editors: draft 7, which Taplo and Even Better TOML read.

What it accepts is accepted, but for what no schema can say: two names for one place, more than fifty names in
all, and text that looks like a value.
"""

from typing import Any, Final

from envaccess.client.project_shape import (
    DURATION_FORM,
    ENVIRONMENT_FORM,
    LISTED_FORM,
    NAME_FORM,
    SOURCE_FORM,
    VARIABLES_MAX,
    WHY_FORM,
    WHY_MAX,
    WHY_MIN,
)

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"


def project_schema() -> dict[str, Any]:
    """The schema, as JSON has it."""
    return {
        "$schema": _DRAFT,
        "title": "What a project needs from envaccess (.envaccess.toml)",
        "description": "Names, a duration and a reason; never a value.",
        "type": "object",
        "additionalProperties": False,
        "required": ["variables", "duration", "why"],
        "properties": {
            "environment": _text(
                ENVIRONMENT_FORM, "Where names belong that have no environment of their own.", "production"
            ),
            "variables": {
                "description": "Which variables a command needs: a list, or lists and sources in a table.",
                "oneOf": [_names("Every name is required."), _table()],
            },
            "duration": _text(DURATION_FORM, "How long a grant lasts: 45s, 30m, 1h, 1h30m, 2d, once.", "1h"),
            "why": {
                **_text(WHY_FORM, "The reason that the approvers read: one line.", "run the tests"),
                "minLength": WHY_MIN,
                "maxLength": WHY_MAX,
            },
        },
    }


def _text(form: str, description: str, example: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^(?:{form})$", "description": description, "examples": [example]}


def _names(description: str) -> dict[str, Any]:
    item = _text(LISTED_FORM, "NAME, or environment/NAME.", "STRIPE_KEY")
    return {
        "type": "array",
        "description": description,
        "items": item,
        "minItems": 1,
        "maxItems": VARIABLES_MAX,
        "uniqueItems": True,
    }


def _table() -> dict[str, Any]:
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": f"^(?:{NAME_FORM})$"},
        "properties": {
            "required": _names("Without these the command is not run."),
            "optional": _names("Left out where nobody has stored them, or whoever asks may not have them."),
        },
        "additionalProperties": _text(
            SOURCE_FORM,
            "NAME in the command's environment has that variable's value.",
            "production/OTHER_NAME",
        ),
    }
