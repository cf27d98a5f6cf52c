"""The JSON Schema of `sources.yml`: every kind that there is, with its own fields."""

from typing import Any

from envaccess.sources_file.kinds import KINDS
from envaccess.sources_file.models import SourcesPart
from envaccess.yaml_file.schema import definitions_of, schema_of


def sources_schema() -> dict[str, Any]:
    """The schema, as JSON has it."""
    schema = schema_of(SourcesPart, "sources.yml of envaccess: where values live")
    models = {
        *(kind.source for kind in KINDS.values()),
        *(options for kind in KINDS.values() for options in (kind.read, kind.lease) if options),
    }
    definitions = {**schema["$defs"], **definitions_of(sorted(models, key=lambda model: model.__name__))}
    for name, kind in KINDS.items():
        definitions[kind.source.__name__]["properties"]["kind"] = {"const": str(name)}
    schema["$defs"] = definitions
    schema["properties"]["sources"]["additionalProperties"] = {
        "oneOf": [_reference(kind.source) for kind in KINDS.values()]
    }
    rule = definitions["NamePart"]["properties"]
    for verb in ("read", "lease"):
        kinds = [_reference(model) for kind in KINDS.values() if (model := getattr(kind, verb))]
        rule[verb] = {"description": rule[verb].get("description", ""), **({"anyOf": kinds} if kinds else {})}
    return schema


def _reference(model: type) -> dict[str, str]:
    return {"$ref": f"#/$defs/{model.__name__}"}
