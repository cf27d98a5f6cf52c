"""`envaccess policy explain --claims`: which machine a pipeline's token is, or what it lacks."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from envaccess.cli.output import Complaint, Misuse
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.claim_values import Claims, claim_at, claim_text, shown_claim
from envaccess.domain.policy.claims import (
    MatchedMachine,
    differing,
    issuers_of,
    required_claims,
    run_claims,
)
from envaccess.domain.policy.machines import Machine
from envaccess.domain.programs import Platform
from envaccess.domain.refusal import Refusal
from envaccess.domain.strict_json import read_object

_LONGEST: Final = 64 * 1024
_TOKEN: Final = "eyJ"  # noqa: S105 - how each of them begins
_WHERE: Final = "job_project_id"
_MENDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "event_name": "where that may start it, write `events: [{}]`",
        "runner_environment": "where that may run it, write `runner: {}`",
        "pipeline_source": "where that may start it, write `claims: {{pipeline_source: [{}]}}`",
        "ref_type": "where that is meant, write `claims: {{ref_type: {}}}`",
    }
)
"""What to write where a claim is not the one that is usual."""


def read_claims(path: Path) -> Claims:
    """What a token says, as a file has it.

    Raises:
        Complaint: the file cannot be read.
        Misuse: it holds no claims, or the token itself.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST + 1)
    except OSError as error:
        raise Complaint(f"{path} cannot be read ({error.strerror}).") from error
    if text.lstrip().startswith(_TOKEN.encode()):
        raise Misuse("That file holds a token: whoever has it can use it. Give its claims alone, as JSON.")
    try:
        if len(text) > _LONGEST:
            raise ValueError  # noqa: TRY301 - as any other text that holds no claims
        return read_object(text)
    except ValueError as error:
        raise Misuse(f"{path} holds no claims: write them as one JSON object, each once.") from error


def explain_match(policy: Policy, claims: Claims, matched: MatchedMachine | Refusal) -> Iterator[str]:
    """Which machine a token is, which run and whose, or what is missing and how to mend it."""
    if isinstance(matched, Refusal):
        yield from _explain_none(policy, claims)
        return
    machine = matched.machine
    yield f"machine: {machine.name}, line {machine.line}"
    names = ", ".join(run_claims(machine)) or "jti: each token is a run of its own"
    yield f"run: {matched.run}, by {names}"
    yield f"started by: {_actor(matched)}"
    run = matched.pipeline
    told = [run.repository, run.branch, run.commit, run.job, run.actor, run.link]
    yield f"shown to approvers: {', '.join(filter(None, told)) or 'nothing more'}"


def _actor(matched: MatchedMachine) -> str:
    if matched.pipeline.restarted:
        return (
            f"somebody whom its tokens do not name: it is attempt {matched.pipeline.restarted} of a run that "
            f"{matched.actor_id} started; only what is approved automatically is given -> write "
            "`reruns: true` where whoever started it first counts"
        )
    if matched.person:
        return f"{matched.actor_id}, who is {matched.person}"
    if matched.actor_id:
        return (
            f"{matched.actor_id}, who is nobody in `people`: only what is approved automatically is given -> "
            f"write `people: {{'{matched.actor_id}': U...}}`"
        )
    return "nobody that its tokens name: only what is approved automatically is given"


def _explain_none(policy: Policy, claims: Claims) -> Iterator[str]:
    issuer = claim_text(claims.get("iss"))
    mine = [machine for machine in policy.machines if machine.issuer.url == issuer]
    if not mine:
        known = ", ".join(sorted(issuers_of(policy))) or "none"
        yield f"machine: none has the issuer {shown_claim(claims.get('iss'))}; the policy knows {known}"
        return
    nearest = min(mine, key=lambda machine: len(differing(machine, claims)))
    yield f"machine: none has all of these claims; {nearest.name}, line {nearest.line}, comes nearest"
    for name in differing(nearest, claims):
        yield f"  {name}: {_lacks(nearest, name, claims)}"


def _lacks(machine: Machine, name: str, claims: Claims) -> str:
    """What a claim says, what it must say, and what can be done."""
    value, wanted = claim_at(claims, name), required_claims(machine).get(name, ())
    said = "it is missing" if value is None else f"it is {shown_claim(value)}"
    if name == _WHERE and machine.issuer.platform is Platform.GITLAB:
        if value is None:
            return f"{said} -> GitLab says it from 18.3 on: update it"
        return f"{said}, and must be the project's own: a fork's merge request is another's"
    if not wanted:
        return f"{said}, and what has no run of its own is given nothing"
    if name in _MENDS and name not in machine.claims:
        return f"{said} -> {_MENDS[name].format(shown_claim(value))}"
    return f"{said}, and must be {' or '.join(wanted)}"
