"""What approvers are shown of a run, from the claims of its token: harmless text, and a link that is one."""

import re
from typing import Final
from urllib.parse import quote, urlsplit

from envaccess.domain.policy.claim_values import Claims, claim_at, claim_text
from envaccess.domain.policy.machines import Issuer
from envaccess.domain.programs import PipelineRun, Platform
from envaccess.domain.screening import printable
from envaccess.domain.text import clean

_SHOWN: Final = 120
_REPOSITORY: Final = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*){1,20}", re.ASCII
)
_NUMBER: Final = re.compile(r"[0-9]{1,20}", re.ASCII)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_TOKENS_AT: Final = "token.actions."
"""Begins GitHub's issuers: `token.actions.githubusercontent.com`, `token.actions.acme.ghe.com`."""
_GITHUB: Final = "github.com"
_PODS: Final = "kubernetes.io"


def pipeline_of(issuer: Issuer, claims: Claims) -> PipelineRun:
    """The run that holds a token."""
    made = {Platform.GITHUB: _of_github, Platform.GITLAB: _of_gitlab}.get(issuer.platform, _of_others)
    return made(issuer, claims)


def _of_github(issuer: Issuer, claims: Claims) -> PipelineRun:
    repository, run = claim_text(claims.get("repository")), claim_text(claims.get("run_id"))
    attempt = claim_text(claims.get("run_attempt"))
    linked = _REPOSITORY.fullmatch(repository) and _NUMBER.fullmatch(run) and _NUMBER.fullmatch(attempt)
    page = f"https://{_github_host(issuer.url)}/{repository}/actions/runs/{run}/attempts/{attempt}"
    workflow = claim_text(claims.get("workflow_ref")).partition("@")[0].removeprefix(f"{repository}/")
    return PipelineRun(
        Platform.GITHUB,
        repository=_shown(repository),
        branch=_branch(claims),
        commit=_commit(claims),
        job=_shown(workflow),
        actor=_shown(claim_text(claims.get("actor"))),
        link=page if linked else "",
    )


def _github_host(url: str) -> str:
    """Where the pages of an issuer's runs are: github.com, acme.ghe.com, or a server's own host."""
    host = urlsplit(url).netloc
    if not host.startswith(_TOKENS_AT):
        return host
    rest = host.removeprefix(_TOKENS_AT)
    return _GITHUB if rest == "githubusercontent.com" else rest


def _of_gitlab(issuer: Issuer, claims: Claims) -> PipelineRun:
    project, job = claim_text(claims.get("project_path")), claim_text(claims.get("job_id"))
    linked = _REPOSITORY.fullmatch(project) and _NUMBER.fullmatch(job)
    return PipelineRun(
        Platform.GITLAB,
        repository=_shown(project),
        branch=_branch(claims),
        commit=_commit(claims),
        job=f"job {job}" if _NUMBER.fullmatch(job) else "",
        actor=_shown(claim_text(claims.get("user_login"))),
        link=f"{issuer.url}/{quote(project)}/-/jobs/{job}" if linked else "",
    )


def _of_others(issuer: Issuer, claims: Claims) -> PipelineRun:
    """Of Kubernetes the namespace, the service account and the pod; of others their subject."""
    if issuer.platform is not Platform.KUBERNETES:
        actor = claim_text(claim_at(claims, issuer.actor)) if issuer.actor else ""
        subject = claim_text(claims.get("sub"))
        return PipelineRun(issuer.platform, repository=_shown(subject), actor=_shown(actor))
    namespace, account, pod = (
        claim_text(claim_at(claims, f"{_PODS}/{path}"))
        for path in ("namespace", "serviceaccount/name", "pod/name")
    )
    return PipelineRun(issuer.platform, repository=_shown(f"{namespace}/{account}"), branch=_shown(pod))


def _branch(claims: Claims) -> str:
    ref = claim_text(claims.get("ref"))
    return _shown(ref.removeprefix("refs/heads/").removeprefix("refs/tags/"))


def _commit(claims: Claims) -> str:
    said = claim_text(claims.get("sha"))
    return said if _COMMIT.fullmatch(said) else ""


def _shown(text: str) -> str:
    return printable(clean(text))[:_SHOWN]
