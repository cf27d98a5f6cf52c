"""The demo's policy file: one step for most names, two for production, one name with emergencies."""

from pathlib import Path

_TEXT = """\
version: 1
groups:
  leads: [{leads}] # @leads: Carol
  oncall: [{oncall}] # @on-call: Alice
security: [{security}] # Dana
defaults: {{approvers: [approvers], max: 8h, default: 1h}}
rules:
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


def write_policy(home: Path, *, leads: str, oncall: str, security: str) -> Path:
    """Write the file into the demo's home.

    Args:
        home: the folder, which exists.
        leads: the user group's id of those who take the second step.
        oncall: the user group's id of those who may take emergency access.
        security: the id of whom an escalation goes to.
    """
    file = home / "policy.yml"
    file.write_text(_TEXT.format(leads=leads, oncall=oncall, security=security), encoding="utf-8")
    file.chmod(0o600)  # whatever this user's files are like: others may not decide who gets what
    return file
