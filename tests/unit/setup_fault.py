"""The fault that a check of an installation finds."""

from envaccess.application import installation_checks
from envaccess.domain.health import SetupFault


def only(faults: list[SetupFault]) -> SetupFault:
    """The one fault, which says what is wrong and how to mend it, on one line."""
    (fault,) = faults
    assert fault.problem
    assert fault.mend
    assert not fault.problem.endswith(".")
    assert "\n" not in installation_checks.sentence(fault)
    return fault
