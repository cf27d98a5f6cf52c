"""Runs of machines in a life: each brings a token, asks, and values leave for its key."""

from dataclasses import dataclass, field
from typing import Any

from envaccess.application.grants.client_claim import claim_for_client
from envaccess.application.grants.reveal import hand_over
from envaccess.domain.call import CI, Call, Origin
from envaccess.domain.outcome import Claim, Filed
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import Session
from tests.attack.acts import LATE, Asked
from tests.attack.terminals import Way
from tests.attack.workspace import Workspace
from tests.store.harness import REASON
from tests.store.pipelines import CLIENT, PIPELINE, Pipeline


@dataclass(frozen=True)
class HandedToRun:
    """Values that left for a run of a machine.

    Attributes:
        pipeline: whose token and key made the call.
        session: as whom the server took it.
    """

    request: str
    pipeline: Pipeline
    session: Session
    values: dict[str, str]


@dataclass
class PipelineWorkspace(Workspace):
    """A workspace in which pipelines ask.

    Attributes:
        ends: when each session must be over, by its key: when the last token that it brought is.
    """

    pipelines: list[Pipeline] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)

    async def sign_in(self, pipeline: Pipeline, seconds: int) -> Pipeline:
        """A run brings a token that is good for so long, the first or a later one."""
        if pipeline not in self.pipelines:
            self.pipelines.append(pipeline)
        self.ends[pipeline.sign.public] = self.clock.ms + seconds * 1_000
        return await pipeline.signed_in(seconds=seconds)

    async def ask(self, pipeline: Pipeline, names: str, ruling: Ruling, seconds: int = 3_600) -> str:
        """A run asks for something; returns the request's id."""
        who = pipeline.principal
        origin = Origin("", CI, pipeline.session, pipeline.seal.public, CLIENT, PIPELINE)
        more: dict[str, Any] = {"behind": who.behalf, "issuer": who.issuer, "origin": origin}
        new = self.store.new(names, who.key, seconds=seconds, ruling=ruling, **more)
        filed = await self.store.requests.open(self.store.op(), new)
        assert isinstance(filed, Filed), filed
        self.acts.asked[filed.id] = Asked(
            id=filed.id,
            who=who.key,
            names=tuple(map(str, new.variables)),
            seconds=seconds,
            ruling=ruling,
            at=self.clock.ms,
            reason=REASON,
            alone=filed.state == "approved",
        )
        self.clock.pass_(5)
        return filed.id

    async def claim(self, pipeline: Pipeline, request: str) -> HandedToRun | Refusal | None:
        """Ask for the values through the API's own steps: who calls, the claim, the box."""
        session = await pipeline.call()
        if isinstance(session, Refusal):
            return session
        origin = Origin("", CI, session.id, session.seal_key, CLIENT, session.pipeline)
        call = Call(self.store.op(), session.principal, origin)
        claim = await claim_for_client(self.context, call, request)
        if not isinstance(claim, Claim):
            return claim
        way = Way()
        if await hand_over(self.context, claim, way) is not None:
            return None
        return HandedToRun(request, pipeline, session, way.values)

    def misread(self, pipeline: Pipeline, session: Session) -> list[str]:
        """What is not as this pipeline's token said; empty where all of it is."""
        right = {
            "whose it is": session.principal == pipeline.principal,
            "its run": session.pipeline == PIPELINE,
            "its box": session.seal_key == pipeline.seal.public,
            "its end": self.clock.ms <= self.ends[pipeline.sign.public] + LATE,
        }
        return [f"not: {what}" for what, is_so in right.items() if not is_so]

    def faults(self, handed: HandedToRun) -> list[str]:
        """What nobody agreed to in this release; empty where all of it is right."""
        asked, now = self.acts.asked.get(handed.request), self.clock.ms
        right = {
            "it was asked for": asked is not None and asked.who == handed.pipeline.principal.key,
            "in its time": asked is not None
            and any(
                set(handed.values) <= window.names and window.begins - LATE <= now <= window.ends + LATE
                for window in self.acts.windows(asked)
            ),
            "the values are its own": all(
                value in self.acts.values[name] for name, value in handed.values.items()
            ),
        }
        found = [f"not: {what}" for what, is_so in right.items() if not is_so]
        return [*found, *self.misread(handed.pipeline, handed.session)]
