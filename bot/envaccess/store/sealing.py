"""Seal what people do at the moment they do it: fits the arguments of the scripts that write it down.

`clock` goes with every seal: a script refuses one whose clock is too far from Redis', because a process that
was paused in between would seal what people knew long ago.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from envaccess.domain.approval_progress import Question
from envaccess.domain.errors import SealBrokenError
from envaccess.domain.outcome import NewRequest, Vote
from envaccess.domain.policy.rules import Then
from envaccess.domain.request import Request
from envaccess.domain.seals.statements import (
    ApprovalSeal,
    AutomaticSeal,
    CatalogueSeal,
    DutySeal,
    FilingSeal,
    HostSeal,
    LeaseSeal,
    PassedBy,
    PassedSeal,
    ReturnSeal,
    ReviewSeal,
    SealMaker,
    Statement,
    TalkSeal,
    TapSeal,
)
from envaccess.domain.seals.walk import skipped_steps
from envaccess.domain.signals.facts import Noticed
from envaccess.domain.tap import Tap, TapState
from envaccess.domain.variable import Variable
from envaccess.store.opened_seals import sealed
from envaccess.store.script_arguments import Argument

Sealed = Mapping[str, Argument]


async def _no_more() -> bool:
    """Whoever was given its keys has no others."""
    return False


async def _is_ready() -> None:
    """Whoever was given a key that seals has it."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """Seals what one process writes.

    Attributes:
        seals: mints and opens.
        clock: our own time, in milliseconds since the epoch.
        look_again: looks for keys that seal and are not here yet; whether there were some.
        ready: makes the key that seals, where it is made only once something is sealed; awaited before that.
    """

    seals: SealMaker
    clock: Callable[[], int]
    look_again: Callable[[], Awaitable[bool]] = _no_more
    ready: Callable[[], Awaitable[None]] = _is_ready

    def variable(self, name: str, source: str, owner: str, incarnation: str) -> str:
        """A variable exists."""
        return sealed(CatalogueSeal(name, source, owner, incarnation, self.clock()), self.seals)

    def filing(self, new: NewRequest, noticed: Noticed | None = None) -> Sealed:
        """Somebody asks for something; what is unusual about it, if anything is."""
        filing = FilingSeal(
            id=new.id,
            requester=new.requester,
            behind=new.behind,
            issuer=new.issuer,
            variables=new.variables,
            incarnations=new.incarnations,
            seconds=new.duration.seconds,
            once=new.duration.once,
            reason=new.reason,
            ruling=new.ruling,
            extends=new.extends,
            extends_mac=new.extends_mac,
            starts_at=new.starts_at,
            emergency=new.ruling.emergency is not None,
            surface=new.origin.surface,
            session=new.origin.seal_key,
            receipt=new.origin.receipt,
            named=new.named or None,
            pipeline=new.origin.pipeline,
            agent=new.origin.agent,
            unusual=noticed,
            at=self.clock(),
        )
        return {"filing": sealed(filing, self.seals), "clock": filing.at}

    def approval(self, by: str, vote: Vote) -> Sealed:
        """Somebody agrees to what they were shown.

        Nothing where they did not say what that was, or where it awaits no step: then nobody has looked
        whether they may approve the one that the record names. Nor where it is locked: it will be refused,
        and whoever watches would have a seal.
        """
        if vote.about is None or vote.about.sealed is None or vote.about.step is None or vote.about.lock:
            return {}
        at, about = self.clock(), vote.about.sealed
        counted = [mac for mac, approval in about.approvals.items() if approval.by not in vote.lost]
        held = vote.about.duration.seconds
        approval = ApprovalSeal(
            filing=about.mac,
            step=vote.step,
            by=by,
            behalf=vote.behalf,
            duty=vote.duty,
            right=vote.right,
            seconds=min(held, vote.seconds) if vote.seconds else held,
            variables=tuple(n for n in vote.about.variables if not vote.variables or n in vote.variables),
            talk=digest_of(vote.about.progress.questions),
            counted=tuple(counted),
            skipped=skipped_steps(about.filing, about.counting, about.passed, vote.step, at),
            at=at,
        )
        return {**self._with_clock(approval), "seen": ",".join(about.approvals)}

    def automatic(self, filing: str) -> str:
        """The policy let it through alone."""
        return sealed(AutomaticSeal(filing, self.clock()), self.seals)

    def passing(self, request: Request) -> Sealed:
        """Nobody is left who could decide this step; nothing where that ends the request."""
        step = request.step
        ways = {Then.SKIP: PassedBy.SKIP, Then.ESCALATE: PassedBy.ESCALATE}
        how = ways.get(step.then) if step else None
        again = how is PassedBy.ESCALATE and request.progress.escalated
        if how is None or again or request.sealed is None:
            return {}
        return self._with_clock(PassedSeal(request.sealed.mac, request.progress.step, how, self.clock()))

    def duty(self, giver: str, taker: str, seconds: int) -> Sealed:
        """Somebody hands their duty over for a time."""
        at = self.clock()
        return self._with_clock(DutySeal(giver, taker, at, at + seconds * 1_000))

    def review(self, filing: str, by: str) -> Sealed:
        """Somebody closes an emergency's review."""
        return self._with_clock(ReviewSeal(filing, by, self.clock()))

    def talk(self, request: str, by: str, text: str, question: str = "") -> Sealed:
        """Somebody asks the requester something, or answers the question of that MAC."""
        return self._with_clock(TalkSeal(request, by, question, text, self.clock()))

    def tap(self, filing: str, tap: Tap, by: str, verdict: TapState) -> Sealed:
        """Somebody lets one operation of their terminal release; a refusal gives nothing, and has no seal."""
        if verdict is not TapState.RELEASED:
            return {"seal": "", "clock": self.clock()}
        return self._with_clock(TapSeal(filing, tap.op, tap.session, tap.host, by, self.clock()))

    def host(self, person: str, host: str) -> str:
        """Values of somebody go to a host."""
        return sealed(HostSeal(person, host, self.clock()), self.seals)

    def lease(self, lease: str, variable: Variable, source: str, pinned: Mapping[str, str]) -> str:
        """A source makes a value for one use, or has made it."""
        return sealed(
            LeaseSeal(lease, str(variable), source, tuple(pinned.items()), self.clock()), self.seals
        )

    def returned(self, request: str, op: str) -> str:
        """A use is given back."""
        return sealed(ReturnSeal(request, op, self.clock()), self.seals)

    def is_returned(self, request: str, seal: str) -> bool:
        """Whether a seal says that a use of this request was given back."""
        try:
            return ReturnSeal.opened(self.seals, seal).request == request
        except SealBrokenError:
            return False

    def _with_clock(self, said: Statement) -> Sealed:
        return {"seal": sealed(said, self.seals), "clock": said.at}


def digest_of(questions: tuple[Question, ...]) -> str:
    """SHA-256 of the questions and answers that an approver saw, in hexadecimal; empty for none."""
    if not questions:
        return ""
    said = [[question.by, question.text, question.answer] for question in questions]
    text = json.dumps(said, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
