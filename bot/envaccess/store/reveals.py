"""Claims on grants: fits `ports.grants.Reveals`."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from envaccess.domain.audit import ActorKind
from envaccess.domain.call import IN_SLACK, Origin
from envaccess.domain.catalogue import CatalogueEntry
from envaccess.domain.errors import (
    RecordRefusedError,
    SealBrokenError,
    SealRefusedError,
    StoreUnconfirmedError,
    VariableRefusedError,
)
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.principal import read_principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request
from envaccess.domain.screening import printable
from envaccess.domain.seals.statements import HostSeal, TapSeal
from envaccess.domain.session import HOST_DAYS
from envaccess.domain.tap import TapState
from envaccess.domain.variable import Variable
from envaccess.store.archived_refusals import unless_archived
from envaccess.store.catalogue import verified_entry
from envaccess.store.keys import DAY
from envaccess.store.ledger import seen_op
from envaccess.store.opened_seals import opened
from envaccess.store.record_seals import StoredRequest
from envaccess.store.records import Loaded, read_variables
from envaccess.store.request_reader import RequestReader
from envaccess.store.requests import read_refusal
from envaccess.store.runner import Runner
from envaccess.store.script_arguments import Argument

_OTHER: Final = "the store answered with a claim of something else"


class RedisReveals:
    """One workspace's reveals.

    Args:
        runner: the workspace's scripts.
        reader: reads what the claiming script saw.
        nonce: makes a random text; a claim is handed over only where its nonce was made (law 10).
    """

    def __init__(self, runner: Runner, reader: RequestReader, nonce: Callable[[], str]) -> None:
        self._runner = runner
        self._reader = reader
        self._nonce = nonce

    async def claim(
        self,
        op: str,
        request: str,
        actor: str,
        origin: Origin = IN_SLACK,
        how: str = "",
        only: Collection[Variable] = (),
    ) -> Claim | Refusal:
        """Claim one use of exactly this grant."""
        which: dict[str, Argument] = {"id": request, "ts": origin.message, "how": how, "printable": ""}
        wanted = tuple(sorted(set(only)))
        if wanted:
            which["name"] = ",".join(map(str, wanted))
        claimed = await self._claim(op, request, actor, origin, which)
        return replace(claimed, only=wanted) if isinstance(claimed, Claim) else claimed

    async def claim_named(
        self,
        op: str,
        variable: Variable,
        actor: str,
        among: Collection[str] | None = None,
        origin: Origin = IN_SLACK,
    ) -> Claim | Refusal:
        """Claim the grant that serves this name best."""
        name = str(variable)
        which: dict[str, Argument] = {"name": name, "printable": printable(name), "how": ""}
        if among is not None:
            which["among"] = ",".join(sorted(among))
        return await self._claim(op, "", actor, origin, which)

    async def _claim(
        self, op: str, request: str, actor: str, origin: Origin, which: Mapping[str, Argument]
    ) -> Claim | Refusal:
        nonce = self._nonce()
        given: dict[str, Argument] = {
            "op": op,
            "actor": actor,
            "nonce": nonce,
            "clock": self._reader.sealing.clock(),
        }
        confirmed = True
        try:
            outcome = await self._runner.outcome("claim", **given, **_from(origin), **which)
        except StoreUnconfirmedError as short:
            confirmed, outcome = False, json.loads(str(short.answer))
        refusal = read_refusal(outcome, request)
        if refusal:
            return await self._about_archived(refusal, actor)
        host_seal = str(outcome.get("host") or "")
        claim = replace(self._read_claim(op, nonce, outcome), origin=origin, host_seal=host_seal)
        if (claim.requester, claim.id) != (actor, request or claim.id):  # an outcome that somebody put there
            await self._reader.tell(SealRefusedError(request or claim.id, "seal", _OTHER))
            return Refusal(Reason.SEAL_BROKEN, request=request or claim.id)
        # What another call claimed is handed over by that one; an earlier version's says nothing of seals.
        if not claim.fresh:
            return claim
        return replace(await self._verified(claim, outcome), confirmed=confirmed)

    async def _about_archived(self, refusal: Refusal, actor: str) -> Refusal:
        """The same, where it is of no request that left Redis: only whoever asked learns how that ended."""
        told = await unless_archived(self._reader, refusal, Reason.ENDED)
        if told is refusal:
            return refusal
        found = await self._reader.get(refusal.request)
        if found is None or found.requester != actor:
            return Refusal(Reason.NOT_YOURS, request=refusal.request)
        return told

    async def _verified(self, claim: Claim, outcome: Mapping[str, Any]) -> Claim:
        """The claim with what the script saw sealed, or with why that does not hold."""
        catalogued = outcome.get("catalogue") or {}
        stored = StoredRequest(claim.id, _pairs(outcome["fields"]), _pairs(outcome["text"]))
        ids = [found for found in stored.fields.get("extensions", "").split(",") if found]
        try:
            request = await self._reader.read(stored)
            longer = await self._reader.load(ids) if ids else Loaded()
            entries = [
                await self._entry(variable, _pairs(catalogued.get(str(variable)) or ()))
                for variable in request.variables
            ]
        except (RecordRefusedError, VariableRefusedError) as refused:
            return replace(claim, fault=getattr(refused, "fault", "") or str(refused))
        if len(longer.requests) < len(ids):
            fault = "a request that prolonged it is gone or broken"
            await self.tell(request, fault)
            return replace(claim, fault=fault)
        return replace(
            claim,
            tap=self._tap(stored.text.get("tap", "")),
            request=request,
            variables=request.variables,
            once=request.duration.once,
            extensions=longer.requests,
            incarnations=tuple(entry.incarnation if entry else "" for entry in entries),
            sources=tuple(entry.source if entry else "" for entry in entries),
        )

    def _tap(self, seal: str) -> TapSeal | None:
        try:
            return opened(TapSeal, self._reader.sealing.seals, seal)
        except SealBrokenError:
            return None

    async def note_host(self, claim: Claim) -> None:
        """Remember to which host the values go; a new one is told.

        An agent's hosts are its person's. Every run of a pipeline has a new host: only a second one is news.
        """
        said, sealing, owner = claim.origin.receipt, self._reader.sealing, _whose_hosts(claim)
        if said is None:
            return
        age = self._host_age(claim)
        if age is not None and age < DAY:
            return
        await self._runner.run(
            "note_host",
            op=f"{claim.op}:host",
            id=claim.id,
            actor=claim.requester,
            owner=owner,
            host=said.host,
            surface=claim.origin.surface,
            session=claim.origin.session,
            seal=sealing.host(owner, said.host),
            fresh=str(int(age is None and _is_news(claim, said.host))),
        )

    def _host_age(self, claim: Claim) -> int | None:
        """How many milliseconds ago values of theirs went to this host; None where that is too long."""
        host = claim.origin.receipt.host if claim.origin.receipt else ""
        try:
            known = opened(HostSeal, self._reader.sealing.seals, claim.host_seal)
        except SealBrokenError:
            return None
        age = abs(self._reader.sealing.clock() - known.at)
        same = (known.person, known.host) == (_whose_hosts(claim), host)
        return age if same and age < HOST_DAYS * DAY else None

    async def press_tap(
        self, op: str, request: Request, actor: str, verdict: TapState, message: str = ""
    ) -> Refusal | None:
        """Write down, sealed, whether what the request's tap asks for may be released."""
        assert request.tap
        assert request.sealed
        outcome = await self._runner.outcome(
            "tap",
            op=op,
            id=request.id,
            actor=actor,
            verb=str(verdict),
            about=request.tap.op,
            ts=message,
            **self._reader.sealing.tap(request.sealed.mac, request.tap, actor, verdict),
        )
        return read_refusal(outcome, request.id)

    async def _entry(self, variable: Variable, fields: Mapping[str, str]) -> CatalogueEntry | None:
        """Which making of a variable this is, and where its value is kept.

        Raises:
            VariableRefusedError: its record does not hold; that is told.
        """
        try:
            return await verified_entry(self._reader.sealing, variable, fields)
        except VariableRefusedError as refused:
            await self._reader.tell(refused)
            raise

    @staticmethod
    def _read_claim(op: str, nonce: str, outcome: Mapping[str, Any]) -> Claim:
        try:
            variables, expires_at = read_variables(outcome["variables"]), int(outcome["expires_at"])
        except (LookupError, ValueError, TypeError):  # somebody spoiled the index: its reader refuses it
            variables, expires_at = (), 0
        return Claim(
            op=op,
            id=outcome["id"],
            requester=outcome["requester"],
            variables=variables,
            once=outcome.get("once") == "1",
            expires_at=expires_at,
            fresh=outcome["nonce"] == nonce,
        )

    async def still(self, claim: Claim) -> bool:
        """Whether what was claimed may be shown now: nobody and nothing has ended it since."""
        once = "1" if claim.once else "0"
        by = {"session": claim.origin.session} if claim.origin.session else {}
        return await self._runner.run("still", id=claim.id, actor=claim.requester, once=once, **by) == 1

    async def tell(self, request: Request, fault: str) -> None:
        """Write down that what is sealed does not hold, and raise the alarm."""
        await self._reader.tell(SealRefusedError(request.id, "seal", fault))

    async def reject(self, claim: Claim, fault: str) -> None:
        """Return the use of a claim whose seals do not hold, and tell of it where nobody has."""
        await self.give_back(claim, Failure.SEAL_BROKEN)
        if fault != claim.fault:
            await self._reader.tell(SealRefusedError(claim.id, "seal", fault))

    async def give_back(self, claim: Claim, why: str) -> None:
        """Return the use, and in the same step what the ledger has of it: nothing left this process."""
        op = f"{claim.op}:back"
        seal = self._reader.sealing.returned(claim.id, op)
        said = claim.origin.receipt
        host = {"host": said.host} if said else {}
        given = {"why": why, "seal": seal, "seen_op": seen_op(claim.op), **host}
        await self._runner.run("give_back", op=op, id=claim.id, **given)


def _from(origin: Origin) -> dict[str, Argument]:
    """Through what, by which session, and from where as the client says."""
    session: dict[str, Argument] = {"session": origin.session} if origin.session else {}
    return said_of(origin) | session


def said_of(origin: Origin) -> dict[str, Argument]:
    """What events say of where a call came from, for `said_by_client`."""
    given: dict[str, Argument] = {"surface": origin.surface}
    if origin.receipt:
        given["client"] = {**asdict(origin.receipt), "session": origin.session}
    return given


def _pairs(flat: Sequence[str]) -> dict[str, str]:
    """A hash as scripts return it: names and values in turn."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _whose_hosts(claim: Claim) -> str:
    """Whose hosts the one that values go to is one of: each agent is another, its person is not."""
    is_agent = read_principal(claim.requester).kind is ActorKind.AGENT
    return claim.request.behind if is_agent and claim.request else claim.requester


def _is_news(claim: Claim, host: str) -> bool:
    """Whether somebody is told that nothing went there before."""
    if read_principal(claim.requester).kind is not ActorKind.MACHINE or claim.request is None:
        return True
    return any(release.host != host for release in claim.request.releases)
