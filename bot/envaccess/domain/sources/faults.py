"""How a source can fail. None of it carries what the source answered."""

from enum import StrEnum

from envaccess.domain.errors import SourceError


class SourceFault(StrEnum):
    """Why a source handed nothing out."""

    MISSING = "missing"
    """There is no such secret there."""
    DELETED = "deleted"
    """There was one; this version of it is deleted or destroyed."""
    DENIED = "denied"
    """We may not read it, or are not who the source knows: the operator is told."""
    DOWN = "down"
    """No connection, a refused one, or the source's own fault."""
    SLOW = "slow"
    """No answer in time."""
    MALFORMED = "malformed"
    """An answer that is not what its documentation says, or holds no such field."""


class SourceFaultError(SourceError):
    """A source handed nothing out.

    Attributes:
        fault: why.
        source: its name in the file.
    """

    def __init__(self, fault: SourceFault, source: str, what: str = "") -> None:
        """`what` is one sentence for the operator, which holds nothing of the answer's body."""
        super().__init__(what or f"The source {source} failed: {fault}")
        self.fault = fault
        self.source = source
