"""Machines and people of a policy: what a file may say of pipelines, and what it is told instead."""

import pytest

from envaccess.domain.policy.claims import MatchedMachine, match_claims, person_key
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import PER_RUN, DeliveryMode
from envaccess.domain.programs import Platform
from tests.unit.domain.claims_made import cluster, github, gitlab
from tests.unit.policy_file.written import HEAD, faults, read

RULES = "rules:\n  - {match: '*/*', requesters: [anyone, m], approvers: [team], delivery: [reveal, ci]}\n"
KEYS = "jwks_uri: 'https://x.example/j'"
IDS = "issuer: github, repository_id: '456', owner_id: '123'"
FROM_THE_CONTRACT = """
machines:
  deploy: {issuer: github, repository_id: '456', owner_id: '123',
           workflow_ref: acme/shop/.github/workflows/deploy.yml, ref: refs/heads/main,
           environment: production, events: [push], runner: github-hosted}
  kube:   {issuer: 'https://k8s.internal', jwks_file: /etc/envaccess/k8s.json, algorithm: RS256,
           claims: {sub: system:serviceaccount:shop:api}, run: [kubernetes.io/pod/uid]}
people: {'9001': U0ALICE}
rules:
  - {match: production/STRIPE_*, requesters: [deploy], approvers: [leads], delivery: [ci],
     automatic: {for: [deploy], max: 15m, times: 1, per: run}}
"""


def machine(fields: str, more: str = "") -> str:
    """A file with one machine, in line 4."""
    return f"{HEAD}machines:\n  m: {{{fields}}}\n{more}{RULES}"


def told(text: str) -> list[str]:
    """What is wrong, without the mends."""
    return [f"{fault.line} {fault.field}: {fault.problem}" for fault in faults(text)]


def test_the_contracts_example_is_read_and_matches_its_tokens() -> None:
    policy = read(HEAD + FROM_THE_CONTRACT)
    found = match_claims(policy, github()["iss"], github(environment="production"))
    assert isinstance(found, MatchedMachine)
    assert (found.machine.name, found.person) == ("deploy", "U0ALICE")
    pod = match_claims(policy, cluster()["iss"], cluster())
    assert isinstance(pod, MatchedMachine)
    assert (pod.machine.name, pod.machine.issuer.platform) == ("kube", Platform.KUBERNETES)
    (rule,) = policy.rules
    assert rule.requesters == PrincipalSet(("machine:deploy",))
    assert rule.automatic
    assert (rule.automatic.per, rule.automatic.times) == (PER_RUN, 1)
    assert rule.delivery == (DeliveryMode.CI,)


def test_github_and_gitlab_have_their_issuers_and_keys_by_name() -> None:
    github_issuer, gitlab_issuer = (
        read(machine(fields)).machines[0].issuer
        for fields in (IDS, "issuer: gitlab, project_id: 77, ref: main")
    )
    assert github_issuer.url == "https://token.actions.githubusercontent.com"
    assert github_issuer.jwks_uri == "https://token.actions.githubusercontent.com/.well-known/jwks"
    assert (gitlab_issuer.url, gitlab_issuer.jwks_uri) == (
        "https://gitlab.com",
        "https://gitlab.com/oauth/discovery/keys",
    )


def test_a_server_of_ones_own_is_named_with_its_platform() -> None:
    fields = "issuer: 'https://gitlab.acme.com', platform: gitlab, project_id: 77, private: true, ref: main"
    issuer = read(machine(fields)).machines[0].issuer
    assert (issuer.platform, issuer.private) == (Platform.GITLAB, True)
    assert issuer.jwks_uri == "https://gitlab.acme.com/oauth/discovery/keys"


def test_numbers_are_ids_whether_quoted_or_not_and_never_in_base_eight() -> None:
    (quoted,) = read(machine(IDS)).machines
    (bare,) = read(machine("issuer: github, repository_id: 456, owner_id: 123")).machines
    assert quoted.claims == bare.claims
    for text in (
        "0456",
        "0x1c8",
        "4_5_6",
        "456.0",
        "-456",
        "acme/shop",
        "org-123",
        "1" * 20,
        '"\\uff14\\uff15\\uff16"',
    ):
        found = told(machine(f"issuer: github, repository_id: {text}, owner_id: 123"))
        assert any("is no id" in line for line in found), text


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ("issuer: github, owner_id: 1", "repository_id", "only its number stays"),
        ("issuer: github, repository_id: 1", "owner_id", "only its number stays"),
        ("issuer: gitlab, ref: main", "project_id", "only its number stays"),
        (
            f"{IDS}, claims: {{sub: 'repo:acme/shop:ref:refs/heads/main'}}",
            "claims",
            "`sub` can be customised",
        ),
        ("issuer: gitlab, project_id: 7, claims: {sub: x}", "claims", "`sub` can be customised"),
        (
            f"issuer: 'https://x.example', {KEYS}, claims: {{sub: 'repo:acme/shop:x'}}",
            "claims",
            "this subject is one of github",
        ),
        (
            f"issuer: 'https://x.example', {KEYS}, claims: {{sub: 'project_path:a/b:x'}}",
            "claims",
            "this subject is one of gitlab",
        ),
        (
            f"issuer: 'https://token.actions.githubusercontent.com', {KEYS}, claims: {{sub: x}}",
            "issuer",
            "this is an issuer of GitHub",
        ),
        (
            f"issuer: 'https://ghe.acme.com/_services/token', {KEYS}, claims: {{sub: x}}",
            "issuer",
            "this is an issuer of GitHub",
        ),
        (
            f"issuer: 'https://gitlab.com', {KEYS}, claims: {{sub: x}}",
            "issuer",
            "this is GitLab's issuer",
        ),
        (f"{IDS}, claims: {{repository_id: 9}}", "claims", "`repository_id` has a field of its own"),
        (f"{IDS}, claims: {{event_name: pull_request}}", "claims", "`event_name` has a field of its own"),
        (f"{IDS}, claims: {{aud: x}}", "claims", "`aud` is checked of every token"),
        (f"{IDS}, claims: {{a: {{b: c}}}}", "claims", "`a` holds claims of its own"),
        (f"{IDS}, claims: {{}}", "claims", "no claims stand here"),
        (f"{IDS}, ref: main", "ref", "no ref like `main`"),
        ("issuer: gitlab, project_id: 7, ref: refs/heads/main", "ref", "no ref like `refs/heads/main`"),
        (f"{IDS}, ref: refs/heads/*", "ref", "is a pattern, and claims are exact"),
        (f"{IDS}, workflow_ref: deploy.yml", "workflow_ref", "is no workflow's file"),
        (f"{IDS}, project_id: 7", "project_id", "only tokens of gitlab say this"),
        (
            "issuer: gitlab, project_id: 7, ref: main, events: push",
            "events",
            "only tokens of github say this",
        ),
        (f"{IDS}, ref: refs/heads/main, platform: gitlab", "platform", "the issuer is github"),
        (f"{IDS}, ref: refs/heads/main, run: [run_id]", "run", "what a run is on github is known"),
        ("issuer: gitlab, project_id: 7, ref_protected: yes", "ref_protected", "neither true nor false"),
        ("issuer: jenkins, claims: {sub: x}", "issuer", "is no issuer"),
        ("issuer: 'http://x.example', claims: {sub: x}", "issuer", "it is not https"),
        ("issuer: 'https://u:p@x.example', claims: {sub: x}", "issuer", "it holds a user or a password"),
        ("issuer: 'https://x.example?a=b', claims: {sub: x}", "issuer", "a query or a fragment"),
        ("issuer: 'https://x.example:99999', claims: {sub: x}", "issuer", "this is no address"),
        ("issuer: 'https://x.example', claims: {sub: x}", "", "nothing says where its keys are"),
        (
            "issuer: 'https://x.example', jwks_uri: 'https://x.example/j', jwks_file: /k, claims: {sub: x}",
            "jwks_file",
            "`jwks_uri` says too",
        ),
        ("issuer: 'https://x.example', jwks_file: keys.json, claims: {sub: x}", "jwks_file", "no whole path"),
        ("issuer: 'https://x.example', jwks_file: /k", "claims", "any token of this issuer"),
        (f"{IDS}, algorithm: HS256", "algorithm", "`HS256` is not known here"),
        (f"{IDS}, algorithm: none", "algorithm", "`none` is not known here"),
        (f"{IDS}, reff: x", "", "there is no field `reff`"),
    ],
)
def test_what_is_wrong_with_a_machine_is_told_with_its_line_and_mend(
    fields: str, field: str, problem: str
) -> None:
    where = "machines.m" + (f".{field}" if field else "")
    found = [fault for fault in faults(machine(fields)) if problem in fault.problem]
    assert [(fault.line, fault.field) for fault in found] == [(4, where)]
    assert found[0].mend


def test_a_faulty_machine_is_the_only_fault_where_rules_name_it() -> None:
    (fault,) = faults(machine("issuer: jenkins"))
    assert fault.field == "machines.m.issuer"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("team", "a machine is called `team` too"),
        ("agents", "`agents` has a meaning of its own"),
        ("anyone", "`anyone` has a meaning of its own"),
        ("Deploy", "`Deploy` is no name of a machine"),
        ("U0ALICE", "`U0ALICE` is no name of a machine"),
        ("'a/b'", "`a/b` is no name of a machine"),
        ("'machine:x'", "`machine:x` is no name of a machine"),
    ],
)
def test_a_machine_has_a_name_that_is_nobody_elses(name: str, problem: str) -> None:
    text = (
        machine(IDS + ", ref: refs/heads/main").replace("  m:", f"  {name}:").replace("anyone, m", "anyone")
    )
    assert problem in "\n".join(told(text.replace("reveal, ci", "reveal")))


def test_no_group_is_called_agents() -> None:
    found = told(f"{HEAD.replace('team:', 'agents: [S0X], team:')}{RULES}".replace("anyone, m", "anyone"))
    assert "2 groups.agents: `agents` has a meaning of its own" in found


@pytest.mark.parametrize(
    "place",
    [
        "approvers: [{0}]",
        "steps: [{{approvers: [{0}]}}]",
        "steps: [{{approvers: [team], timeout: 1h, then: escalate, escalate: [{0}]}}]",
        "approvers: [team]\n    emergency: {{for: [{0}], review: [leads]}}",
        "approvers: [team]\n    emergency: {{for: [team], review: [{0}]}}",
    ],
)
@pytest.mark.parametrize("word", ["m", "agents"])
def test_programs_never_decide_and_have_no_emergency(place: str, word: str) -> None:
    rule = f"rules:\n  - match: '*/*'\n    requesters: [m]\n    delivery: [ci]\n    {place.format(word)}\n"
    found = told(f"{HEAD}machines: {{m: {{{IDS}, ref: refs/heads/main}}}}\n{rule}")
    assert len(found) == 1
    assert "may ask, but never decide" in found[0]


@pytest.mark.parametrize("head", ["security: [{0}]\n", "owners: {{A: [{0}]}}\n", "groups: {{g: [{0}]}}\n"])
@pytest.mark.parametrize("word", ["m", "agents"])
def test_programs_own_nothing_and_are_in_no_group(head: str, word: str) -> None:
    text = machine(IDS + ", ref: refs/heads/main", head.format(word))
    if "groups" in head:
        text = text.replace(HEAD, "version: 1\n\n").replace("[team]", "[approvers]")
    assert any("may ask, but never decide" in line for line in told(text))


def test_anyone_keeps_the_programs_that_are_named_beside_it() -> None:
    text = machine(IDS + ", ref: refs/heads/main").replace("[anyone, m]", "[m, agents, team, anyone]")
    (rule,) = read(text.replace("reveal, ci", "reveal, ci, broker")).rules
    assert rule.requesters == PrincipalSet(("agents", "anyone", "machine:m"))
    assert rule.requesters.persons == PrincipalSet(("anyone",))
    assert (rule.requesters.machines, rule.requesters.agents) == (("m",), True)


def test_two_machines_of_an_issuer_agree_on_its_keys() -> None:
    one = "issuer: 'https://x.example', jwks_file: /k, claims: {sub: a}"
    two = "issuer: 'https://x.example', jwks_file: /other, claims: {sub: b}"
    found = faults(f"{HEAD}machines:\n  m: {{{one}}}\n  n: {{{two}}}\n{RULES}")
    assert [(fault.line, fault.problem[:19]) for fault in found] == [(5, "`m` (line 4) says o")]


def test_a_machine_that_no_token_reaches_is_a_fault() -> None:
    wide = f"{IDS}, ref: [refs/heads/main, refs/heads/next]"
    narrow = f"{IDS}, ref: refs/heads/main, environment: production"
    text = f"{HEAD}machines:\n  m: {{{wide}}}\n  n: {{{narrow}}}\n{RULES}"
    assert "5 machines.n: no token is this machine's: `m` (line 4) comes before it" in told(text)
    read(f"{HEAD}machines:\n  n: {{{narrow}}}\n  m: {{{wide}}}\n{RULES}")


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        (IDS, "whoever may push a branch there can be this machine"),
        (f"{IDS}, workflow_ref: a/b/.github/workflows/c.yml", "whoever may push a branch there"),
        (
            f"{IDS}, job_workflow_ref: a/b/.github/workflows/c.yml@refs/heads/main",
            "call that workflow with what",
        ),
        (f"{IDS}, ref: refs/heads/main, events: [pull_request_target]", "may run what somebody proposes"),
        (f"{IDS}, ref: refs/heads/main, events: [workflow_run]", "may run what somebody proposes"),
        ("issuer: gitlab, project_id: 7", "any branch of the project"),
        (
            "issuer: gitlab, project_id: 7, ref: main, claims: {pipeline_source: [merge_request_event]}",
            "may run what somebody proposes",
        ),
    ],
)
def test_what_is_meant_wider_than_it_looks_is_noted(fields: str, note: str) -> None:
    notes = read(machine(fields)).notes
    assert [(found.line, note in found.problem) for found in notes] == [(4, True)]


def test_a_machine_that_may_ask_for_nothing_is_noted() -> None:
    text = (
        machine(IDS + ", ref: refs/heads/main").replace("anyone, m", "anyone").replace("reveal, ci", "reveal")
    )
    assert ["no rule lets it ask" in note.problem for note in read(text).notes] == [True]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("requesters: [m], delivery: [reveal]", "`delivery` has no `ci`"),
        ("requesters: [m]", "`delivery` has no `ci`"),
        ("requesters: [agents]", "`delivery` has no `broker`"),
        ("requesters: [m], delivery: [ci], automatic: {for: [agents], max: 1h}", "agents may not ask here"),
        ("delivery: [cli], automatic: {for: [m], max: 1h}", "m may not ask here"),
        ("requesters: [m], delivery: [ci], automatic: {for: [m], max: 1h, per: run}", "it counts nothing"),
        (
            "delivery: [cli], automatic: {for: [team], max: 1h, times: 1, per: run}",
            "only machines have runs",
        ),
        (
            "requesters: [m, team], delivery: [ci], automatic: {for: [m, team], max: 9m, times: 1, per: run}",
            "only machines have runs",
        ),
        (
            "requesters: [x], delivery: [ci], automatic: {for: [x], max: 1h, times: 1, per: run}",
            "nothing says what one run of x is",
        ),
    ],
)
def test_rules_and_programs_must_fit_together(rule: str, problem: str) -> None:
    machines = (
        f"machines:\n  m: {{{IDS}, ref: refs/heads/main}}\n"
        "  x: {issuer: 'https://x.example', jwks_file: /k, claims: {sub: a}}\n"
    )
    found = told(f"{HEAD}{machines}rules:\n  - {{match: '*/*', approvers: [team], {rule}}}\n")
    assert len(found) == 1, found
    assert problem in found[0]


@pytest.mark.parametrize(
    ("rule", "note"),
    [
        ("delivery: [cli, ci]", "`ci` is nobody's way"),
        ("delivery: [cli, broker]", "`broker` is nobody's way"),
        ("requesters: [m], delivery: [cli, ci]", "`cli` is nobody's way"),
        ("requesters: [m, team], delivery: [ci]", "can never have the value"),
    ],
)
def test_a_way_that_is_nobodys_is_noted(rule: str, note: str) -> None:
    text = f"{HEAD}machines: {{m: {{{IDS}, ref: refs/heads/main}}}}\n"
    notes = read(f"{text}rules:\n  - {{match: '*/*', approvers: [team], {rule}}}\n").notes
    assert any(note in found.problem for found in notes)


def test_one_who_decides_alone_may_do_so_for_a_machine() -> None:
    text = (
        machine(IDS + ", ref: refs/heads/main").replace("[anyone, m]", "[m]").replace("[team]", "[U0CARLA]")
    )
    assert read(text.replace("reveal, ci", "ci")).rules
    beside = text.replace("[m]", "[m, U0CARLA]")
    assert "a request of U0CARLA could never pass" in "\n".join(told(beside))


@pytest.mark.parametrize(
    ("people", "key"),
    [
        ("'9001': U0ALICE", "9001"),
        ("9001: U0ALICE", "9001"),
        ("github:9001: U0ALICE", person_key("https://token.actions.githubusercontent.com", "9001")),
        ("gitlab:9001: U0ALICE", person_key("https://gitlab.com", "9001")),
        ("'https://gitlab.acme.com#9001': U0ALICE", person_key("https://gitlab.acme.com", "9001")),
    ],
)
def test_people_are_named_by_their_platforms_numbers(people: str, key: str) -> None:
    policy = read(machine(IDS + ", ref: refs/heads/main", f"people: {{{people}}}\n"))
    assert policy.people == ((key, "U0ALICE"),)
    assert bool(policy.notes) is key.startswith("https://gitlab.acme.com")


@pytest.mark.parametrize(
    ("people", "problem"),
    [
        ("alice: U0ALICE", "`alice` is no number of a person"),
        ("'0123': U0ALICE", "`0123` is no number of a person"),
        ("'9001': alice", "`alice` is no person's id"),
        (
            "'https://token.actions.githubusercontent.com#octocat': U0ALICE",
            "`octocat` is no number of a person",
        ),
        ("'9001': S0TEAM", "`S0TEAM` is no person's id"),
        ("'9001': [U0A, U0B]", "a list stands here"),
        ("{github:1: U0A, 'https://token.actions.githubusercontent.com#1': U0B", "stands here already"),
    ],
)
def test_what_is_wrong_with_people_is_told(people: str, problem: str) -> None:
    text = machine(IDS + ", ref: refs/heads/main", f"people: {{{people.removeprefix('{')}}}\n")
    (fault,) = faults(text)
    assert problem in fault.problem
    assert fault.line == 5


def test_a_number_of_two_platforms_is_nobodys_until_it_says_whose() -> None:
    """A GitLab user with Alice's number on GitHub would otherwise decide what they started themselves."""
    labs = "issuer: gitlab, project_id: 77, ref: main"
    both = f"{HEAD}machines:\n  m: {{{IDS}, ref: refs/heads/main}}\n  n: {{{labs}}}\n"
    (fault,) = faults(f"{both}people: {{'9001': U0ALICE}}\n{RULES}")
    assert "may be somebody of 2 issuers" in fault.problem
    policy = read(f"{both}people: {{github:9001: U0ALICE, gitlab:31: U0BOB}}\n{RULES}")
    found = match_claims(policy, gitlab()["iss"], gitlab(user_id="9001"))
    assert isinstance(found, MatchedMachine)
    assert found.person == ""
