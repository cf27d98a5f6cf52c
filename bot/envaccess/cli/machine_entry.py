"""What a platform's token says of a run, as an entry for `machines:` in the policy file.

Nobody here has verified the token: the server does. What is printed is for a person to read and choose from.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from envaccess.client.calls import shown
from envaccess.domain.programs import Platform

Claims = Mapping[str, Any]
Lines = Iterator[tuple[str, str]]

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./@-]*(:[A-Za-z0-9_./@-]+)*", re.ASCII)
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
"""What YAML 1.1 reads as something else than a text."""
_KEYS: Final = "/etc/envaccess/jwks.json  # its keys, as `kubectl get --raw /openid/v1/jwks` prints them"
_USUAL: Final = "RS256"
_NAME_MAX: Final = 40
_SLACK_ID: Final = "U0XXXXXXX"
_ACTORS: Final = {Platform.GITHUB: ("actor_id", "actor"), Platform.GITLAB: ("user_id", "user_login")}


def machine_entry(platform: Platform, claims: Claims, algorithm: str) -> str:
    """The entry, and the line of who started the run, as YAML."""
    lines = [f"    {name}: {value}" for name, value in _FIELDS[platform](claims)]
    if algorithm != _USUAL:
        lines.append(f"    algorithm: {quoted(algorithm)}")
    return "\n".join(["machines:", f"  {_name(platform, claims)}:", *lines, *_people(platform, claims)])


def quoted(value: object) -> str:
    """A text as YAML writes it, in quotes wherever it could be read as something else."""
    text = shown(value if isinstance(value, str) else str(value))
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return "'" + text.replace("'", "''") + "'"


def _github(claims: Claims) -> Lines:
    yield from _issuer(Platform.GITHUB, "https://token.actions.githubusercontent.com", claims)
    yield "repository_id", quoted(claims.get("repository_id", ""))
    yield "owner_id", quoted(claims.get("repository_owner_id", ""))
    yield "workflow_ref", quoted(_file_of(claims, "workflow_ref"))
    if _file_of(claims, "job_workflow_ref") not in {"", _file_of(claims, "workflow_ref")}:
        yield "job_workflow_ref", quoted(claims["job_workflow_ref"])
    yield "ref", quoted(claims.get("ref", ""))
    if claims.get("environment"):
        yield "environment", quoted(claims["environment"])
    yield "events", f"[{quoted(claims.get('event_name', ''))}]"
    yield "runner", quoted(claims.get("runner_environment", ""))


def _gitlab(claims: Claims) -> Lines:
    yield from _issuer(Platform.GITLAB, "https://gitlab.com", claims)
    yield "project_id", quoted(claims.get("project_id", ""))
    yield "ref", quoted(claims.get("ref", ""))
    yield "ref_protected", "true" if claims.get("ref_protected") == "true" else "false"
    if claims.get("environment"):
        yield "environment", quoted(claims["environment"])
    yield "runner", quoted(claims.get("runner_environment", ""))
    kind, source = (quoted(claims.get(name, "")) for name in ("ref_type", "pipeline_source"))
    yield "claims", f"{{ref_type: {kind}, pipeline_source: {source}}}"


def _issuer(platform: Platform, usual: str, claims: Claims) -> Lines:
    """A platform's word for its own issuer; of a server of one's own, its URL."""
    issuer = claims.get("iss", "")
    if issuer == usual:
        yield "issuer", platform
    else:
        yield "issuer", quoted(issuer)
        yield "platform", platform


def _kubernetes(claims: Claims) -> Lines:
    yield from _explicit(claims, platform=Platform.KUBERNETES)


def _other(claims: Claims) -> Lines:
    yield from _explicit(claims, platform=None)


def _explicit(claims: Claims, *, platform: Platform | None) -> Lines:
    """What has to be said of an issuer that the policy has no word for."""
    yield "issuer", quoted(claims.get("iss", ""))
    if platform:
        yield "platform", platform
    yield "jwks_file", _KEYS
    yield "claims", f"{{sub: {quoted(claims.get('sub', ''))}}}"


_FIELDS: Final = {
    Platform.GITHUB: _github,
    Platform.GITLAB: _gitlab,
    Platform.KUBERNETES: _kubernetes,
    Platform.OTHER: _other,
}


def _file_of(claims: Claims, name: str) -> str:
    """A workflow's file, without the branch that it was taken from."""
    return str(claims.get(name, "")).partition("@")[0]


def _name(platform: Platform, claims: Claims) -> str:
    """What the machine may be called: the file of the workflow, the project, the service account."""
    said = str(claims.get("sub", "")).rpartition(":")[2]
    if platform is Platform.GITHUB:
        said = _file_of(claims, "workflow_ref").rpartition("/")[2].partition(".")[0]
    elif platform is Platform.GITLAB:
        said = str(claims.get("project_path", "")).rpartition("/")[2]
    found = re.sub(r"[^a-z0-9]+", "-", shown(said).lower()).strip("-")
    return (found if found[:1].isalpha() else f"machine-{found}")[:_NAME_MAX].rstrip("-")


def _people(platform: Platform, claims: Claims) -> list[str]:
    """The line that says which Slack person starts runs of this machine."""
    id_, name = _ACTORS.get(platform, ("", ""))
    if id_ not in claims:
        return []
    who = shown(str(claims.get(name, "")))
    return [f"people: {{{quoted(claims[id_])}: {_SLACK_ID}}}  # {who}: their member id in Slack goes here"]
