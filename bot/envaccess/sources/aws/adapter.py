"""What every kind of AWS does alike: it looks at itself, and has nothing to close."""

from collections.abc import Sequence
from typing import ClassVar, Final

from envaccess.domain.sources.aws_policies import ACTIONS, policy_to_paste
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.specs import SourceKind
from envaccess.sources.aws.calls import AwsCalls

_CLOCK_OFF: Final = 60_000
"""Milliseconds that our clock may differ from AWS's without a word; from five minutes on it refuses us."""


class AwsAdapter:
    """One source.

    Args:
        calls: signed by whom the file says.
    """

    kind: ClassVar[SourceKind]
    listing: ClassVar[tuple[str, str]] = ("", "")
    """The operation that lists what there is: its service and name; empty where there is none."""

    def __init__(self, calls: AwsCalls) -> None:
        self._calls = calls

    async def check(self) -> Sequence[SourceFinding]:
        """Who AWS takes us for, whether our clock is right, and what permission is missing."""
        arn, _ = await self._identity()
        return [
            SourceFinding(ok=True, said=f"AWS takes us for {arn}"),
            *self._clock(),
            *await self._listing(),
        ]

    async def _identity(self) -> tuple[str, str]:
        """Who AWS takes us for, and the account's number; it needs no permission."""
        tree = await self._calls.query("sts", "GetCallerIdentity")
        found = {one.tag: one.text for one in tree.iter() if one.tag in {"Arn", "Account"}}
        return found.get("Arn") or "somebody", found.get("Account") or "ACCOUNT"

    def _clock(self) -> Sequence[SourceFinding]:
        off = self._calls.clock_off()
        if abs(off) <= _CLOCK_OFF:
            return ()
        said = (
            f"this machine's clock is {abs(off) // 1000} seconds {'behind' if off > 0 else 'ahead of'} AWS's"
        )
        return (SourceFinding(ok=False, said=said, mend="set the clock, such as with NTP", grave=False),)

    async def _listing(self) -> Sequence[SourceFinding]:
        service, operation = self.listing
        if not operation:
            return ()
        try:
            await self._calls.json(service, operation, MaxResults=1)
        except SourceFaultError as error:
            if error.fault is not SourceFault.DENIED:
                raise
            mend = f"to use it, allow {policy_to_paste(ACTIONS[self.kind]['adopt'], '*')}"
            said = f"{service}:{operation} is not allowed, which only `envaccess sources adopt` needs"
            return (SourceFinding(ok=False, said=said, mend=mend, grave=False),)
        return (SourceFinding(ok=True, said="what is there can be listed"),)

    async def close(self) -> None:
        """Nothing is open: the connections are those of all sources."""
