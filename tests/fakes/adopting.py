"""What `envaccess sources adopt` prints, pasted into the file and adopted again."""

from collections.abc import Sequence
from dataclasses import dataclass

from envaccess.cli.sources_adopt import rules_to_paste
from envaccess.domain.sources.adoption import Adoption, adopt
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.variable import Variable
from envaccess.sources_file.reading import read_sources
from tests.fakes.sources import lookup


@dataclass(frozen=True)
class Adopted:
    """What it said first, the file with that pasted in, and what it says then."""

    first: Adoption
    file: SourcesFile
    again: Adoption

    def place(self, text: str) -> ReadPlace:
        environment, _, name = text.rpartition("/")
        found = self.file.place_of(Variable(environment, name))
        assert isinstance(found, ReadPlace)
        return found


def adopted(
    declared: str, found: Sequence[FoundSecret], environment: str = "production", rules: str = ""
) -> Adopted:
    """Adopt, paste and adopt again: everything is found then, and nothing is left to say.

    Args:
        declared: the fields of the one source, which is called `src`.
        found: what it has.
        environment: as with `--environment`.
        rules: that the file has.
    """
    head = f"version: 1\nsources:\n  src: {{{declared}}}\n"
    first = adopt(read(f"{head}names:\n{rules}" if rules else head), "src", found, environment)
    pasted = "\n".join(rules_to_paste("src", first.rules)) + "\n" if first.rules else "names:\n"
    file = read(head + pasted + rules) if first.rules or rules else read(head)
    again = adopt(file, "src", found, environment)
    assert not again.rules
    asked = {variable for rule in first.rules for variable in rule.variables}
    assert asked | {*first.covered} == {*again.covered}
    assert (again.left, again.closed, again.by_parts) == (first.left, first.closed, first.by_parts)
    return Adopted(first, file, again)


def read(text: str) -> SourcesFile:
    """The file, which has to hold as it stands."""
    file = read_sources(
        text, lookup(TOKEN="value-for-tests", AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
    )
    assert isinstance(file, SourcesFile), file
    return file
