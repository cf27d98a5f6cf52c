"""What YAML files of values are made of: texts as they stand there, and mappings with what they merge."""

from collections.abc import Iterator, Mapping

import yaml

from envaccess.cli.importing.entries import ImportedEntry
from envaccess.cli.importing.json_form import NESTED
from envaccess.cli.output import Complaint
from envaccess.yaml_file.tree import Node, read_tree

_MERGE = "<<"
_MERGED_DEEP = 50
_EMPTY = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTHS = frozenset({"yes", "no", "on", "off", "y", "n"})
_NUMBER_MAX = 64
CUT = "cut at ` #`: what follows counts as a comment, unless the value is in quotes"
_TRUTH = "a word that some tools read as true or false: taken as it stands"
_OTHER_NUMBER = "other tools read this number as another text: put it in quotes as it is meant"


def read_root(text: str) -> dict[str, Node]:
    """The mapping that a file is.

    Raises:
        Complaint: it is none.
    """
    found = read_tree(text)
    if isinstance(found, tuple):
        line = next((fault.line for fault in found if fault.line), 0)
        where = f"Line {line}" if line else "The file"
        twice = " (a name that stands twice, a tag, a bracket that is not closed, or too much in it)"
        raise Complaint(f"{where} cannot be read as YAML{twice}; nothing was stored.")
    if not isinstance(found.value, dict):
        raise Complaint("The file is YAML, but no mapping of names to values; nothing was stored.")
    return found.value


def members(node: Node, deep: int = 0) -> Mapping[str, Node]:
    """A mapping's members, with those that `<<` merges into it; its own come first."""
    if deep > _MERGED_DEEP:
        raise Complaint(f"Line {node.line}: `<<` merges too deep; nothing was stored.")
    assert isinstance(node.value, dict)
    own = {name: value for name, value in node.value.items() if name != _MERGE or value.quoted}
    merged = node.value.get(_MERGE)
    if merged is None or merged.quoted:
        return own
    found: dict[str, Node] = {}
    for each in reversed(merged.value if isinstance(merged.value, list) else [merged]):
        if isinstance(each.value, dict):
            found.update(members(each, deep + 1))
    return {**found, **own}


def text_entry(name: str, node: Node, environment: str = "", service: str = "") -> ImportedEntry:
    """A name with the text that stands behind it."""
    place = f"line {node.line}"
    if not isinstance(node.value, str):
        return ImportedEntry(place, fault=NESTED)
    if not node.quoted and _is_other_number(node.value):
        return ImportedEntry(place, fault=_OTHER_NUMBER)
    value = "" if not node.quoted and node.value in _EMPTY else node.value
    return ImportedEntry(place, name, value, environment, service, notes=tuple(_notes(node)))


def _notes(node: Node) -> Iterator[str]:
    if node.cut:
        yield CUT
    if not node.quoted and str(node.value).lower() in _TRUTHS:
        yield _TRUTH


def _is_other_number(text: str) -> bool:
    """Whether a word without quotes is a number that is written otherwise elsewhere, such as 010 or 1.50."""
    if (not text[:1].isdigit() and text[:1] not in {"+", "-", "."}) or len(text) > _NUMBER_MAX:
        return False
    try:
        number = float(text) if "e" in text.lower() else yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return False
    return isinstance(number, int | float) and str(number) != text
