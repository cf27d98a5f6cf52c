"""A pipeline with keys in its memory, an issuer with real ones, and a policy that names its machines."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import aiohttp

from envaccess.crypto.boxes import BoxKey, open_box, token_info
from envaccess.crypto.job_keys import sign_job
from envaccess.crypto.proofs import ProofKey
from envaccess.domain.audit import Event
from tests.fakes.api import ApiClient, ApiReply
from tests.fakes.issuer import FakeIssuer, serving_issuer
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import write_policy
from tests.scenario.terminal import api_bot, unsigned
from tests.scenario.watch import refusals

FILING = {"variables": ["STRIPE_KEY"], "duration": "10m", "reason": "deploying the shop"}
POLICY = """version: 1
machines:
  deploy: {{issuer: '{issuer}', platform: github, private: true, repository_id: '456', owner_id: '123',
            workflow_ref: acme/shop/.github/workflows/deploy.yml, ref: refs/heads/main}}
  release: {{issuer: '{issuer}', platform: github, private: true, repository_id: '789', owner_id: '123',
             job_workflow_ref: acme/ci/.github/workflows/release.yml@refs/tags/v1}}
people: {{'9001': {carol}}}
rules:
  - name: deploys
    match: STRIPE_KEY
    requesters: [deploy, release]
    approvers: [{bob}, {carol}]
    delivery: [ci]
  - name: smoke
    match: staging/DB_URL
    requesters: [deploy]
    approvers: [{bob}]
    delivery: [ci]
    automatic: {{for: [deploy], max: 15m, times: 1, per: run}}
"""
OTHERS = """version: 1
machines:
  labs: {{issuer: '{issuer}', platform: gitlab, private: true, project_id: '20', ref: main,
          ref_protected: true}}
  kube: {{issuer: 'https://k8s.internal', platform: kubernetes, jwks_file: '{keys}',
          claims: {{sub: 'system:serviceaccount:shop:api'}}}}
rules:
  - match: STRIPE_KEY
    requesters: [labs, kube]
    approvers: [{bob}]
    delivery: [ci]
    automatic: {{for: [labs, kube], max: 15m, times: 1, per: run}}
"""


@contextlib.asynccontextmanager
async def pipelines(harness: ScenarioHarness, **more: Any) -> AsyncIterator[tuple[FakeIssuer, ApiClient]]:
    """The bot under the policy, the issuer, and a client that has its keys and no session."""
    async with serving_issuer() as issuer:
        policy = write_policy(harness, POLICY, issuer=issuer.base)
        async with api_bot(harness, policy_file=policy, **more) as base, aiohttp.ClientSession() as http:
            issuer.audience = base
            yield issuer, job(base, http)


def job(base: str, http: aiohttp.ClientSession) -> ApiClient:
    """A job of a pipeline, with keys in its memory."""
    return ApiClient(base, http, "", ProofKey.generate(), BoxKey.generate(), "")


def another(client: ApiClient) -> ApiClient:
    """Another job, or whoever has stolen its token."""
    return replace(client, token="", key=ProofKey.generate(), box=BoxKey.generate())


async def exchange(
    client: ApiClient,
    token: str,
    job: ProofKey | None = None,
    members: Mapping[str, str] = MappingProxyType({}),
) -> ApiReply:
    """Exchange a token, as a process of this job; what it gives is the client's from then on."""
    client.token = ""
    body = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": token,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "sign_key": client.key.public, "seal_key": client.box.public,
        "host": "runner-1", "user": "runner", "program": "envaccess", **members,
    }  # fmt: skip
    if job:
        body["job_key"] = job.public
        body["job_signature"] = sign_job(job, token, client.key.public, client.box.public)
    answer = await unsigned(client, "POST", "/v1/token", body)
    if answer.status == 201:
        session = answer.json["session"]["id"]
        client.token = open_box(client.box, answer.json["token"], token_info(session)).decode()
    return answer


async def signed_in(client: ApiClient, issuer: FakeIssuer, **claims: Any) -> ApiClient:
    answer = await exchange(client, issuer.token(issuer.github(**claims)))
    assert answer.status == 201, answer.text
    return client


async def last_refusal(harness: ScenarioHarness, why: str) -> Event:
    return next(event for event in reversed(await refusals(harness)) if event.detail["why"] == why)
