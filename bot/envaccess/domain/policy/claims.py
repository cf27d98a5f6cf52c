"""Which machine of the policy a verified token is: exact claims, and what is missing means no.

The claims are those of a token whose signature, issuer, audience and time were checked already. Nothing is
matched by `sub` on GitHub and GitLab: it can be customised there, and names in it are given to others later.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Final

from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.claim_values import Claims, claim_at, claim_text, shown_claim
from envaccess.domain.policy.machines import Issuer, Machine
from envaccess.domain.policy.pipeline_facts import pipeline_of
from envaccess.domain.programs import MachineEntry, PipelineRun, Platform
from envaccess.domain.refusal import Reason, Refusal

USUAL_EVENTS: Final = (
    "push",
    "release",
    "schedule",
    "workflow_dispatch",
    "repository_dispatch",
    "deployment",
)
"""What may start a workflow on GitHub unless the policy says: none of these runs what a stranger proposed."""
USUAL_SOURCES: Final = ("push", "web", "schedule", "api", "trigger", "pipeline")
"""The same on GitLab. A merge request of a branch into another one's says the first one's `ref`, and may run
what stands in the second (merged results); its child pipelines say `parent_pipeline`."""
HOSTED: Final = "github-hosted"
WORKFLOWS: Final = frozenset({"workflow_ref", "job_workflow_ref"})
"""GitHub's claims of the form `acme/shop/.github/workflows/deploy.yml@refs/heads/main`."""
IDS: Final[Mapping[Platform, tuple[str, ...]]] = MappingProxyType(
    {
        Platform.GITHUB: ("repository_id", "repository_owner_id"),
        Platform.GITLAB: ("project_id",),
    }
)
"""Claims that a machine of a platform must name: numbers that are never given to another."""
_RUN: Final[Mapping[Platform, tuple[str, ...]]] = MappingProxyType(
    {
        Platform.GITHUB: ("run_id", "run_attempt"),
        Platform.GITLAB: ("pipeline_id", "job_id"),
        Platform.KUBERNETES: ("kubernetes.io/pod/uid",),
    }
)
_RUN_IF_THERE: Final[Mapping[Platform, tuple[str, ...]]] = MappingProxyType(
    {Platform.GITHUB: ("check_run_id",)}
)
"""What tells the jobs of one run apart, where the platform's version says it at all."""
_ACTOR: Final[Mapping[Platform, str]] = MappingProxyType(
    {Platform.GITHUB: "actor_id", Platform.GITLAB: "user_id"}
)
_ATTEMPT: Final = "run_attempt"
_FIRST: Final = "1"
_WHERE: Final = "job_project_id"
_BRANCH: Final = "branch"
_TOKEN: Final = "jti"  # noqa: S105 - a claim's name
_DIGEST: Final = 16
_ENTRY_DIGEST: Final = 32
_DIFFERING_SHOWN: Final = 5
_COMMITS: Final = frozenset({40, 64})
"""Characters of a commit's hash."""


@dataclass(frozen=True, slots=True)
class MatchedMachine:
    """The machine that a token is.

    Attributes:
        run: 16 hexadecimal digits of which run it is; without claims that name one, of the token itself.
        actor_id: who started it, as the platform numbers them; empty where it does not say.
        person: the Slack user id that the policy has for them; empty for nobody.
        pipeline: what approvers are shown.
    """

    machine: Machine
    run: str
    actor_id: str
    person: str
    pipeline: PipelineRun


def entry_digest(machine: Machine) -> str:
    """Names all that decides whose tokens a machine's are; another one wherever that changed."""
    issuer = {**asdict(machine.issuer), "platform": str(machine.issuer.platform)}
    claims = {name: sorted(texts) for name, texts in required_claims(machine).items()}
    told = json.dumps([machine.name, issuer, claims, run_claims(machine), machine.reruns], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:_ENTRY_DIGEST]


def is_as_before(policy: Policy, machine: str, person: str, entry: MachineEntry) -> bool:
    """Whether the policy says of a machine, and of who started its run, what a token was compared with."""
    found = next((one for one in policy.machines if one.name == machine), None)
    if found is None or entry_digest(found) != entry.digest:
        return False
    return person_for(policy, found.issuer, entry.actor_id) == person


def issuers_of(policy: Policy) -> Mapping[str, Issuer]:
    """Whose tokens count at all, by their exact `iss`."""
    return {machine.issuer.url: machine.issuer for machine in policy.machines}


def match_claims(policy: Policy, issuer_url: str, claims: Claims) -> MatchedMachine | Refusal:
    """The first machine of the policy whose claims a token has.

    Args:
        policy: the one that holds now.
        issuer_url: the issuer whose keys the token was verified with.
        claims: everything that the token says.
    """
    mine = [machine for machine in policy.machines if machine.issuer.url == issuer_url]
    if not mine or claim_text(claims.get("iss", issuer_url)) != issuer_url:
        return Refusal(Reason.NO_MACHINE, hint=f"iss is {shown_claim(claims.get('iss', issuer_url))}")
    found = [(machine, differing(machine, claims)) for machine in mine]
    for machine, wrong in found:
        if not wrong:
            return _matched(policy, machine, claims)
    nearest, wrong = min(found, key=lambda pair: len(pair[1]))
    return Refusal(Reason.NO_MACHINE, names=(nearest.name,), hint=_told(wrong, claims))


def differing(machine: Machine, claims: Claims) -> tuple[str, ...]:
    """The claims in which a token is not what a machine's must be; those of its run among them."""
    required = required_claims(machine)
    wrong = [name for name in IDS.get(machine.issuer.platform, ()) if name not in machine.claims]
    wrong += [name for name, wanted in required.items() if not _holds(machine, name, wanted, claims)]
    if machine.issuer.platform is Platform.GITLAB and not _runs_at_home(claims):
        wrong.append(_WHERE)
    wrong += [name for name in run_claims(machine) or (_TOKEN,) if not claim_text(claim_at(claims, name))]
    return tuple(dict.fromkeys(wrong))


def required_claims(machine: Machine) -> Mapping[str, tuple[str, ...]]:
    """What a token must say, with what its platform makes necessary.

    GitLab: a job of a fork's merge request may run in its parent, with the parent's own `project_id` until
    18.2.2 and with the fork's since (https://gitlab.com/gitlab-org/gitlab/-/issues/563038): where it runs,
    and whose it is, must be the same. A version that does not say both (before 18.3) gets nothing.
    """
    found = dict(machine.claims)
    if machine.issuer.platform is Platform.GITHUB:
        found.setdefault("event_name", USUAL_EVENTS)
        found.setdefault("runner_environment", (HOSTED,))
    if machine.issuer.platform is Platform.GITLAB:
        found.setdefault("pipeline_source", USUAL_SOURCES)
        if "ref" in found:
            found.setdefault("ref_type", (_BRANCH,))
        if "project_id" in found:
            found[_WHERE] = found["project_id"]
    return found


def _runs_at_home(claims: Claims) -> bool:
    """Whether a job of GitLab runs in its own project, which one of a fork's merge request may not."""
    return claim_text(claims.get(_WHERE)) == claim_text(claims.get("project_id"))


def run_claims(machine: Machine) -> tuple[str, ...]:
    """The claims that name one run of a machine; empty where none do."""
    return machine.run or _RUN.get(machine.issuer.platform, ())


def person_for(policy: Policy, issuer: Issuer, actor_id: str) -> str:
    """The Slack user id that the policy has for who started a run; empty for nobody.

    A bare number is meant for the only platform that there is: of two, each has its own people.
    """
    if not actor_id:
        return ""
    people = dict(policy.people)
    exact = people.get(person_key(issuer.url, actor_id))
    if exact is not None:
        return exact
    others = {one for one in issuers_of(policy).values() if is_actor_issuer(one)}
    return people.get(actor_id, "") if len(others) == 1 else ""


def is_actor_issuer(issuer: Issuer) -> bool:
    """Whether its tokens say who starts runs."""
    return bool(actor_claim(issuer))


def actor_claim(issuer: Issuer) -> str:
    """The claim that says who started a run; empty where none does."""
    return _ACTOR.get(issuer.platform, issuer.actor)


def person_key(issuer_url: str, actor_id: str) -> str:
    """How `Policy.people` names somebody of one of several platforms."""
    return f"{issuer_url}#{actor_id}"


def _holds(machine: Machine, name: str, wanted: Iterable[str], claims: Claims) -> bool:
    said = claim_text(claim_at(claims, name))
    if not said:
        return False
    if machine.issuer.platform is Platform.GITHUB and name in WORKFLOWS:
        return any(_is_workflow(said, workflow) for workflow in wanted)
    return said in wanted


def _is_workflow(said: str, wanted: str) -> bool:
    """Whether a workflow is the one wanted, at whatever ref unless that is wanted too.

    A file may have an `@` in its name: what stands behind the one that counts is a ref or a commit.
    """
    if "@" in wanted:
        return said == wanted
    path, at, ref = said[: len(wanted)], said[len(wanted) : len(wanted) + 1], said[len(wanted) + 1 :]
    return path == wanted and at == "@" and (ref.startswith("refs/") or _is_commit(ref))


def _is_commit(text: str) -> bool:
    return len(text) in _COMMITS and all(letter in "0123456789abcdef" for letter in text)


def _matched(policy: Policy, machine: Machine, claims: Claims) -> MatchedMachine:
    named = actor_claim(machine.issuer)
    actor_id = claim_text(claim_at(claims, named)) if named else ""
    return MatchedMachine(
        machine=machine,
        run=_run_digest(machine, claims),
        actor_id=actor_id,
        person=person_for(policy, machine.issuer, actor_id),
        pipeline=replace(pipeline_of(machine.issuer, claims), restarted=_restarted(machine, claims)),
    )


def _restarted(machine: Machine, claims: Claims) -> str:
    """Which attempt of its run it is, where nobody knows who began that.

    GitHub's `actor` stays whoever started the run first, also where somebody else starts it again, and who
    that was (`triggering_actor`) is in no token (https://github.com/actions/runner/pull/1726).
    """
    if machine.issuer.platform is not Platform.GITHUB or machine.reruns:
        return ""
    attempt = claim_text(claims.get(_ATTEMPT))
    return "" if attempt == _FIRST else shown_claim(attempt)


def _run_digest(machine: Machine, claims: Claims) -> str:
    """Which run this is; no two lists of names and values have the same text."""
    names = run_claims(machine)
    optional = () if machine.run or not names else _RUN_IF_THERE.get(machine.issuer.platform, ())
    parts = [machine.issuer.url]
    for name in (*(names or (_TOKEN,)), *optional):
        parts += [name, claim_text(claim_at(claims, name))]
    told = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:_DIGEST]


def _told(names: tuple[str, ...], claims: Claims) -> str:
    """`ref is refs/heads/other, environment is missing`: only what the token itself says."""
    told = [f"{name} {_said(claim_at(claims, name))}" for name in names[:_DIFFERING_SHOWN]]
    more = len(names) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")


def _said(value: object) -> str:
    return "is missing" if value is None else f"is {shown_claim(value)}"
