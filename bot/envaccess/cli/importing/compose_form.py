"""`docker compose`: the `environment` of each service, as compose reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from envaccess.cli.importing.entries import FileReading, ImportedEntry
from envaccess.cli.importing.yaml_nodes import CUT, members, read_root, text_entry
from envaccess.domain.screening import printable
from envaccess.domain.text import clean
from envaccess.yaml_file.tree import Node

_FROM_SHELL = "without a value here, because compose takes it from the shell that starts it"
_INTERPOLATED = "with `$NAME` or `${NAME}`, which compose fills in from elsewhere"
_BAD_DOLLAR = "compose refuses this `$`: one that is meant is written `$$`"
_IN_QUOTES = "in quotes that belong to the value, since compose takes a list's items as they stand"


class _InterpolatedError(Exception):
    """Compose would fill something in."""


class _BadDollarError(Exception):
    """Compose would refuse it."""


def read_compose(text: str) -> FileReading:
    """Read a whole file. Raises `Complaint`: it is no mapping."""
    root = read_root(text)
    entries: list[ImportedEntry] = []
    remarks = list(_remarks_of_file(root))
    for service, node in _services(root.get("services")).items():
        found = members(node) if isinstance(node.value, dict) else {}
        remarks += _remarks(service, found)
        if "environment" in found:
            entries += list(_environment(found["environment"], service))
    return FileReading(entries, remarks)


def _services(node: Node | None) -> Mapping[str, Node]:
    return members(node) if node and isinstance(node.value, dict) else {}


def _remarks_of_file(root: Mapping[str, Node]) -> Iterator[str]:
    for name in ("include", "secrets", "configs"):
        if name in root:
            yield f"note: `{name}` of the file is not followed: import what it names by itself."


def _remarks(service: str, found: Mapping[str, Node]) -> Iterator[str]:
    shown = printable(clean(service))
    if "env_file" in found:
        paths = ", ".join(f"`{printable(clean(path))}`" for path in _paths(found["env_file"]))
        yield f"note: service {shown} reads {paths}, too, by `env_file`: import it by itself."
    if "extends" in found:
        yield f"note: service {shown} extends another one, which is not followed."


def _paths(node: Node) -> list[str]:
    """One path, a list of them, or of mappings with a `path`."""
    found = node.value if isinstance(node.value, list) else [node]
    inner = (each.child("path") if isinstance(each.value, dict) else each for each in found)
    return [each.value for each in inner if each and isinstance(each.value, str)]


def _environment(node: Node, service: str) -> Iterator[ImportedEntry]:
    if isinstance(node.value, dict):
        for name, value in members(node).items():
            entry = text_entry(name, value, service=service)
            if not entry.fault and not entry.value and not value.quoted:
                yield replace(entry, left_out=_FROM_SHELL)
            else:
                yield _interpolated(entry)
    elif isinstance(node.value, list):
        for item in node.value:
            yield _item(item, service)
    elif node.value:
        yield ImportedEntry(f"line {node.line}", fault="`environment` is neither a mapping nor a list")


def _item(item: Node, service: str) -> ImportedEntry:
    place = f"line {item.line}"
    if not isinstance(item.value, str):
        return ImportedEntry(place, fault="an item of `environment` is NAME=value")
    name, sign, value = item.value.partition("=")
    if not sign:
        return ImportedEntry(place, name, service=service, left_out=_FROM_SHELL)
    quotes = (_IN_QUOTES,) if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else ()
    notes = (*quotes, CUT) if item.cut else quotes
    return _interpolated(ImportedEntry(place, name, value, service=service, notes=notes))


def _interpolated(entry: ImportedEntry) -> ImportedEntry:
    """With `$$` read as `$`; without a value where compose would fill one in."""
    try:
        value = "".join(_dollars(entry.value))
    except _InterpolatedError:
        return replace(entry, value="", left_out=_INTERPOLATED)
    except _BadDollarError:
        return replace(entry, value="", fault=_BAD_DOLLAR)
    return replace(entry, value=value)


def _dollars(text: str) -> Iterator[str]:
    before, *parts = text.split("$")
    yield before
    doubled = False
    for place, part in enumerate(parts):
        if doubled:
            doubled = False
            yield part
        elif not part and place + 1 < len(parts):
            doubled = True
            yield "$"
        elif part[:1] == "{" or part[:1] == "_" or (part[:1].isascii() and part[:1].isalpha()):
            raise _InterpolatedError
        else:
            raise _BadDollarError
