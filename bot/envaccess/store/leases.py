"""Leases in Redis: fits `ports.leases.LeaseStore`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from envaccess.domain.audit import Actor
from envaccess.domain.errors import SealBrokenError, SealRefusedError
from envaccess.domain.leases import (
    Due,
    DueLease,
    DueLeases,
    HeldLease,
    KeptLease,
    LeaseId,
    LeaseIntent,
    LeaseState,
    Minted,
    lease_parts,
    lease_prefix,
)
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.principal import Principal
from envaccess.domain.seals.statements import LeaseSeal
from envaccess.domain.text import clean
from envaccess.domain.variable import Variable, parse_variable
from envaccess.store.holders import holders_of
from envaccess.store.opened_seals import opened
from envaccess.store.request_reader import RequestReader
from envaccess.store.runner import Runner
from envaccess.store.script_arguments import Argument

_FAULT = "what its source made"
_REFUSED = {"leases_full": Failure.LEASES_FULL, "lease_short": Failure.LEASE_SHORT}
_UNREADABLE = (LookupError, ValueError, TypeError, OverflowError)


class RedisLeases:
    """One workspace's leases.

    Args:
        runner: the workspace's scripts.
        reader: seals, and tells of seals that do not hold.
        workspace: its id.
        token: names this process, which each lease is given to.
    """

    def __init__(self, runner: Runner, reader: RequestReader, workspace: str, token: str) -> None:
        self._runner = runner
        self._reader = reader
        self._prefix = lease_prefix(workspace)
        self._token = token

    async def intend(self, claim: Claim, wanted: Sequence[LeaseIntent]) -> int | Failure:
        """Write down what is about to be made."""
        by = {"session": claim.origin.session} if claim.origin.session else {}
        outcome = await self._runner.outcome(
            "intend_leases",
            op=f"{claim.op}:leases",
            id=claim.id,
            actor=claim.requester,
            once=str(int(claim.once)),
            leases={_name(one.id): self._written(one) for one in wanted},
            **by,
        )
        if refused := outcome.get("refused"):
            return _REFUSED.get(str(refused), Failure.ENDED)
        return int(outcome["left"])

    def _written(self, intent: LeaseIntent) -> str:
        seal = self._reader.sealing.lease(
            intent.id, intent.place.variable, intent.place.source, intent.pinned
        )
        return f"{intent.place.variable} {intent.place.source} {seal}"

    async def note_minted(self, claim: Claim, lease: LeaseIntent, made: Minted) -> Failure | None:
        """Write down that it was made, before anybody is shown it."""
        seal = self._reader.sealing.lease(lease.id, lease.place.variable, lease.place.source, made.pinned)
        outcome = await self._runner.outcome(
            "mint_lease",
            op=f"{claim.op}:minted:{_name(lease.id)}",
            id=claim.id,
            actor=claim.requester,
            name=_name(lease.id),
            variable=str(lease.place.variable),
            source=lease.place.source,
            seal=seal,
            **_lives(made.seconds),
        )
        return Failure.ENDED if outcome.get("refused") else None

    async def end(self, op: str, leases: Sequence[LeaseId], actor: Actor, why: str) -> int:
        """Let leases of one request end now."""
        parts = lease_parts(leases[0])
        assert parts
        names = ",".join(map(_name, leases))
        outcome = await self._runner.outcome(
            "end_leases", op=op, id=parts.request, actor=str(actor), names=names, why=why
        )
        return int(outcome.get("ended", 0))

    async def sources(self) -> Collection[str]:
        """Those that have made something which is not confirmed gone."""
        return list(await self._runner.read("HKEYS", self._runner.key("leasing")))

    async def take(self, source: str, most: int) -> DueLeases:
        """What is to be done at a source now."""
        outcome = await self._runner.outcome("take_leases", source=source, token=self._token, limit=most)
        found = [await self._due(source, taken) for taken in outcome.get("leases") or ()]
        return DueLeases(tuple(one for one in found if one), int(outcome["wait"]))

    async def _due(self, source: str, taken: Mapping[str, Any]) -> DueLease | None:
        """What is to be done; None for what somebody put there or spoiled, which holds up no other.

        Whose it is, its id says: with another request's time it would live on.
        """
        try:
            lease = LeaseId(self._prefix + taken["id"])
            parts = lease_parts(lease)
            return await self._due_of(lease, parts.request, source, taken) if parts else None
        except _UNREADABLE:
            return None

    async def _due_of(self, lease: LeaseId, request: str, source: str, taken: Mapping[str, Any]) -> DueLease:
        return DueLease(
            lease=await self._held(lease, source, taken),
            request=request,
            due=Due(taken["due"]),
            left=int(taken["left"]),
            ends_at=int(taken["ends_at"]),
            extensions=tuple(filter(None, str(taken["extensions"]).split(","))),
            stuck=taken["stuck"] == 1,
        )

    async def _held(self, lease: LeaseId, source: str, taken: Mapping[str, Any]) -> HeldLease:
        """As it is sealed. Where that does not hold it is found by its id alone: nothing else is touched."""
        try:
            said = opened(LeaseSeal, self._reader.sealing.seals, str(taken["seal"]))
            if (said.id, said.source) == (lease, source):
                return HeldLease(lease, Variable(*said.variable.split("/", 1)), source, dict(said.found_by))
        except (SealBrokenError, *_UNREADABLE):
            pass
        await self._reader.tell(SealRefusedError(str(taken["request"]), "seal", _FAULT))
        variable = parse_variable(str(taken["variable"])) or Variable("default", "UNKNOWN")
        return HeldLease(lease, variable, source)

    async def gone(self, lease: HeldLease) -> bool:
        """Nothing of it is left."""
        return await self._runner.run("lease_gone", id=self._short(lease.id)) != "again"

    async def left(self, lease: HeldLease, why: str, *, closed: bool = False, sessions: int = 0) -> None:
        """Something is left, or nobody answered."""
        await self._runner.run(
            "lease_left",
            id=self._short(lease.id),
            token=self._token,
            left=str(why),
            closed=str(int(closed)),
            sessions=sessions,
        )

    async def extended(self, lease: HeldLease, ends: int, seconds: int | None) -> None:
        """It works until then, or for so many seconds from now."""
        await self._runner.run("lease_extended", id=self._short(lease.id), ends=ends, **_lives(seconds))

    async def over(self, lease: HeldLease) -> None:
        """It was to live on, and does not work any more."""
        await self._runner.run("lease_over", id=self._short(lease.id))

    async def longer_by(self, request: str) -> Sequence[str]:
        """The requests that are said to have prolonged this one."""
        told = await self._runner.read("HGET", self._runner.key("request", request), "extensions")
        return list(filter(None, str(told or "").split(",")))

    async def take_up(self, lease: HeldLease) -> bool:
        """It is past its own end at its source: it ends, whatever is written of it."""
        parts = lease_parts(lease.id)
        assert parts
        seal = self._reader.sealing.lease(lease.id, lease.variable, lease.source, lease.pinned)
        outcome = await self._runner.run(
            "take_up_lease",
            id=self._short(lease.id),
            request=parts.request,
            source=lease.source,
            variable=str(lease.variable),
            seal=seal,
        )
        return outcome == "ends"

    async def wake(self, source: str) -> None:
        """Whatever waits there is due now."""
        await self._runner.run("wake_leases", source=source)

    async def kept(self) -> Sequence[KeptLease]:
        """All that are not confirmed gone, by source and then by when each is looked at next."""
        found: list[KeptLease] = []
        for source in sorted(await self.sources()):
            name = self._runner.key("leases_at", source)
            ids = await self._runner.read("ZRANGE", name, 0, -1)
            scores = await self._runner.read_all([("ZSCORE", name, short) for short in ids])
            records = await self._runner.read_all(
                [("HGETALL", self._runner.key("source_lease", short)) for short in ids]
            )
            for short, score, record in zip(ids, scores, records, strict=True):
                if kept := self._read_kept(short, score, _fields(record)):
                    found.append(kept)
        return found

    def _read_kept(self, short: str, score: object, fields: Mapping[str, str]) -> KeptLease | None:
        lease = LeaseId(self._prefix + short)
        try:
            if lease_parts(lease) is None:
                return None
            numbers = {name: int(float(fields.get(name) or 0)) for name in ("sessions", "tries", "ending_at")}
            return KeptLease(
                id=lease,
                request=fields["request"],
                requester=clean(fields["requester"]),
                variable=clean(fields["variable"]),
                source=clean(fields["source"]),
                state=LeaseState(fields["state"]),
                works_until=int(fields["works_deadline"]),
                left=clean(fields.get("left", "")),
                next_at=int(float(str(score or 0))),
                stuck=fields.get("stuck") == "1",
                **numbers,
            )
        except _UNREADABLE:
            return None

    async def holders(self) -> Collection[Principal]:
        """Everybody who has such leases."""
        return await holders_of(self._runner, "source_lease", "requester")

    async def requests_with(self, person: str) -> Sequence[str]:
        """Requests of a person, or of programs with this person behind, that have such leases."""
        lists = (self._runner.key("leased", person), self._runner.key("leased", f"behind:{person}"))
        found = await self._runner.read_all([("ZRANGE", name, 0, -1) for name in lists])
        return list(dict.fromkeys(request for page in found for request in page))

    def _short(self, lease: LeaseId) -> str:
        return lease.removeprefix(self._prefix)


def _name(lease: LeaseId) -> str:
    """The part of an id that is not the request's: `NUMBER_USE`."""
    parts = lease_parts(lease)
    assert parts
    return f"{parts.number}_{parts.use}"


def _lives(seconds: int | None) -> dict[str, Argument]:
    """For how long it works at its source, where that is not what was asked."""
    return {} if seconds is None else {"seconds": seconds}


def _fields(found: Any) -> Mapping[str, str]:  # noqa: ANN401 - RESP2 answers a list, RESP3 a mapping
    if isinstance(found, Mapping):
        return found
    return dict(zip(found[::2], found[1::2], strict=True))
