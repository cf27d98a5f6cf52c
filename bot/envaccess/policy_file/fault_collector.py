"""Everything that is wrong with one file, each told once, with its line and field."""

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from envaccess.domain.policy.fault import PolicyFault
from envaccess.policy_file.models import FilePart
from envaccess.policy_file.scalars import PolicyError, near, shown
from envaccess.policy_file.tree import Node, Path


class FaultCollector:
    """Collects faults by where they are.

    Args:
        root: the whole file.
        model: its shape; of a list, its items' shape.
    """

    def __init__(self, root: Node, model: type[BaseModel] = FilePart) -> None:
        self._root = root
        self._model = model
        self._faults: dict[PolicyFault, None] = {}
        self._notes: dict[PolicyFault, None] = {}

    def add(self, path: Path, problem: str, mend: str) -> None:
        """Something is wrong at a path; what is missing is told with the line of what lacks it."""
        self._faults[PolicyFault(self._root.at(path).line, self._field(path), problem, mend)] = None

    def note(self, path: Path, problem: str, mend: str) -> None:
        """Something holds, and may be meant otherwise."""
        self._notes[PolicyFault(self._root.at(path).line, self._field(path), problem, mend)] = None

    def notes(self) -> tuple[PolicyFault, ...]:
        """All of them, by line."""
        return tuple(sorted(self._notes))

    def line(self, path: Path) -> int:
        """The line of what stands at a path."""
        return self._root.at(path).line

    def faults(self) -> tuple[PolicyFault, ...]:
        """All of them, by line."""
        return tuple(sorted(self._faults))

    def reject(self, error: ValidationError, under: Path = ()) -> list[Path]:
        """Tell everything that pydantic found in what stands at a path; returns where."""
        found = error.errors(include_url=False, include_input=False)
        inside = {details["loc"][:depth] for details in found for depth in range(len(details["loc"]))}
        # A list whose items are all faulty is too short for pydantic only.
        found = [
            details for details in found if details["type"] != "too_short" or details["loc"] not in inside
        ]
        for details in found:
            self._tell(details, (*under, *details["loc"]))
        return [(*under, *details["loc"]) for details in found]

    def _tell(self, details: ErrorDetails, path: Path) -> None:
        cause = details.get("ctx", {}).get("error")
        match details["type"]:
            case "extra_forbidden":
                self._tell_unknown(path)
            case "missing":
                self.add(path, "it is missing", _MISSING.get(str(path[-1]), f"write `{path[-1]}: ...`"))
            case "too_short":
                self.add(path, "nothing is listed here", "list one at least")
            case "too_long":
                self.add(path, "too many are listed here", "list fewer")
            case _ if isinstance(cause, PolicyError):
                self.add(path if cause.place is None else (*path, cause.place), cause.problem, cause.mend)
            case _:
                self.add(path, "this has the wrong shape", "see docs/policy.md for what it may be")

    def _tell_unknown(self, path: Path) -> None:
        known = _fields_at(self._model, path[:-1])
        mend = near(str(path[-1]), known, f"there are {', '.join(known)}")
        if path[-1] == "<<":
            mend = "say it in `defaults`, or write it out"
        fault = PolicyFault(
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


_MISSING = {
    "version": "write `version: 1` as the first line",
    "rules": "write `rules:` and at least one rule; what no rule matches, nobody may ask for",
    "match": "write `match: [environment/NAME]`, with `*` where you like",
    "review": "name who closes the review, such as `review: [approvers]`",
}


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
