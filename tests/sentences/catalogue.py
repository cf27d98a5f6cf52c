"""A committed list of sentences, and those that only some runs show."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Catalogue:
    """One sentence a line, sorted, in `FILE.txt`; beside it `FILE_by_chance.txt`, which may be missing.

    A sentence in the latter depends on how fast a machine is, so that not each run shows it.
    """

    file: Path

    @property
    def chance_file(self) -> Path:
        """Where the sentences are that may be shown and need not be."""
        return self.file.with_stem(f"{self.file.stem}_by_chance")

    def required(self) -> AbstractSet[str]:
        """What a whole run must show."""
        return _read(self.file)

    def unknown(self, shown: AbstractSet[str]) -> list[str]:
        """What is shown and in neither file."""
        return sorted(shown - self.required() - _read(self.chance_file))

    def lost(self, shown: AbstractSet[str]) -> list[str]:
        """What a whole run must show and did not."""
        return sorted(self.required() - shown)

    def write(self, shown: AbstractSet[str], *, whole: bool) -> None:
        """Keep what a run has shown; after a whole run nothing else, except the file of chance."""
        kept = shown if whole else shown | self.required()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(_lines(kept - _read(self.chance_file)), encoding="utf-8")


def _read(file: Path) -> AbstractSet[str]:
    return frozenset(file.read_text(encoding="utf-8").splitlines()) if file.exists() else frozenset()


def _lines(sentences: Iterable[str]) -> str:
    return "".join(f"{sentence}\n" for sentence in sorted(sentences))
