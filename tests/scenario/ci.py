"""Pipelines before the real bot: an issuer that really signs, and a policy that knows one machine."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Any

from envaccess.domain.variable import Variable
from tests.fakes.issuer import FakeIssuer, serving_issuer
from tests.fakes.token_exchange import FakeGithub
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import write_policy
from tests.scenario.terminal import api_bot

SECONDS = 280
STRIPE = Variable("production", "STRIPE_KEY")
DATABASE = Variable("production", "DB_URL")
GITHUB = """platform: github, repository_id: '456', owner_id: '123', ref: refs/heads/main,
    environment: production, workflow_ref: acme/shop/.github/workflows/deploy.yml, events: [push]"""
GITLAB = "platform: gitlab, project_id: '20', ref: main, ref_protected: true, environment: production"
KUBERNETES = (
    "platform: kubernetes, jwks_uri: '{issuer}/jwks', claims: {{sub: 'system:serviceaccount:shop:api'}}"
)
POLICY = """
version: 1
machines:
  deploy: {{issuer: '{issuer}', private: true, MACHINE}}
people: {{PEOPLE}}
rules:
  - match: production/*
    requesters: [deploy]
    approvers: [{bob}, {carol}]
    delivery: [ci]
    AUTOMATIC
"""


@dataclass
class SigningGithub(FakeGithub):
    """Tokens of GitHub with real signatures.

    Attributes:
        claims: what they say besides.
    """

    issuer: FakeIssuer = field(default_factory=FakeIssuer)
    claims: dict[str, Any] = field(default_factory=dict)

    def sign(self, audience: str) -> str:
        return self.issuer.token(self.issuer.github(**{"aud": audience, **self.claims}))


async def approved(harness: ScenarioHarness, work: Coroutine[Any, Any, str]) -> str:
    """What a job wrote, whose request Bob approves as soon as it is there: to install takes time."""
    running = asyncio.create_task(work)
    look = asyncio.create_task(harness.until(lambda: harness.bob.find("[ Approve ]"), within=SECONDS))
    await asyncio.wait({running, look}, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        message = await look
        await harness.heeded(lambda: harness.bob.press(message, "Approve"))
    look.cancel()
    return await running


@contextlib.asynccontextmanager
async def ci_bot(
    harness: ScenarioHarness, machine: str, people: str = "'9001': {alice}", automatic: str = ""
) -> AsyncIterator[tuple[str, FakeIssuer]]:
    """The bot's address, and the issuer whose tokens it knows.

    Args:
        harness: the workspace.
        machine: what `machines:` says of `deploy`.
        people: who starts its runs.
        automatic: what is approved without a person; a line of the rule.
    """
    for variable in (STRIPE, DATABASE):
        await harness.store(variable)
    text = POLICY.replace("MACHINE", machine).replace("{PEOPLE}", f"{{{people}}}")
    text = text.replace("AUTOMATIC", automatic.replace("{", "{{").replace("}", "}}"))
    async with serving_issuer() as issuer:
        policy = write_policy(harness, text, issuer=issuer.base)
        async with api_bot(harness, policy_file=policy) as base:
            issuer.audience = base
            yield base, issuer
