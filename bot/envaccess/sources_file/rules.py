"""The rules of the file: each names a source that is declared, with the options of its kind."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from envaccess.domain.catalogue import SEALED
from envaccess.domain.sources.file import NameRule
from envaccess.domain.sources.rotation_rule import RotationRule, RotatorKind
from envaccess.domain.sources.specs import SourceKind, SourceSpec
from envaccess.domain.sources.templates import holes_in
from envaccess.sources_file.kinds import KINDS
from envaccess.sources_file.kinds.base import Kind, OptionsPart
from envaccess.sources_file.models import NamePart
from envaccess.sources_file.scalars import Lookup
from envaccess.yaml_file.fault_collector import FaultCollector
from envaccess.yaml_file.scalars import FieldError, near, shown
from envaccess.yaml_file.tree import Path

_SOURCE_OF: Final[Mapping[RotatorKind, SourceKind]] = {
    RotatorKind.POSTGRES: SourceKind.POSTGRES,
    RotatorKind.AWS_IAM: SourceKind.AWS_IAM,
}


class RuleBuilder:
    """Makes rules of what the file says.

    Args:
        sources: what is declared, by name; None for one that is faulty itself.
        faults: is told what is wrong.
        lookup: where credentials are.
    """

    def __init__(
        self, sources: Mapping[str, SourceSpec | None], faults: FaultCollector, lookup: Lookup
    ) -> None:
        self._sources = sources
        self._faults = faults
        self._lookup = lookup

    def rule(self, place: int, said: object) -> NameRule | None:
        """One rule; None where the faults that are told leave none."""
        path: Path = ("names", place)
        try:
            return self._rule(path, NamePart.model_validate(said, context=self._lookup))
        except ValidationError as error:
            self._faults.reject(error, path, NamePart)
        if isinstance(said, dict):
            self._look_at_places(path, said)
        return None

    def _look_at_places(self, path: Path, said: dict[str, Any]) -> None:
        """What a faulty rule names is looked at all the same, so that a person mends everything at once."""
        for verb in ("read", "lease"):
            if isinstance(said.get(verb), dict):
                self._place(said[verb], (), (*path, verb), leased=verb == "lease")
        rotate = said.get("rotate")
        if isinstance(rotate, dict) and isinstance(rotate.get("source"), str):
            self._named(rotate["source"], (*path, "rotate", "source"))

    def _rule(self, path: Path, part: NamePart) -> NameRule:
        if part.read is not None and part.lease is not None:
            self._faults.add(path, "it has both `read` and `lease`", "keep the one that is meant")
            self._place(part.read, part.match, (*path, "read"), leased=False)
        if part.read is None and part.lease is None and part.rotate is None:
            self._faults.add(path, "it says nothing of what it matches", "write `read: {source: ...}`")
        leased = part.lease is not None
        said = part.lease if leased else part.read
        source, options = SEALED, dict[str, str]()
        if said is not None:
            source, options = self._place(
                said, part.match, (*path, "lease" if leased else "read"), leased=leased
            )
        rotation = self._rotation(part, source, path, leased=leased)
        return NameRule(part.match, source, leased, options, rotation, self._faults.line(path))

    def _place(
        self, said: dict[str, Any], match: Sequence[str], path: Path, *, leased: bool
    ) -> tuple[str, dict[str, str]]:
        """The source that is named, with its options."""
        name = said.get("source")
        spec = self._named(name, (*path, "source"))
        if spec is None:
            return SEALED, {}
        model = self._model(KINDS[spec.kind], spec, path, leased=leased)
        if model is None:
            return SEALED, {}
        try:
            options = model.model_validate(said, context=self._lookup).options()
        except ValidationError as error:
            self._faults.reject(error, path, model)
            return SEALED, {}
        if spec.name != SEALED and not leased:
            self._check_name(match, options, path)
        return spec.name, options

    def _named(self, name: object, path: Path) -> SourceSpec | None:
        """A source that is declared; what is not is told, but for one whose own fault is told already."""
        if isinstance(name, str) and name in self._sources:
            return self._sources[name]
        if name is None:
            self._faults.add(path, "it is missing", "name one of `sources`, or `sealed`")
            return None
        known = list(self._sources)
        mend = near(str(name), known, f"there are {', '.join(known)}; declare it under `sources`")
        self._faults.add(path, f"there is no source {shown(name)}", mend)
        return None

    def _model(self, kind: Kind, spec: SourceSpec, path: Path, *, leased: bool) -> type[OptionsPart] | None:
        model = kind.lease if leased else kind.read
        if model:
            return model
        verb, other = ("lease", "read") if leased else ("read", "lease")
        has = kind.read if leased else kind.lease
        mend = f"write `{other}: ...`" if has else "name another source"
        what = "makes no values" if leased else "keeps no values"
        self._faults.add(path, f"a source of kind {spec.kind} {what}, so there is nothing to {verb}", mend)
        return None

    def _check_name(self, match: Sequence[str], options: Mapping[str, str], path: Path) -> None:
        """Refuse a pattern whose every name would read the same secret."""
        wild = [glob for glob in match if set("*?") & set(glob.rpartition("/")[2])]
        if wild and not any("name" in holes_in(text) for text in options.values()):
            mend = "write `{name}` where the secrets differ, or match each name alone"
            self._faults.add(path, f"every name that {shown(wild[0])} matches would be the same secret", mend)

    def _rotation(self, part: NamePart, source: str, path: Path, *, leased: bool) -> RotationRule | None:
        if part.rotate is None:
            return None
        here: Path = (*path, "rotate")
        if leased:
            mend = "leave `rotate` out: what was leased is destroyed with its grant"
            self._faults.add(here, "a leased value is never rotated", mend)
            return None
        try:
            rule = part.rotate.rule()
        except FieldError as error:
            self._faults.add(here, error.problem, error.mend)
            return None
        self._check_rotator(rule, source, here)
        return rule

    def _check_rotator(self, rule: RotationRule, source: str, path: Path) -> None:
        wanted = _SOURCE_OF.get(rule.by)
        if wanted is None:
            return
        made_by = self._named(rule.source, (*path, "source"))
        if made_by and made_by.kind is not wanted:
            mend = f"name a source of kind {wanted}"
            self._faults.add((*path, "source"), f"`{rule.source}` is of kind {made_by.kind}", mend)
        kept = self._sources.get(source)
        if kept and not KINDS[kept.kind].writes:
            mend = "keep the value in a source that it can be written to, or rotate with a webhook"
            self._faults.add(path, f"a new value cannot be put into {source}, of kind {kept.kind}", mend)
