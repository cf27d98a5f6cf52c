"""Tokens' claims as GitHub, GitLab and Kubernetes make them, and a policy that knows three machines."""

from types import MappingProxyType
from typing import Any

from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.claims import MatchedMachine, match_claims
from envaccess.domain.policy.machines import Issuer, Machine
from envaccess.domain.programs import Platform
from envaccess.domain.refusal import Reason, Refusal

GITHUB = Issuer("https://token.actions.githubusercontent.com", Platform.GITHUB)
GITLAB = Issuer("https://gitlab.com", Platform.GITLAB)
CLUSTER = Issuer("https://k8s.internal", Platform.KUBERNETES)
OTHER = Issuer("https://ci.internal", Platform.OTHER)
COMMIT = "f0e1d2c3" * 5
WORKFLOW = "acme/shop/.github/workflows/deploy.yml"


def machine(issuer: Issuer, run: tuple[str, ...] = (), name: str = "deploy", **claims: str) -> Machine:
    """A machine with these claims."""
    return Machine(name, issuer, MappingProxyType({key: (text,) for key, text in claims.items()}), run)


DEPLOY = machine(
    GITHUB, repository_id="456", repository_owner_id="123", workflow_ref=WORKFLOW, ref="refs/heads/main"
)
LABS = machine(GITLAB, name="labs", project_id="77", ref="main", ref_protected="true")
POD = machine(CLUSTER, name="kube", sub="system:serviceaccount:shop:api")


def github(**changed: Any) -> dict[str, Any]:
    """What a token of GitHub Actions says; what is None is left out."""
    claims = {
        "iss": GITHUB.url,
        "jti": "6b3f6c2e",
        "sub": "repo:acme/shop:ref:refs/heads/main",
        "aud": "https://envaccess.acme.com",
        "repository": "acme/shop",
        "repository_id": "456",
        "repository_owner_id": "123",
        "workflow_ref": f"{WORKFLOW}@refs/heads/main",
        "job_workflow_ref": f"{WORKFLOW}@refs/heads/main",
        "ref": "refs/heads/main",
        "sha": COMMIT,
        "event_name": "push",
        "runner_environment": "github-hosted",
        "run_id": "9000",
        "run_attempt": "1",
        "check_run_id": "42",
        "actor": "alice",
        "actor_id": "9001",
    }
    return {name: value for name, value in {**claims, **changed}.items() if value is not None}


def gitlab(**changed: Any) -> dict[str, Any]:
    """What a token of GitLab says; what is None is left out."""
    claims = {
        "iss": GITLAB.url,
        "jti": "ab12",
        "sub": "project_path:acme/shop:ref_type:branch:ref:main",
        "project_id": "77",
        "project_path": "acme/shop",
        "job_project_id": "77",
        "job_project_path": "acme/shop",
        "ref": "main",
        "ref_type": "branch",
        "ref_protected": "true",
        "sha": COMMIT,
        "pipeline_source": "push",
        "pipeline_id": "500",
        "job_id": "501",
        "user_id": "31",
        "user_login": "bob",
    }
    return {name: value for name, value in {**claims, **changed}.items() if value is not None}


def cluster(uid: str = "3f1c", account: str = "api") -> dict[str, Any]:
    """What a token of a pod says."""
    return {
        "iss": CLUSTER.url,
        "sub": f"system:serviceaccount:shop:{account}",
        "kubernetes.io": {
            "namespace": "shop",
            "pod": {"name": "api-6d4cf56db6-x2v9q", "uid": uid},
            "serviceaccount": {"name": account, "uid": "77aa"},
        },
    }


def policy(*machines: Machine, people: dict[str, str] | None = None) -> Policy:
    """A policy of these machines, or of one for each platform."""
    known = tuple((people or {}).items())
    return Policy((), "C0APPROVERS", machines=machines or (DEPLOY, LABS, POD), people=known)


def matched(
    claims: dict[str, Any], *machines: Machine, people: dict[str, str] | None = None
) -> MatchedMachine:
    """The machine that a token is, by its own issuer."""
    found = match_claims(policy(*machines, people=people), claims["iss"], claims)
    assert isinstance(found, MatchedMachine), found
    return found


def refused(claims: dict[str, Any], *machines: Machine) -> str:
    """What a token is said to lack that is no machine's."""
    found = match_claims(policy(*machines), claims["iss"], claims)
    assert isinstance(found, Refusal), found
    assert found.reason is Reason.NO_MACHINE
    return found.hint
