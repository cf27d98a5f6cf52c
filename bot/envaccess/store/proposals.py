"""Proposals of agents: fits `ports.agents.ProposalStore`, and `projections.session_cards.CardOutbox`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from envaccess.domain.broker_calls import BrokerCall
from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.proposal import PROPOSAL_SECONDS, PROPOSALS_MAX, DeclinedHow, NewProposal, Proposal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.rotation_record import Rotation
from envaccess.domain.screening import printable
from envaccess.domain.seals.proposals import ProposalSeal
from envaccess.domain.session import Login
from envaccess.domain.signals.alerts import Alert
from envaccess.store.proposal_records import read_proposal
from envaccess.store.refusals import Alarm, Refusals, silent, with_keys_of_now
from envaccess.store.requests import read_refusal
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

_PUT_ASIDE: Final = 300.0
"""Seconds after which one that cannot be relied on is looked at again."""


class RedisProposals:
    """One workspace's proposals.

    Args:
        runner: the workspace's scripts.
        sealing: seals what agents want, and opens it.
        alarm: tells whoever runs this process of a record that does not hold.
    """

    def __init__(self, runner: Runner, sealing: Sealing, alarm: Alarm = silent) -> None:
        self._runner = runner
        self._sealing = sealing
        self._refusals = Refusals(runner, alarm)

    async def propose(self, op: str, session: str, new: NewProposal) -> Proposal | Refusal | None:
        """Keep what an agent wants to ask for, or find the same that waits already; None: its id is taken."""
        said = ProposalSeal(
            id=new.id,
            requester=new.agent.key,
            behind=new.agent.behalf,
            issuer=new.agent.issuer,
            session=new.seal_key,
            agent=new.session,
            variables=new.variables,
            named=new.named,
            seconds=new.duration.seconds,
            once=new.duration.once,
            reason=new.reason,
            start=new.start,
            receipt=new.receipt,
            deciders=new.deciders,
            automatic=new.automatic,
            at=self._sealing.clock(),
        )
        outcome = await self._runner.outcome(
            "propose",
            op=op,
            id=new.id,
            actor=said.requester,
            behind=said.behind,
            session=session,
            variables=",".join(map(str, new.variables)),
            same=",".join(map(str, sorted(new.variables))),
            printable=",".join(printable(str(variable)) for variable in new.variables),
            duration=str(new.duration),
            reason=new.reason,
            seal=said.sealed(self._sealing.seals),
            clock=said.at,
            seconds=PROPOSAL_SECONDS,
            most=PROPOSALS_MAX,
        )
        if "taken" in outcome:
            return None
        return read_refusal(outcome) or await self._found(outcome["id"])

    async def agree(self, op: str, proposal: Proposal, person: str, message: str) -> Proposal | Refusal:
        """Its person pressed: from now on it is filed, whatever happens to this process."""
        outcome = await self._runner.outcome(
            "agree_proposal", op=op, id=proposal.id, actor=person, seal=proposal.mac, ts=message
        )
        return read_refusal(outcome) or await self._found(proposal.id)

    async def file(self, proposal: Proposal, request: str) -> None:
        """It has become this request."""
        await self._runner.run("file_proposal", id=proposal.id, request=request)

    async def decline(
        self, op: str, proposal: Proposal, actor: str, how: DeclinedHow, why: str = "", message: str = ""
    ) -> Proposal | Refusal:
        """It becomes none."""
        outcome = await self._runner.outcome(
            "decline_proposal", op=op, id=proposal.id, actor=actor, how=how, why=why, ts=message
        )
        return read_refusal(outcome) or await self._found(proposal.id)

    async def note_calls(
        self,
        op: str,
        agent: str,
        grant: str,
        service: str,
        calls: Sequence[BrokerCall],
        *,
        echo: bool,
        behind: str = "",
    ) -> Refusal | None:
        """Write down what a broker called with this grant; `echo`: its value came back, so it ends."""
        told = [{name: str(text) for name, text in asdict(call).items()} for call in calls]
        outcome = await self._runner.outcome(
            "note_calls",
            op=op,
            id=grant,
            actor=agent,
            service=service,
            calls=json.dumps(told),
            echo=str(int(echo)),
            **({"behind": behind} if behind else {}),
        )
        return read_refusal(outcome, grant)

    async def get(self, proposal: str) -> Proposal | None:
        """One proposal; None where there is none, or none that can be relied on."""
        return next(iter(await self._listed(proposal)), None)

    async def of(self, agent: str) -> Sequence[Proposal]:
        """The proposals of an agent that wait, the newest first."""
        found = await self._listed(agent=agent)
        return sorted(found, key=lambda proposal: -proposal.created_at)

    async def due(self, limit: int) -> tuple[Sequence[Proposal], float]:
        """What is to be drawn now, and seconds until the next is, one at most."""
        answer = await self._runner.outcome("due_sessions", limit=limit, kind="proposal")
        ids = [proposal for proposal in answer["ids"].split(",") if proposal]
        found = {one.id: one for one in await self._listed(",".join(ids))} if ids else {}
        for proposal in ids:
            if proposal not in found:
                await self.delay(proposal, _PUT_ASIDE)
        return list(found.values()), 1.0 if answer["wait"] < 0 else min(answer["wait"] / 1_000, 1.0)

    async def shown(
        self, login: Login | Proposal | Alert | Rotation, version: int, dm: str, ts: str, deleted: str = ""
    ) -> None:
        """Store what the message shows, and one that is deleted."""
        await self._runner.run(
            "session_shown", kind="proposal", session=login.id, shown=version, dm=dm, ts=ts, deleted=deleted
        )

    async def delay(self, login: str, seconds: float) -> None:
        """Try this one again later."""
        await self._runner.run(
            "delay_session", session=login, milliseconds=int(seconds * 1_000), kind="proposal"
        )

    async def _found(self, proposal: str) -> Proposal | Refusal:
        return await self.get(proposal) or Refusal(Reason.PROPOSAL_UNKNOWN, request=proposal)

    async def _listed(self, ids: str = "", agent: str = "") -> list[Proposal]:
        outcome = await self._runner.outcome("read_proposals", ids=ids, agent=agent)
        read = [await self._opened(fields) for fields in outcome.get("proposals", ())]
        return [proposal for proposal in read if proposal]

    async def _opened(self, fields: Mapping[str, Any]) -> Proposal | None:
        """What its seal says; None where it does not hold, which is told of."""
        try:
            return await with_keys_of_now(self._sealing, lambda: read_proposal(self._sealing.seals, fields))
        except RecordRefusedError as refused:
            await self._refusals.tell(refused)
            return None
