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
    declared = {
        kind.source: [str(name) for name in KINDS if KINDS[name].source is kind.source]
        for kind in KINDS.values()
    }
    for model, names in declared.items():
        definitions[model.__name__]["properties"]["kind"] = {"enum": names, "description": "What it is."}
    schema["$defs"] = definitions
    schema["properties"]["sources"]["additionalProperties"] = {
        "oneOf": [_reference(model) for model in declared]
    }
    rule = definitions["NamePart"]["properties"]
    for verb in ("read", "lease"):
        models_of = dict.fromkeys(getattr(kind, verb) for kind in KINDS.values())
        kinds = [_reference(model) for model in models_of if model]
        rule[verb] = {"description": rule[verb].get("description", ""), **({"anyOf": kinds} if kinds else {})}
    return schema


def _reference(model: type) -> dict[str, str]:
    return {"$ref": f"#/$defs/{model.__name__}"}
