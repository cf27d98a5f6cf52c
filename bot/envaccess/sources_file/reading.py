"""The text of `sources.yml` becomes what it declares, or all of its faults at once."""

import hashlib
from typing import Any

from pydantic import ValidationError

from envaccess.domain.catalogue import SEALED
from envaccess.domain.file_fault import FileFault
from envaccess.domain.sources.file import NameRule, SourcesFile
from envaccess.domain.sources.specs import SEALED_SPEC, SourceKind, SourceSpec
from envaccess.sources_file.kinds import KINDS
from envaccess.sources_file.models import SOURCES_MOST, WORDS, SourcesPart
from envaccess.sources_file.rules import RuleBuilder
from envaccess.sources_file.scalars import SOURCE_NAME, Lookup
from envaccess.yaml_file.fault_collector import FaultCollector
from envaccess.yaml_file.scalars import near, shown
from envaccess.yaml_file.tree import Node, read_tree


def digest_of(text: str) -> str:
    """SHA-256 of a file's text, hexadecimal."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def read_sources(text: str, lookup: Lookup) -> SourcesFile | tuple[FileFault, ...]:
    """Read the file.

    Args:
        text: the file's; it may be anything.
        lookup: where credentials are.

    Returns:
        What it declares, or every fault by its line.
    """
    root = read_tree(text)
    if not isinstance(root, Node):
        return root
    if not isinstance(root.value, dict):
        mend = "begin with `version: 1` and `sources:`"
        return (FileFault(root.line, "", "this is no mapping of fields", mend),)
    faults = FaultCollector(root, SourcesPart, WORDS)
    part = _validate(root, faults, lookup)
    specs = _sources(root, faults, lookup)
    rules: list[NameRule] = []
    if part:
        builder = RuleBuilder(specs, faults, lookup)
        rules = [builder.rule(place, rule) for place, rule in enumerate(part.names)]
    declared = {name: spec for name, spec in specs.items() if spec is not None}
    return faults.faults() or SourcesFile(declared, rules, digest_of(text))


def _validate(root: Node, faults: FaultCollector, lookup: Lookup) -> SourcesPart | None:
    """The parts that are the same for every kind; what is faulty there is told, and no rule is looked at."""
    try:
        return SourcesPart.model_validate(root.plain(), context=lookup)
    except ValidationError as error:
        faults.reject(error)
        return None


def _sources(root: Node, faults: FaultCollector, lookup: Lookup) -> dict[str, SourceSpec | None]:
    """Each source that is declared; None for one that is faulty, so that rules are not told off for it."""
    listed = root.child("sources")
    if listed is None or not isinstance(listed.value, dict):
        return {SEALED: SEALED_SPEC}
    if len(listed.value) > SOURCES_MOST:
        faults.add(("sources",), "these are too many sources", f"declare at most {SOURCES_MOST}")
        return {SEALED: SEALED_SPEC}
    found = {name: _source(name, node.plain(), faults, lookup) for name, node in listed.value.items()}
    return {SEALED: SEALED_SPEC, **found}


def _source(name: str, said: Any, faults: FaultCollector, lookup: Lookup) -> SourceSpec | None:  # noqa: ANN401 - as YAML has it
    path = ("sources", name)
    if not SOURCE_NAME.fullmatch(name):
        mend = "write small letters, digits, `-` and `_`, a letter first, 32 at most"
        faults.add(path, f"{shown(name)} is no name of a source", mend)
    if not isinstance(said, dict):
        faults.add(path, "its fields are missing", "write `{kind: ..., ...}`")
        return None
    kinds = [str(kind) for kind in KINDS]
    if said.get("kind") not in kinds:
        faults.add((*path, "kind"), *_unknown_kind(said, kinds))
        return None
    kind = SourceKind(said["kind"])
    if (kind is SourceKind.SEALED) != (name == SEALED):
        mend = "leave it out: the sealed store is there by the name `sealed`, and nothing else is"
        faults.add(path, "this name and this kind do not go together", mend)
        return None
    model = KINDS[kind].source
    try:
        return model.model_validate(said, context=lookup).spec(name)
    except ValidationError as error:
        faults.reject(error, path, model)
        return None


def _unknown_kind(said: dict[str, Any], kinds: list[str]) -> tuple[str, str]:
    word = said.get("kind")
    if word is None:
        return "it is missing", WORDS.missing["kind"]
    if not isinstance(word, str):
        return "this is no word", f"write one of {', '.join(kinds)}"
    return f"there is no kind {shown(word)}", near(word, kinds, f"there are {', '.join(kinds)}")
