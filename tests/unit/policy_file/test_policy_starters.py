"""Who starts runs: the claim of other issuers, and runs that are started again on GitHub."""

import pytest

from envaccess.domain.policy.claims import MatchedMachine, match_claims, person_key
from tests.unit.domain.claims_made import github
from tests.unit.policy_file.test_policy_machines import IDS, RULES, machine
from tests.unit.policy_file.written import HEAD, faults, read

OTHERS = "issuer: 'https://ci.example', jwks_file: /k, claims: {sub: a}"


def test_who_starts_runs_of_another_issuer_is_whoever_its_claim_names() -> None:
    people = "people: {'https://ci.example#u-7b6e': U0ALICE}\n"
    policy = read(machine(f"{OTHERS}, actor: ci/started_by", people))
    assert policy.machines[0].issuer.actor == "ci/started_by"
    assert policy.people == ((person_key("https://ci.example", "u-7b6e"), "U0ALICE"),)
    assert policy.notes == ()
    (note,) = read(machine(OTHERS, people)).notes
    assert "no machine whose tokens say who starts runs has this issuer" in note.problem


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        (f"{IDS}, ref: refs/heads/main, actor: actor", "actor", "who starts a run on github is known"),
        (f"{OTHERS}, platform: kubernetes, actor: sub", "actor", "nobody starts a pod"),
        (f"{OTHERS}, reruns: true", "reruns", "is named by its tokens, or is nobody"),
        (
            "issuer: gitlab, project_id: 7, ref: main, reruns: true",
            "reruns",
            "whoever starts a run of gitlab",
        ),
    ],
)
def test_who_starts_runs_is_said_only_where_nothing_else_says_it(
    fields: str, field: str, problem: str
) -> None:
    (fault,) = faults(machine(fields))
    assert (fault.line, fault.field) == (4, f"machines.m.{field}")
    assert problem in fault.problem


def test_a_run_that_is_started_again_counts_as_its_first_starters_only_where_the_policy_says_so() -> None:
    again = github(run_attempt="2", repository_id="456", repository_owner_id="123")
    fields = "issuer: github, repository_id: 456, owner_id: 123, ref: refs/heads/main"
    for more, restarted in (("", "2"), (", reruns: true", "")):
        found = match_claims(read(machine(fields + more)), again["iss"], again)
        assert isinstance(found, MatchedMachine)
        assert found.pipeline.restarted == restarted


def test_two_machines_of_one_issuer_agree_on_who_starts_runs() -> None:
    other = OTHERS.replace("sub: a", "sub: b")
    (fault,) = faults(f"{HEAD}machines:\n  m: {{{OTHERS}, actor: a}}\n  n: {{{other}, actor: b}}\n{RULES}")
    assert "says otherwise what the keys of this issuer are" in fault.problem
