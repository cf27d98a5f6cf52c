"""What is missing for one place of the file, with the policy that gives it: asked by trying it."""

from collections.abc import Awaitable, Sequence

from envaccess.domain.sources.aws_policies import policy_to_paste
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.health import SourceFinding

_MENDS = {
    SourceFault.MISSING: "look at its name, and at the region of the source",
    SourceFault.DELETED: "restore it, or write another name",
    SourceFault.MALFORMED: "look at what is stored there, and at the options of its rule",
}


async def tried(
    call: Awaitable[object], what: str, actions: Sequence[str], resource: str
) -> Sequence[SourceFinding]:
    """Try it; the value that comes is forgotten.

    Args:
        call: what is tried.
        what: what it is, such as `prod/stripe can be read`.
        actions: what it needs.
        resource: of these actions, as an ARN.

    Raises:
        SourceFaultError: the source itself cannot be asked.
    """
    try:
        await call
    except SourceFaultError as error:
        if error.fault in {SourceFault.DOWN, SourceFault.SLOW}:
            raise
        mend = _MENDS.get(error.fault) or f"allow {policy_to_paste(actions, resource)}"
        return (SourceFinding(ok=False, said=str(error).removesuffix("."), mend=mend),)
    return (SourceFinding(ok=True, said=what),)


def arn_of(service: str, region: str, account: str, rest: str) -> str:
    """An ARN to paste; IAM's names no region."""
    partition = "aws-cn" if region.startswith("cn-") else "aws"
    partition = "aws-us-gov" if region.startswith("us-gov-") else partition
    return f"arn:{partition}:{service}:{'' if service == 'iam' else region}:{account}:{rest}"
