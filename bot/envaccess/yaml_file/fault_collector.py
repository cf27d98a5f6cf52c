"""Everything that is wrong with one file, each told once, with its line and field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from envaccess.domain.file_fault import FileFault
from envaccess.yaml_file.scalars import FieldError, near, shown
from envaccess.yaml_file.tree import Node, Path


@dataclass(frozen=True, slots=True)
class FileWords:
    """What faults of one kind of file say.

    Attributes:
        page: where its fields are described.
        missing: what to write for a field that is missing, by its name.
        merge: what to write instead of `<<`.
        shapes: what to write where a field has another shape than it has to have, by its name.
    """

    page: str
    missing: Mapping[str, str]
    merge: str = "write it out"
    shapes: Mapping[str, str] = field(default_factory=dict)


class FaultCollector:
    """Collects faults by where they are.

    Args:
        root: the whole file.
        model: its shape; of a list, its items' shape.
        words: the mends of this kind of file.
    """

    def __init__(self, root: Node, model: type[BaseModel], words: FileWords) -> None:
        self._root = root
        self._model = model
        self._words = words
        self._faults: dict[FileFault, None] = {}
        self._notes: dict[FileFault, None] = {}

    def add(self, path: Path, problem: str, mend: str) -> None:
        """Something is wrong at a path; what is missing is told with the line of what lacks it."""
        self._faults[FileFault(self._root.at(path).line, self._field(path), problem, mend)] = None

    def note(self, path: Path, problem: str, mend: str) -> None:
        """Something holds, and may be meant otherwise."""
        self._notes[FileFault(self._root.at(path).line, self._field(path), problem, mend)] = None

    def notes(self) -> tuple[FileFault, ...]:
        """All of them, by line."""
        return tuple(sorted(self._notes))

    def line(self, path: Path) -> int:
        """The line of what stands at a path."""
        return self._root.at(path).line

    def faults(self) -> tuple[FileFault, ...]:
        """All of them, by line."""
        return tuple(sorted(self._faults))

    def reject(
        self, error: ValidationError, under: Path = (), model: type[BaseModel] | None = None
    ) -> list[Path]:
        """Tell everything that pydantic found in what stands at a path; returns where.

        Args:
            error: of pydantic.
            under: the path.
            model: the shape of what stands there, where the file's does not say it.
        """
        found = error.errors(include_url=False, include_input=False)
        inside = {details["loc"][:depth] for details in found for depth in range(len(details["loc"]))}
        # A list whose items are all faulty is too short for pydantic only.
        found = [
            details for details in found if details["type"] != "too_short" or details["loc"] not in inside
        ]
        for details in found:
            self._tell(details, (*under, *details["loc"]), model, len(under))
        return [(*under, *details["loc"]) for details in found]

    def _tell(self, details: ErrorDetails, path: Path, model: type[BaseModel] | None, depth: int) -> None:
        cause = details.get("ctx", {}).get("error")
        match details["type"]:
            case "extra_forbidden":
                inside = path[depth:-1] if model else path[:-1]
                self._tell_unknown(path, _fields_at(model or self._model, inside))
            case "missing":
                mend = self._words.missing.get(str(path[-1]), f"write `{path[-1]}: ...`")
                self.add(path, "it is missing", mend)
            case "too_short":
                self.add(path, "nothing is listed here", "list one at least")
            case "too_long":
                self.add(path, "too many are listed here", "list fewer")
            case _ if isinstance(cause, FieldError):
                self.add(path if cause.place is None else (*path, cause.place), cause.problem, cause.mend)
            case _:
                self.misshapen(path)

    def misshapen(self, path: Path) -> None:
        """A text stands where a mapping should, or the like."""
        name = next((part for part in reversed(path) if isinstance(part, str)), "")
        name += "[]" if path and isinstance(path[-1], int) else ""
        mend = self._words.shapes.get(name, f"see {self._words.page} for what it may be")
        found = self._root.at(path).value
        what = _SHAPES[type(found)] if found else "nothing"
        self.add(path, f"this has the wrong shape: {what} stands here", mend)

    def _tell_unknown(self, path: Path, known: list[str]) -> None:
        mend = near(str(path[-1]), known, f"there are {', '.join(known)}")
        if path[-1] == "<<":
            mend = self._words.merge
        fault = FileFault(
            self.line(path), self._field(path[:-1]), f"there is no field {shown(path[-1])}", mend
        )
        self._faults[fault] = None

    def _field(self, path: Path) -> str:
        """`rules[2].steps[0].approvers`; the place in a list that is none is left out."""
        told = ""
        node: Node | None = self._root
        for part in path:
            if isinstance(part, int):
                told += f"[{part}]" if node and isinstance(node.value, list) else ""
            elif node is None or isinstance(node.value, dict):
                told += f".{part}" if told else part
            node = node.child(part) if node else None
        return told


_SHAPES: Final[Mapping[type, str]] = {str: "a text", list: "a list", dict: "a mapping"}


def _fields_at(model: type[BaseModel], path: Path) -> list[str]:
    """The fields that a mapping at a path may have."""
    for part in path:
        field = next((f for n, f in model.model_fields.items() if (f.alias or n) == part), None)
        inner = _models_in(field.annotation) if field else []
        model = inner[0] if inner else model
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(kind: object) -> list[type[BaseModel]]:
    """The models that an annotation names, however deep."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [model for inner in getattr(kind, "__args__", ()) for model in _models_in(inner)]
