"""The sealed store: it is there by the name `sealed`, declared or not."""

from envaccess.domain.sources.specs import SEALED_SPEC, SourceSpec
from envaccess.sources_file.kinds.base import Kind, OptionsPart, SourcePart


class _SealedPart(SourcePart):
    """It has no fields."""

    def spec(self, name: str) -> SourceSpec:  # noqa: ARG002 - it has one name only
        """The one spec of it."""
        return SEALED_SPEC


class _SealedOptions(OptionsPart):
    """It needs to know nothing but the variable."""


KIND = Kind(_SealedPart, read=_SealedOptions, writes=True)
