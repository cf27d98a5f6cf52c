"""Sources for tests: one that answers as it is told, and where a file's credentials are looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.specs import SourceSpec
from envaccess.domain.sources.value import Value
from envaccess.sources.http_client import HttpClient
from envaccess.sources.opening import Surroundings
from envaccess.sources_file.scalars import Lookup


def lookup(files: Mapping[str, str] | None = None, *, missing_ok: bool = False, **environment: str) -> Lookup:
    """Credentials of a test: `lookup(PG_DSN="value-for-tests")`."""

    def file(path: str) -> str:
        if path not in (files or {}):
            raise FileNotFoundError(2, "No such file or directory")
        return (files or {})[path]

    return Lookup(environment.get, file, missing_ok)


@dataclass
class Ticks:
    """Seconds that only go forward when a test says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class SourceStandIn:
    """A source that has these values, and fails as it is told; fits `ReadingAdapter`."""

    spec: SourceSpec
    values: dict[str, str] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)
    """Raised one after the other, the first first; then it works again."""
    asked: list[ReadPlace] = field(default_factory=list)
    closed: bool = False

    async def read(self, place: ReadPlace) -> Value:
        self.asked.append(place)
        if self.faults:
            raise self.faults.pop(0)
        key = place.options.get("path", str(place.variable))
        if key not in self.values:
            raise SourceFaultError(SourceFault.MISSING, self.spec.name)
        return Value(self.values[key], f"v{len(self.asked)}")

    async def names(self) -> Sequence[FoundSecret]:
        return [FoundSecret(key, {"path": key}, key.rpartition("/")[2]) for key in sorted(self.values)]

    async def check(self) -> Sequence[SourceFinding]:
        return [SourceFinding(ok=True, said="it answers")]

    async def close(self) -> None:
        self.closed = True


def surroundings(clock: Ticks | None = None) -> Surroundings:
    """What adapters are given, with a clock that stands still."""
    return Surroundings(HttpClient(), clock or Ticks(), lambda: 0, lambda _: None)
