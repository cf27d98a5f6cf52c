"""The demo's policy file: one step for most names, two for production, and more."""

from pathlib import Path

from envaccess_demo.issuer import ALGORITHM, ISSUER, publish_keys

_TEXT = """\
version: 1
groups:
  leads: [{leads}] # @leads: Carol
  oncall: [{oncall}] # @on-call: Alice
security: [{security}] # Dana
defaults: {{approvers: [approvers], max: 8h, default: 1h}}
machines:
  deploy: # runs of acme/shop's deploy.yml, which a push to main begins
    issuer: {issuer}
    platform: github
    jwks_file: {keys}
    algorithm: {algorithm}
    repository_id: '456'
    owner_id: '123'
    workflow_ref: acme/shop/.github/workflows/deploy.yml
    ref: refs/heads/main
    events: [push]
    runner: github-hosted
services:
  tracker: # what agents may call
    base: {tracker}
    header: Authorization
    format: 'Bearer {{value}}'
    variable: tracker/API_TOKEN
    allow: [GET /issues, GET /echo]
people: {{'9001': {pusher}}} # who starts a run may not approve what it asks for: Alice
rules:
  - name: deployments
    match: release/*
    requesters: [deploy]
    approvers: [approvers]
    delivery: [ci]
    max: 15m
  - name: issue tracker
    match: tracker/*
    requesters: [agents]
    approvers: [approvers]
    delivery: [broker]
    max: 1h
  - name: production database
    match: production/DB_URL
    approvers: [leads]
    max: 1h
    emergency: {{for: [oncall], max: 15m, review: [approvers], remind: 1h}}
  - name: production
    match: production/*
    steps:
      - {{approvers: [approvers], remind: 10m}}
      - {{approvers: [leads], timeout: 1h, then: escalate, escalate: [{security}]}}
    max: 2h
  - name: everything else
    match: '*/*'
"""


def write_policy(home: Path, *, leads: str, oncall: str, security: str, pusher: str, tracker: str) -> Path:
    """Write the file into the demo's home.

    Args:
        home: the folder, which exists.
        leads: the user group's id of those who take the second step.
        oncall: the user group's id of those who may take emergency access.
        security: the id of whom an escalation goes to.
        pusher: the id of who starts the pipeline.
        tracker: where the service of agents is.
    """
    file = home / "policy.yml"
    keys = publish_keys(home)
    text = _TEXT.format(
        leads=leads,
        oncall=oncall,
        security=security,
        pusher=pusher,
        tracker=tracker,
        issuer=ISSUER,
        keys=keys,
        algorithm=ALGORITHM,
    )
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)  # whatever this user's files are like: others may not decide who gets what
    return file
