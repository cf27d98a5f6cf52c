"""The file's machines: whose tokens, what they must say, and what of that does not fit together."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from envaccess.domain.policy.claims import (
    IDS,
    WORKFLOWS,
    is_actor_issuer,
    person_key,
    required_claims,
    run_claims,
)
from envaccess.domain.policy.machines import Issuer, Machine
from envaccess.domain.programs import Platform
from envaccess.policy_file.program_models import MachinePart
from envaccess.yaml_file.fault_collector import FaultCollector
from envaccess.yaml_file.scalars import shown
from envaccess.yaml_file.tree import Path

_GITHUB: Final = "https://token.actions.githubusercontent.com"
_GITLAB: Final = "https://gitlab.com"
_KNOWN: Final[Mapping[str, Platform]] = MappingProxyType(
    {"github": Platform.GITHUB, "gitlab": Platform.GITLAB}
)
_URLS: Final = MappingProxyType({Platform.GITHUB: _GITHUB, Platform.GITLAB: _GITLAB})
_KEYS_AT: Final = MappingProxyType(
    {Platform.GITHUB: "/.well-known/jwks", Platform.GITLAB: "/oauth/discovery/keys"}
)
"""Where the keys of a platform's own issuers are, behind their URL."""
_OF_GITHUB: Final = ("token.actions.", "/_services/token")
_SUBJECTS: Final = (("repo:", Platform.GITHUB), ("project_path:", Platform.GITLAB))
"""How subjects begin by which somebody would match names that can be given to others."""
_WORKFLOW: Final = re.compile(r"[^/\s@]+/[^/\s@]+/\.github/workflows/[^/\s]+\.ya?ml(?:@[^\s]+)?")
_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "repository_id": "repository_id",
        "owner_id": "repository_owner_id",
        "workflow_ref": "workflow_ref",
        "job_workflow_ref": "job_workflow_ref",
        "events": "event_name",
        "runner": "runner_environment",
        "project_id": "project_id",
        "ref_protected": "ref_protected",
        "ref": "ref",
        "environment": "environment",
    }
)
"""The claim that each field is about."""
_OF: Final[Mapping[str, Platform]] = MappingProxyType(
    {
        "repository_id": Platform.GITHUB,
        "owner_id": Platform.GITHUB,
        "workflow_ref": Platform.GITHUB,
        "job_workflow_ref": Platform.GITHUB,
        "events": Platform.GITHUB,
        "project_id": Platform.GITLAB,
    }
)
_RISKY: Final = ("pull_request", "workflow_run", "merge_request", "external_pull_request")
_PERSON_KEY: Final = re.compile(
    r"(?:(?P<platform>github|gitlab):)?(?P<id>[1-9][0-9]{0,18})|(?P<url>https?://[^\s#]+)#(?P<text>[!-~]{1,100})"
)
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class _Said:
    """One machine as the file has it."""

    name: str
    part: MachinePart
    platform: Platform
    ledger: FaultCollector

    def add(self, field: str, problem: str, mend: str) -> None:
        """Something is wrong with a field."""
        self.ledger.add(self.at(field), problem, mend)

    def at(self, field: str) -> Path:
        """Where a field is."""
        return ("machines", self.name, field) if field else ("machines", self.name)


def build_machines(parts: Mapping[str, MachinePart], ledger: FaultCollector) -> tuple[Machine, ...]:
    """The machines, in the order of the file."""
    found = [_machine(_Said(name, part, _platform(part), ledger)) for name, part in parts.items()]
    _check_agreement(found, ledger)
    _check_reach(found, ledger)
    return tuple(found)


def build_people(
    said: Mapping[str, str], machines: Iterable[Machine], ledger: FaultCollector
) -> tuple[tuple[str, str], ...]:
    """Who starts runs, by the number that a platform has for them."""
    issuers = {machine.issuer.url: machine.issuer for machine in machines if is_actor_issuer(machine.issuer)}
    found: dict[str, str] = {}
    for key, person in said.items():
        whole = _person_key(key, tuple(issuers.values()), ledger)
        if whole in found:
            ledger.add(("people", key), "this person stands here already", "keep one of the two")
        elif whole:
            found[whole] = person
    return tuple(found.items())


def _person_key(key: str, issuers: tuple[Issuer, ...], ledger: FaultCollector) -> str:
    path, read = ("people", key), _PERSON_KEY.fullmatch(key)
    if not read:
        mend = "write the number that the platform has for them, such as '9001' or 'github:9001'"
        ledger.add(path, f"{shown(key)} is no number of a person", mend)
        return ""
    if read["url"]:
        return _person_of(path, read["url"], read["text"], issuers, ledger)
    wanted = _KNOWN.get(read["platform"] or "")
    urls = [issuer.url for issuer in issuers if wanted in {None, issuer.platform}]
    if len(urls) > 1:
        mend = f"say whose: write `'{person_key(urls[0], read['id'])}'`, with one of the issuers"
        ledger.add(path, f"{shown(key)} may be somebody of {len(urls)} issuers", mend)
        return ""
    if wanted:
        return person_key(urls[0] if urls else _URLS[wanted], read["id"])
    return read["id"]


def _person_of(path: Path, url: str, text: str, issuers: tuple[Issuer, ...], ledger: FaultCollector) -> str:
    """Somebody of one issuer: a number, or where its `actor` is another claim, whatever that says."""
    issuer = next((issuer for issuer in issuers if issuer.url == url), None)
    if issuer is None:
        problem = "no machine whose tokens say who starts runs has this issuer, so this is nobody"
        ledger.note(path, problem, "write the issuer exactly as its machine has it")
    elif issuer.platform in _KEYS_AT and not _NUMBER.fullmatch(text):
        mend = f"write the number that {issuer.platform} has for them behind the `#`"
        ledger.add(path, f"{shown(text)} is no number of a person", mend)
    return person_key(url, text)


def _platform(part: MachinePart) -> Platform:
    if part.issuer in _KNOWN:
        return _KNOWN[part.issuer]
    if part.platform:
        return Platform(part.platform)
    names = (*part.claims, *part.run)
    return Platform.KUBERNETES if any(name.startswith("kubernetes.io/") for name in names) else Platform.OTHER


def _machine(said: _Said) -> Machine:
    part = said.part
    claims = dict(_claims(said))
    machine = Machine(
        said.name,
        _issuer(said),
        MappingProxyType(claims),
        part.run,
        part.reruns,
        said.ledger.line(("machines", said.name)),
    )
    _check_issuer(said)
    _check_subject(said)
    _check_claims(said, machine)
    return machine


def _issuer(said: _Said) -> Issuer:
    part, platform = said.part, said.platform
    url = _URLS[platform] if part.issuer in _KNOWN else part.issuer
    uri = part.jwks_uri
    if not uri and not part.jwks_file and platform in _KEYS_AT:
        uri = f"{url}{_KEYS_AT[platform]}"
    return Issuer(url, platform, uri, part.jwks_file, part.algorithm, part.private, _actor(said))


def _actor(said: _Said) -> str:
    """The claim that says who started a run; two platforms have their own, and a pod has nobody."""
    actor = said.part.actor
    if actor and said.platform is not Platform.OTHER:
        known = said.platform in _KEYS_AT
        problem = f"who starts a run on {said.platform} is known" if known else "nobody starts a pod"
        said.add("actor", problem, "take it out")
    return actor if said.platform is Platform.OTHER else ""


def _claims(said: _Said) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The claims of all fields, and the others; a field of another platform is told."""
    owners = {claim: field for field, claim in _FIELDS.items()}
    for field, claim in _FIELDS.items():
        words: tuple[str, ...] = getattr(said.part, field)
        if not words:
            continue
        wanted = _OF.get(field)
        if wanted and wanted is not said.platform:
            said.add(field, f"only tokens of {wanted} say this", "take it out, or name another issuer")
        yield claim, words
    for claim, words in said.part.claims.items():
        if said.platform in _KEYS_AT and claim in owners:
            said.add("claims", f"{shown(claim)} has a field of its own", f"write it as `{owners[claim]}`")
            continue
        yield claim, words


def _check_issuer(said: _Said) -> None:
    part = said.part
    if part.issuer in _KNOWN:
        if part.platform and part.platform != said.platform:
            said.add("platform", f"the issuer is {part.issuer}", "take it out")
        return
    if said.platform is not Platform.GITHUB and _is_github(part.issuer):
        said.add("issuer", "this is an issuer of GitHub", "write `platform: github` beside it, and its ids")
    if said.platform is not Platform.GITLAB and part.issuer.rstrip("/") == _GITLAB:
        said.add("issuer", "this is GitLab's issuer", "write `issuer: gitlab`, and the project's id")
    if part.jwks_uri and part.jwks_file:
        said.add("jwks_file", "`jwks_uri` says too where the keys are", "keep one of the two")
    elif not (part.jwks_uri or part.jwks_file or said.platform in _KEYS_AT):
        said.add("", "nothing says where its keys are", "write `jwks_uri: https://...` or `jwks_file: /...`")


def _is_github(url: str) -> bool:
    host, path = urlsplit(url).netloc, urlsplit(url).path
    return host.startswith(_OF_GITHUB[0]) or path.rstrip("/") == _OF_GITHUB[1]


def _check_subject(said: _Said) -> None:
    """Names in a subject can be customised, and given to others later."""
    subjects = said.part.claims.get("sub", ())
    if subjects and said.platform in _KEYS_AT:
        ids = " and ".join(f"`{field}`" for field in _id_fields(said.platform))
        problem = "`sub` can be customised there, and holds names that others may have later"
        said.add("claims", problem, f"write {ids} instead, and `ref` or `environment`")
    for start, platform in _SUBJECTS:
        if said.platform not in _KEYS_AT and any(subject.startswith(start) for subject in subjects):
            problem = f"this subject is one of {platform}, which can be customised"
            said.add("claims", problem, f"write `platform: {platform}`, and its ids instead of `sub`")


def _id_fields(platform: Platform) -> tuple[str, ...]:
    owners = {claim: field for field, claim in _FIELDS.items()}
    return tuple(owners[claim] for claim in IDS.get(platform, ()))


def _check_claims(said: _Said, machine: Machine) -> None:
    for field in _id_fields(said.platform):
        if not getattr(said.part, field):
            problem = "a name may be somebody else's tomorrow: only its number stays"
            said.add(field, problem, f"write `{field}: '...'`, the number that {said.platform} shows")
    if not machine.claims:
        said.add("claims", "any token of this issuer would be this machine", "write `claims: {sub: ...}`")
    if said.platform is Platform.GITHUB:
        _check_github(said)
    if said.platform is Platform.GITLAB:
        _check_gitlab(said)
    if said.part.reruns and said.platform is not Platform.GITHUB:
        problem = f"whoever starts a run of {said.platform} again is named by its tokens, or is nobody"
        said.add("reruns", problem, "take it out")
    if said.part.run and said.platform in _KEYS_AT:
        said.add("run", f"what a run is on {said.platform} is known", "take it out")


def _check_github(said: _Said) -> None:
    part = said.part
    _check_refs(said, begins=True)
    for field in sorted(WORKFLOWS):
        for workflow in getattr(part, field):
            if not _WORKFLOW.fullmatch(workflow):
                mend = (
                    "write it as acme/shop/.github/workflows/deploy.yml, with `@refs/...` only if that counts"
                )
                said.add(field, f"{shown(workflow)} is no workflow's file", mend)
    if not (part.ref or part.environment or part.ref_protected or "ref_type" in part.claims):
        problem = "whoever may push a branch there can be this machine"
        if part.job_workflow_ref:
            problem += ", and call that workflow with what they like"
        said.ledger.note(said.at(""), problem, "add `ref: refs/heads/main` or `environment: ...`")
    _note_risky(said, "events", part.events)


def _check_gitlab(said: _Said) -> None:
    _check_refs(said, begins=False)
    if not (said.part.ref or said.part.environment):
        said.ledger.note(said.at(""), "any branch of the project is this machine", "add `ref: main`")
    _note_risky(said, "claims", said.part.claims.get("pipeline_source", ()))


def _note_risky(said: _Said, field: str, events: Iterable[str]) -> None:
    """Events at which a platform runs what was not pushed to the branch that the token names."""
    for event in events:
        if event.startswith(_RISKY):
            problem = f"`{event}` may run what somebody proposes who may not push"
            said.ledger.note(said.at(field), problem, "leave it out unless the workflow checks out nothing")


def _check_refs(said: _Said, *, begins: bool) -> None:
    """GitHub writes refs whole, GitLab without what they begin with."""
    for ref in said.part.ref:
        if ref.startswith("refs/") is not begins:
            shape = "refs/heads/main or refs/tags/v1" if begins else "main"
            said.add(
                "ref", f"tokens of {said.platform} have no ref like {shown(ref)}", f"write it as {shape}"
            )


def _check_agreement(machines: Iterable[Machine], ledger: FaultCollector) -> None:
    """One issuer has one set of keys, whichever machine is asked about."""
    first: dict[str, Machine] = {}
    for machine in machines:
        known = first.setdefault(machine.issuer.url, machine)
        if known.issuer != machine.issuer:
            problem = f"`{known.name}` (line {known.line}) says otherwise what the keys of this issuer are"
            ledger.add(("machines", machine.name), problem, "say the same in both, and what platform it is")


def _check_reach(machines: Iterable[Machine], ledger: FaultCollector) -> None:
    """Find machines whose every token is an earlier one's."""
    earlier: list[Machine] = []
    for machine in machines:
        for known in earlier:
            if known.issuer.url == machine.issuer.url and _covers(known, machine):
                problem = f"no token is this machine's: `{known.name}` (line {known.line}) comes before it"
                mend = "move this machine above that one, or say more of that one's claims"
                ledger.add(("machines", machine.name), problem, mend)
                break
        earlier.append(machine)


def _covers(one: Machine, other: Machine) -> bool:
    """Whether each token that is the other machine's is the one's too."""
    if set(run_claims(one)) - set(run_claims(other)):
        return False
    wider, narrower = required_claims(one), required_claims(other)
    return all(
        name in narrower and all(_among(text, texts, name) for text in narrower[name])
        for name, texts in wider.items()
    )


def _among(text: str, texts: Iterable[str], name: str) -> bool:
    bare = text.partition("@")[0] if name in WORKFLOWS else text
    return text in texts or bare in texts
