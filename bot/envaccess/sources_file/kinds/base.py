"""What a kind of source adds to the file: the fields of the source, and of the rules that name one of it."""

from dataclasses import dataclass

from envaccess.domain.sources.specs import SourceSpec
from envaccess.sources_file.scalars import SourceName
from envaccess.yaml_file.part import Part


class SourcePart(Part):
    """The fields of one source. A kind gives its own, and how they become its spec."""

    kind: str

    def spec(self, name: str) -> SourceSpec:
        """What its adapter is given."""
        raise NotImplementedError


class OptionsPart(Part):
    """What `read` or `lease` says of one kind: fields of the type `Option`, or `LoginUrl`."""

    source: SourceName

    def options(self) -> dict[str, str]:
        """The options that are said, by field."""
        found = self.model_dump(exclude={"source"}, exclude_defaults=True, by_alias=True)
        return {name: str(value) for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source.

    Attributes:
        source: the fields of the source.
        read: the fields of `read`; None: it keeps no values.
        lease: the fields of `lease`; None: it makes none.
        writes: whether a rotation can put a new value there.
    """

    source: type[SourcePart]
    read: type[OptionsPart] | None = None
    lease: type[OptionsPart] | None = None
    writes: bool = False
