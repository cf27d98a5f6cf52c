"""The text of `sources.yml` becomes what it declares, or all of its faults at once."""

from typing import Any

from pydantic import ValidationError

from envaccess.domain.catalogue import SEALED
from envaccess.domain.file_fault import FileFault
from envaccess.domain.sources.file import NAMES_MOST, SourcesFile
from envaccess.domain.sources.specs import SEALED_SPEC, SourceKind, SourceSpec
from envaccess.sources_file.kinds import KINDS
from envaccess.sources_file.models import SOURCES_MOST, WORDS, SourcesPart
from envaccess.sources_file.rules import RuleBuilder
from envaccess.sources_file.scalars import SOURCE_NAME, Lookup
from envaccess.yaml_file.fault_collector import FaultCollector
from envaccess.yaml_file.file import digest_of
from envaccess.yaml_file.scalars import near, shown
from envaccess.yaml_file.tree import Node, read_mapping


def read_sources(text: str, lookup: Lookup) -> SourcesFile | tuple[FileFault, ...]:
    """Read the file.

    Args:
        text: the file's; it may be anything.
        lookup: where credentials are.

    Returns:
        What it declares, or every fault by its line.
    """
    root = read_mapping(text, "begin with `version: 1` and `sources:`")
    if not isinstance(root, Node):
        return root
    faults = FaultCollector(root, SourcesPart, WORDS)
    _check_whole(root, faults, lookup)
    specs = _sources(root, faults, lookup)
    builder = RuleBuilder(specs, faults, lookup)
    rules = [rule for place, node in enumerate(_listed(root)) if (rule := builder.rule(place, node.plain()))]
    declared = {name: spec for name, spec in specs.items() if spec is not None}
    return faults.faults() or SourcesFile(declared, rules, digest_of(text))


def _listed(root: Node) -> list[Node]:
    """The rules, where they are a list that is not too long."""
    names = root.child("names")
    found = names.value if names and isinstance(names.value, list) else []
    return found if len(found) <= NAMES_MOST else []


def _check_whole(root: Node, faults: FaultCollector, lookup: Lookup) -> None:
    """Tell what is wrong with the file beside its sources and rules, each of which is looked at by itself.

    `sources:` and `names:` with nothing under them are none.
    """
    assert isinstance(root.value, dict)
    said: dict[str, Any] = {name: node.value for name, node in root.value.items()}
    for name in ("sources", "names"):
        if said.get(name) == "":
            del said[name]
    if isinstance(said.get("names"), list) and len(said["names"]) <= NAMES_MOST:
        said["names"] = []
    try:
        SourcesPart.model_validate(said, context=lookup)
    except ValidationError as error:
        faults.reject(error)


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
        faults.add(path, "its fields are missing", f"write `{name}: {{kind: ..., ...}}`")
        return None
    kinds = [str(kind) for kind in KINDS]
    if "<<" in said:
        faults.add(
            path, "`<<` is not followed here", "write its fields out; `name: *anchor` repeats all of them"
        )
        return None
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
    known = [kind for kind in kinds if kind != SEALED]
    alike = [kind for kind in known if word and (kind in word.lower() or word.lower() in kind)]
    mend = f"did you mean {', '.join(f'`{kind}`' for kind in alike)}?"
    told = mend if alike else near(word, known, f"there are {', '.join(known)}")
    return f"there is no kind {shown(word)}", told
