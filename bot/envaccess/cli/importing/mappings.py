"""Rules for `sources.yml`, as YAML to paste."""

from collections.abc import Iterator, Mapping

from envaccess.cli.importing.references import SourceMapping
from envaccess.domain.variable import Variable

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./")
_NAMES = {"vault": "vault", "aws-secrets-manager": "aws", "aws-ssm": "ssm", "gcp": "gcp"}
"""What a source of each kind is called here."""
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def yaml_rules(mappings: Mapping[Variable, SourceMapping]) -> Iterator[str]:
    """Lines of YAML: the sources that they speak of, then a rule for each name."""
    kinds = dict.fromkeys(mapping.kind for mapping in mappings.values())
    sources = ", ".join(f"`{_NAMES[kind]}` (kind: {kind})" for kind in kinds)
    yield f"# For sources.yml, above every rule that matches the same names. It declares {sources}."
    yield "names:"
    for variable, mapping in mappings.items():
        read = {"source": _NAMES[mapping.kind], **mapping.options}
        yield f"  - {{match: {yaml_text(str(variable))}, read: {yaml_flow(read)}}}"


def yaml_flow(said: Mapping[str, str]) -> str:
    """A mapping of texts on one line."""
    return "{" + ", ".join(f"{name}: {yaml_text(value)}" for name, value in said.items()) + "}"


def yaml_text(text: str) -> str:
    """A text as YAML reads it back to the letter."""
    plain = text and _PLAIN.issuperset(text) and (text[0].isalpha() or text[0] == "/")
    return text if plain and text.lower() not in _WORDS else "'" + text.replace("'", "''") + "'"
