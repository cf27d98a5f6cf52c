"""What changed between two policies: by what rules match, bounded, whatever a file holds."""

import re
from dataclasses import replace

from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.changes import changes
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import ReasonRule, Rule, Step
from envaccess.domain.policy.services import Service
from envaccess.domain.variable import Variable
from tests.unit.domain.claims_made import DEPLOY, LABS, POD

LEADS = Step(PrincipalSet(("U0A", "U0B")))


def policy(*rules: Rule) -> Policy:
    return Policy(rules, "C0APPROVERS")


def rule(*match: str, line: int = 1) -> Rule:
    return Rule(match[0], match, (LEADS,), line)


def test_the_same_rules_elsewhere_in_the_file_are_no_change() -> None:
    assert changes(policy(rule("a/A")), policy(rule("a/A", line=9))) == {}


def test_rules_are_told_by_what_they_match_and_which_fields_changed() -> None:
    before = policy(rule("a/A", "a/B"), rule("b/*"), rule("c/C"))
    after = policy(rule("b/*"), replace(rule("a/A", "a/B"), max_seconds=9, single_use=True), rule("d/D"))
    assert changes(before, after) == {
        "added": "d/D",
        "removed": "c/C",
        "changed": "a/A a/B (max_seconds, single_use)",
        "order": "rules moved",
    }


def test_the_same_pattern_of_another_engine_is_no_change() -> None:
    class Compiled:
        def __init__(self, pattern: str) -> None:
            self.pattern = pattern

    one, other = (replace(rule("a/A"), reason=ReasonRule(5, Compiled("PAY"), "x")) for _ in range(2))  # type: ignore[arg-type]
    assert changes(policy(one), policy(other)) == {}
    third = replace(rule("a/A"), reason=ReasonRule(5, re.compile("PAX"), "x"))
    assert changes(policy(one), policy(third)) == {"changed": "a/A (reason)"}


def test_machines_people_and_services_are_told_by_their_names() -> None:
    """Who may ask as which pipeline, and where a value may go, is as much as a rule."""
    service = Service("api", "https://a.example", "X-Key", "{value}", Variable("p", "K"), (), 3)
    before = replace(
        policy(), machines=(DEPLOY, LABS), people=(("1", "U0ALICE"), ("2", "U0BOB")), services=(service,)
    )
    after = replace(
        policy(),
        machines=(
            replace(DEPLOY, claims={**DEPLOY.claims, "ref": ("refs/heads/x",)}),
            POD,
            replace(LABS, line=9),
        ),
        people=(("1", "U0EVE"), ("3", "U0CARLA")),
        services=(replace(service, base="https://b.example"),),
    )
    assert changes(before, after) == {
        "machines": "deploy, +kube",
        "people": "1, -2, +3",
        "services": "api",
    }
    assert changes(before, replace(before, services=(replace(service, line=8),))) == {}


def test_thousands_of_changes_are_a_short_text() -> None:
    many = policy(*(rule(f"prod/{'N' * 90}_{number}") for number in range(3_000)))
    found = changes(policy(), many)
    assert len(found["added"]) < 700
    assert re.search(r" and \d+ more$", found["added"])


def test_what_looks_like_a_secret_is_not_told() -> None:
    value = "sk_live_" + "valuefortests1"
    assert value not in str(changes(policy(), policy(rule(f"prod/{value}"))))
