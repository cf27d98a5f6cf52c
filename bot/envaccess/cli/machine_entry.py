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
_SLACK_ID: Final = "U0XXXXXXX"
_ACTORS: Final = {Platform.GITHUB: ("actor_id", "actor"), Platform.GITLAB: ("user_id", "user_login")}


def machine_entry(platform: Platform, claims: Claims, algorithm: str) -> str:
    """The entry, and the line of who started the run, as YAML."""
    fields = _FIELDS[platform](claims)
    if platform in {Platform.KUBERNETES, Platform.OTHER}:
        fields = _explicit(claims, algorithm, fields)
    lines = [f"    {name}: {value}" for name, value in fields]
    return "\n".join(["machines:", f"  {_name(platform, claims)}:", *lines, *_people(platform, claims)])


def quoted(value: object) -> str:
    """A text as YAML writes it, in quotes wherever it could be read as something else."""
    text = shown(value if isinstance(value, str) else str(value))
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return "'" + text.replace("'", "''") + "'"


def _github(claims: Claims) -> Lines:
    yield "issuer", "github"
    yield "repository_id", quoted(claims.get("repository_id", ""))
    yield "owner_id", quoted(claims.get("repository_owner_id", ""))
    yield "workflow_ref", quoted(_workflow(claims))
    yield "ref", quoted(claims.get("ref", ""))
    if "environment" in claims:
        yield "environment", quoted(claims["environment"])
    yield "events", f"[{quoted(claims.get('event_name', ''))}]"
    yield "runner", quoted(claims.get("runner_environment", ""))


def _gitlab(claims: Claims) -> Lines:
    yield "issuer", "gitlab" if claims.get("iss") == "https://gitlab.com" else quoted(claims.get("iss", ""))
    yield "project_id", quoted(claims.get("project_id", ""))
    yield "job_project_id", quoted(claims.get("job_project_id", claims.get("project_id", "")))
    for name in ("ref_type", "ref", "ref_protected"):
        yield name, quoted(claims.get(name, ""))
    if "environment" in claims:
        yield "environment", quoted(claims["environment"])
    yield "events", f"[{quoted(claims.get('pipeline_source', ''))}]"
    yield "runner", quoted(claims.get("runner_environment", ""))


def _kubernetes(claims: Claims) -> Lines:
    yield "claims", f"{{sub: {quoted(claims.get('sub', ''))}}}"
    yield "run", "[kubernetes.io/pod/uid]"


def _other(claims: Claims) -> Lines:
    yield "claims", f"{{sub: {quoted(claims.get('sub', ''))}}}"


def _explicit(claims: Claims, algorithm: str, fields: Lines) -> Lines:
    """What has to be said of an issuer that has no name of its own in the policy."""
    yield "issuer", quoted(claims.get("iss", ""))
    yield (
        "jwks_file",
        _KEYS,
    )
    yield "algorithm", quoted(algorithm)
    yield from fields


_FIELDS: Final = {
    Platform.GITHUB: _github,
    Platform.GITLAB: _gitlab,
    Platform.KUBERNETES: _kubernetes,
    Platform.OTHER: _other,
}


def _workflow(claims: Claims) -> str:
    """The workflow's file, without the branch that it was taken from."""
    return str(claims.get("workflow_ref", "")).partition("@")[0]


def _name(platform: Platform, claims: Claims) -> str:
    """What the machine may be called: the file of the workflow, the project, the service account."""
    said = str(claims.get("sub", "")).rpartition(":")[2]
    if platform is Platform.GITHUB:
        said = _workflow(claims).rpartition("/")[2].partition(".")[0]
    elif platform is Platform.GITLAB:
        said = str(claims.get("project_path", "")).rpartition("/")[2]
    found = re.sub(r"[^a-z0-9]+", "-", shown(said).lower()).strip("-")
    return found if found[:1].isalpha() else f"machine-{found}".rstrip("-")


def _people(platform: Platform, claims: Claims) -> list[str]:
    """The line that says which Slack person starts runs of this machine."""
    id_, name = _ACTORS.get(platform, ("", ""))
    if id_ not in claims:
        return []
    who = shown(str(claims.get(name, "")))
    return [f"people: {{{quoted(claims[id_])}: {_SLACK_ID}}}  # {who}: their member id in Slack goes here"]
