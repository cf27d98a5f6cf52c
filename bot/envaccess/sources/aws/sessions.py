"""Sessions of AWS STS as leases: a role is assumed for one use, and cannot be used after its grant.

Sources: STS API reference, *AssumeRole* (900 seconds at least; one hour at most where we are a session
ourselves); IAM User Guide, *Session policies*, *Global condition context keys* (`aws:CurrentTime`), *Revoke
temporary security credentials*. AWS has nothing that ends one session of a role before its time and leaves
the others, so an early end is said to be none.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from envaccess.domain.leases import (
    Gone,
    HeldLease,
    LeaseId,
    LeaseIntent,
    Minted,
    Remains,
    StillThere,
    TimeLeft,
)
from envaccess.domain.sources.aws_policies import ACTIONS, session_policy, utc_text
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.sources.specs import SourceKind
from envaccess.domain.sources.value import Value
from envaccess.sources.aws.adapter import AwsAdapter
from envaccess.sources.aws.answers import malformed
from envaccess.sources.aws.places import tried

LEAST_SECONDS: Final = 900
"""The shortest session that AWS makes; its policy ends it earlier."""
LONGEST_DEFAULT: Final = 3_600
"""What a role allows unless its own `MaxSessionDuration` says more."""
_TRUST: Final = ", and name us in the role's trust policy"
_UNDER_WAY: Final = 60_000
"""Milliseconds that may lie between writing a lease down and making it."""


class StsSessions(AwsAdapter):
    """Sessions of one account.

    Args:
        calls: signed by whoever may assume the roles.
    """

    kind = SourceKind.AWS_STS

    async def pin(self, lease: LeaseId, place: LeasePlace) -> Mapping[str, str]:
        """The role, and by when a session of it is over whatever else is known of it."""
        del lease  # it is the session's name
        until = await self._aws_clock() + _longest(place) * 1_000 + _UNDER_WAY
        return {"role": place.options["role"], "region": self._calls.region, "until": str(until)}

    async def check_place(self, place: LeasePlace) -> Sequence[SourceFinding]:
        """Whether the role can be assumed: by a session that is over before it begins."""
        role, clock = place.options["role"], await self._aws_clock()
        trial = self._assumed(place, "envaccess_check", LEAST_SECONDS, clock - 60_000)
        found = await tried(trial, f"{role} can be assumed", ACTIONS[self.kind]["read"], role)
        return [
            replace(one, mend=one.mend + _TRUST) if one.mend.startswith("allow ") else one for one in found
        ]

    async def mint(self, lease: LeaseIntent, left: TimeLeft) -> Minted:
        """Assume the role, until the grant ends by AWS's own clock. Raises `SourceFaultError`."""
        place = lease.place
        clock = await self._aws_clock()
        asked = left.seconds()
        seconds = min(asked, _longest(place))
        ends = clock + seconds * 1_000
        found = await self._assumed(place, lease.id, max(LEAST_SECONDS, seconds), ends)
        text = _shown(place.options.get("format", "json"), found, ends)
        return Minted(
            Value(text, lease.id), {**lease.pinned, "until": str(ends)}, seconds if seconds < asked else None
        )

    async def _assumed(self, place: LeasePlace, name: str, seconds: int, ends: int) -> Mapping[str, str]:
        """The parts of a new session, whose policy ends it."""
        said = {
            "RoleArn": place.options["role"],
            "RoleSessionName": name,
            "DurationSeconds": str(seconds),
            "Policy": self._policy(place, ends),
        }
        if external := place.options.get("external_id"):
            said["ExternalId"] = external
        tree = await self._calls.query("sts", "AssumeRole", **said)
        found = {part: next((one.text for one in tree.iter(part)), None) or "" for part in _PARTS}
        if not all(found.values()):
            raise malformed(self._calls.source, "sts:AssumeRole")
        return found

    def _policy(self, place: LeasePlace, ends: int) -> str:
        made = session_policy(place.options.get("policy", ""), ends)
        if made is None:
            told = f"The policy for sessions of {place.options['role']} has no room for their end"
            raise SourceFaultError(SourceFault.MALFORMED, self._calls.source, told)
        return made

    async def extend(self, lease: HeldLease, left: TimeLeft) -> int | None:
        """Nothing makes a session longer: whoever needs it longer reveals again. How long it still works."""
        remaining = (int(lease.pinned["until"]) - await self._aws_clock()) // 1_000
        if remaining <= 0:
            told = f"A session of the source {self._calls.source} has ended, and nothing makes it longer"
            raise SourceFaultError(SourceFault.MISSING, self._calls.source, told)
        return min(remaining, left.seconds())

    async def revoke(self, lease: HeldLease) -> Gone | StillThere:
        """Whether its end has come, by AWS's clock; nothing brings it about earlier."""
        until = int(lease.pinned["until"])
        if await self._aws_clock() >= until:
            return Gone()
        return StillThere(
            Remains.UNTIL,
            what=f"AWS ends no single session early: it may still work until {utc_text(until)}. To end all "
            f"sessions of {lease.pinned['role']} now, use Revoke active sessions of it in IAM",
        )

    async def alive(self, lease: HeldLease) -> bool | None:
        """Nobody can tell but whoever holds it: what would be asked with is not kept."""
        del lease
        return None

    async def overdue(self, workspace: str) -> Sequence[LeaseId]:
        """Nothing: each session ends by itself."""
        del workspace
        return ()

    async def stray(self, workspace: str) -> Sequence[LeaseId]:
        """Nothing: AWS keeps no list of sessions, and each of ours ends by itself."""
        del workspace
        return ()

    async def _aws_clock(self) -> int:
        """AWS's clock, in milliseconds; asked by what needs no permission. Raises `SourceFaultError`."""
        await self._calls.query("sts", "GetCallerIdentity")
        if not self._calls.answered_at:
            raise malformed(self._calls.source, "sts:GetCallerIdentity")
        return self._calls.answered_at


_PARTS: Final = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")


def _shown(form: str, found: Mapping[str, str], ends: int) -> str:
    """What is shown: lines for a shell or an `.env`, or what a `credential_process` prints."""
    if form == "env":
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        return "\n".join(f"{name}={found[part]}" for name, part in zip(names, _PARTS, strict=False))
    return json.dumps({"Version": 1, **{part: found[part] for part in _PARTS}, "Expiration": utc_text(ends)})


def _longest(place: LeasePlace) -> int:
    return int(place.options.get("longest") or LONGEST_DEFAULT)
