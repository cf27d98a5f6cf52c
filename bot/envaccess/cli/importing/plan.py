"""What would be stored of a file, what is wrong with it, and what to look at again.

Names are told only where every entry is a name with a value: else a part of a value may have been read as
one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from envaccess.cli.importing.entries import FileReading, ImportedEntry
from envaccess.cli.importing.placeholders import is_placeholder
from envaccess.cli.importing.references import SourceMapping, reference_of
from envaccess.cli.importing.same_values import same_values
from envaccess.cli.name_arguments import bare_name
from envaccess.domain.value import refuse_value
from envaccess.domain.variable import Variable

_EMPTY = "is empty"
_NO_NAME = "its name is none of letters, digits and `_` (it is not repeated here)"
_PLACEHOLDER = "a placeholder is no value: `envaccess secrets set` stores it if it is one"
_MAPPED = "a reference to where the value lives: the mapping below is for sources.yml"
_DOPPLERS_OWN = frozenset({"DOPPLER_PROJECT", "DOPPLER_CONFIG", "DOPPLER_ENVIRONMENT"})
_SAID_BY_DOPPLER = "said by Doppler about itself, and no value"


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What importing a file would do.

    Attributes:
        values: what can be stored, in the file's order; not shown by `repr`. Empty where there are problems.
        problems: one sentence an entry that cannot be taken, with its place.
        notes: sentences about what to look at again.
        left_out: sentences about names that the file has no value for.
        mappings: where values live that the file only refers to.
    """

    values: Mapping[Variable, str] = field(default_factory=dict, repr=False)
    problems: Sequence[str] = ()
    notes: Sequence[str] = ()
    left_out: Sequence[str] = ()
    mappings: Mapping[Variable, SourceMapping] = field(default_factory=dict)


def make_plan(reading: FileReading, environment: str, *, skip_empty: bool = False) -> ImportPlan:
    """Look at a whole file; names without an environment of their own are put into one."""
    entries = [_judged(entry) for entry in reading.entries]
    empty = [entry for entry in entries if skip_empty and _is_empty(entry)]
    kept = [entry for entry in entries if entry not in empty]
    problems = list(_problems(kept, environment))
    if problems:
        return ImportPlan(problems=problems)
    named = {variable: entry for entry in kept if (variable := _variable(entry, environment))}
    values = {variable: entry.value for variable, entry in named.items() if not entry.left_out}
    skipped = [f"note: {_listed(empty)} empty, and skipped."] if empty else []
    of_services = [remark for _, remark in reading.of_services]
    notes = [*reading.remarks, *of_services, *skipped, *_notes(named), *same_values(values)]
    found = {variable: reference_of(entry.value) for variable, entry in named.items() if entry.left_out}
    mappings = {variable: told for variable, told in found.items() if isinstance(told, SourceMapping)}
    return ImportPlan(values, notes=notes, left_out=list(_left_out(named)), mappings=mappings)


def _is_empty(entry: ImportedEntry) -> bool:
    return not entry.fault and not entry.left_out and not entry.value


def _judged(entry: ImportedEntry) -> ImportedEntry:
    """With why it has no value, where that shows in the value itself."""
    if entry.fault or entry.left_out or not entry.value:
        return entry
    if entry.name in _DOPPLERS_OWN:
        return replace(entry, left_out=_SAID_BY_DOPPLER)
    found = reference_of(entry.value)
    if isinstance(found, SourceMapping):
        return replace(entry, left_out=_MAPPED)
    if found:
        told = (
            f"a reference that {found} would look up: import what it gives, or say in sources.yml where it is"
        )
        return replace(entry, left_out=told)
    if not entry.literal and _is_other_name(entry.value):
        return replace(entry, left_out="the value of another name, as `${NAME}`: it is not looked up")
    return replace(entry, left_out=_PLACEHOLDER) if is_placeholder(entry.value) else entry


def _is_other_name(value: str) -> bool:
    """Whether all of a value is `$NAME`, `${NAME...}` or `$(...)`."""
    if not value.startswith("$") or len(value) == 1:
        return False
    inner = value[1:]
    if inner.startswith("{"):
        return inner.endswith("}") and not set(inner[1:-1]) & set("{}")
    if inner.startswith("("):
        return inner.endswith(")")
    return not inner[0].isdigit() and all(map(_is_word, inner))


def _is_word(character: str) -> bool:
    return character == "_" or (character.isascii() and character.isalnum())


def _variable(entry: ImportedEntry, environment: str) -> Variable | None:
    return bare_name(entry.environment or environment, entry.name)


def _problems(kept: Sequence[ImportedEntry], environment: str) -> Iterator[str]:
    named = all(not entry.fault and _variable(entry, environment) for entry in kept)
    seen: dict[Variable, ImportedEntry] = {}
    for entry in kept:
        variable = None if entry.fault else _variable(entry, environment)
        told = entry.fault or _problem(entry, variable, seen, named=named)
        if told:
            yield f"{entry.place}: {told}"
        if variable:
            seen.setdefault(variable, entry)


def _problem(
    entry: ImportedEntry, variable: Variable | None, seen: dict[Variable, ImportedEntry], *, named: bool
) -> str:
    """Why an entry cannot be stored; empty where it can."""
    if variable is None:
        return _NO_NAME
    label = variable.label
    above = seen.get(variable)
    if above and entry.service and above.service != entry.service:
        same = (above.value, above.left_out) == (entry.value, entry.left_out)
        told = f"{label} has another value on {above.place}, in another service: import one with --service"
        return "" if same else told
    if above:
        return f"{label if named else 'its name'} stands on {above.place} already"
    wrong = "" if entry.left_out else refuse_value(entry.value)
    if not wrong:
        return ""
    told_name = named and (wrong != _EMPTY or entry.name.isupper() or entry.name.islower())
    skip = "; --skip-empty leaves such lines out" if wrong == _EMPTY else ""
    return f"the value of {label} {wrong}{skip}" if told_name else f"the value {wrong}{skip}"


def _listed(entries: Sequence[ImportedEntry]) -> str:
    """`lines 2, 5 are`: what has no value may be no name."""
    if len(entries) == 1:
        return f"{entries[0].place} is"
    nouns = {entry.place.partition(" ")[0] for entry in entries}
    numbers = ", ".join(entry.place.partition(" ")[2] for entry in entries)
    return f"{'lines' if nouns == {'line'} else 'entries'} {numbers} are"


def _notes(named: Mapping[Variable, ImportedEntry]) -> Iterator[str]:
    """One sentence for each kind of value to look at again, with the names that it is about."""
    kinds = dict.fromkeys(note for entry in named.values() for note in entry.notes)
    for kind in kinds:
        names = [v.label for v, entry in named.items() if kind in entry.notes and not entry.left_out]
        if names:
            yield f"note: {', '.join(names)}: {kind}."


def _left_out(named: Mapping[Variable, ImportedEntry]) -> Iterator[str]:
    """The same of names without a value to store."""
    for why in dict.fromkeys(entry.left_out for entry in named.values() if entry.left_out):
        names = [variable.label for variable, entry in named.items() if entry.left_out == why]
        yield f"left out: {', '.join(names)}: {why}."
