"""What is wrong with a file that an operator writes: told with its line and its mend, all faults at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class FileFault:
    """One fault.

    Attributes:
        line: where it stands in the file, counted from 1; 0 where the file as a whole is meant.
        field: the path of what is wrong, such as `rules[2].automatic.max`; empty for the whole file.
        problem: what is wrong, in a few words that follow the field.
        mend: what to do about it.
    """

    line: int
    field: str
    problem: str
    mend: str

    def __str__(self) -> str:
        """`field: problem -> mend`, without the line, which callers put where their readers look for it."""
        where = f"{self.field}: " if self.field else ""
        return f"{where}{self.problem} -> {self.mend}"

    def of(self, setting: str) -> str:
        """The same for who starts the program, with the line, and the setting that names the file."""
        line = f" in line {self.line}" if self.line else ""
        return f"{setting} has a fault{line}: {self}"
