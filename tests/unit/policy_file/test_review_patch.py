"""What a review comes to for the policy: applied, it is sound, and exactly what was judged is gone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml

from envaccess.domain.access_review import AccessReview, Item, ItemJudgement, ItemKind, Verdict
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.patch import make_patch, write_patch
from envaccess.domain.policy.rules import Rule
from envaccess.policy_file.reading import read_policy

KEEP, REDUCE, REVOKE = Verdict
ALICE, BOB, CAROL, DANA, ENG = "U0ALICE", "U0BOB", "U0CAROL", "U0DANA", "S0ENG"
FILE = f"""
version: 1
security: [{CAROL}, {DANA}]
owners:
  "*/STRIPE_*": [{ALICE}, {BOB}]
machines:
  deploy:
    issuer: github
    repository_id: "456"
    owner_id: "123"
    workflow_ref: acme/shop/.github/workflows/deploy.yml
    ref: refs/heads/main
    environment: production
defaults:
  approvers: [{CAROL}, {DANA}]
  emergency: {{for: [{ALICE}, {BOB}], review: [{CAROL}, {DANA}]}}
rules:
  - name: "pay: \\"ments\\" # 1"
    match: "*/STRIPE_*"
    requesters: [{ENG}, {CAROL}, deploy]
    delivery: [reveal, cli, ci]
    automatic:
      for: [{ENG}, deploy]
      max: 30m
      hours: "mon-fri 09:00-18:00 Europe/Berlin"
      times: 3
      per: 1d
  - name: everything
    match: "*/*"
    max: 2h
    emergency: none
"""
RULE = 'pay: "ments" # 1'


def item(number: int, who: str, via: tuple[str, ...] = (), also: tuple[str, ...] = (), **more: Any) -> Item:
    about = (who,) if who.startswith("U") else ()
    found: dict[str, Any] = {"kind": ItemKind.REQUESTER, "rule": RULE, **more}
    return Item(str(number), who=who, about=about, via=via, also=also, less="less", **found)


ITEMS = (
    item(1, ALICE, (ENG,), ("automatic", "emergency")),
    item(2, BOB, (ENG,), ("automatic", "emergency")),
    item(3, CAROL, (CAROL,)),
    item(4, "machine:deploy", also=("automatic",)),
    item(5, "", kind=ItemKind.AUTOMATIC),
    item(6, "anyone", rule="everything"),
    item(7, CAROL, (CAROL,), kind=ItemKind.SECURITY, rule=""),
    item(8, DANA, (DANA,), kind=ItemKind.SECURITY, rule=""),
    item(9, ALICE, (ALICE,), kind=ItemKind.OWNER, rule="*/STRIPE_*"),
    item(10, BOB, (BOB,), kind=ItemKind.OWNER, rule="*/STRIPE_*"),
    item(11, BOB, ("C0APPROVE",), kind=ItemKind.CHANNEL, rule="approvers"),
    item(12, BOB, (ALICE,), kind=ItemKind.DUTY, rule=""),
    item(13, ALICE, kind=ItemKind.GRANT, rule="", request="7k2m9xq4"),
    item(14, ALICE, rule="a rule that is gone"),
)


def read(text: str) -> Policy:
    found = read_policy(text, "C0APPROVE")
    assert isinstance(found, Policy), found
    return found


def review(policy: str = "", **verdicts: Verdict) -> AccessReview:
    said = {
        number[1:]: ItemJudgement(number[1:], verdict, f"person:{DANA}", 1, "why")
        for number, verdict in verdicts.items()
    }
    digest = policy or read(FILE).digest
    return AccessReview("7k2m9xq4", "everything", "cli:root", (), digest, "", 0, ITEMS, 1, 2, judgements=said)


def patched(found: AccessReview, file: str = FILE) -> str:
    policy = read(file)
    return write_patch(make_patch(policy, found), found.id, policy.digest)


def applied(found: AccessReview) -> Policy:
    """As somebody applies it by hand."""
    patch, whole = yaml.safe_load(patched(found)), yaml.safe_load(FILE)
    for part in patch.pop("rules", ()):
        (rule,) = [rule for rule in whole["rules"] if rule["name"] == part["name"]]
        rule |= part
    merge(whole, patch)
    return read(yaml.safe_dump(whole, sort_keys=False))


def merge(whole: dict[str, Any], patch: Mapping[str, Any]) -> None:
    for name, value in patch.items():
        if value is None:
            whole.pop(name, None)
        elif isinstance(value, dict):
            merge(whole[name], value)
        else:
            whole[name] = value


def rule(policy: Policy, name: str = RULE) -> Rule:
    (found,) = [rule for rule in policy.rules if rule.name == name]
    return replace(found, line=0)


def test_what_is_kept_or_not_reviewed_changes_nothing() -> None:
    found = review(**{f"n{item.id}": KEEP for item in ITEMS[:9]})
    assert yaml.safe_load(patched(found)) == {}
    assert rule(applied(found)) == rule(read(FILE))


def test_who_came_through_a_group_is_gone_and_the_others_of_it_stay() -> None:
    """azure-docs#90832: the decision about a member of a group was accepted, and never applied."""
    policy = applied(review(n2=REVOKE))
    assert rule(policy).requesters.words == (ALICE, CAROL, "machine:deploy")
    assert rule(policy).automatic == rule(read(FILE)).automatic
    assert rule(policy).emergency == rule(read(FILE)).emergency
    assert rule(policy, "everything") == rule(read(FILE), "everything")


def test_who_is_reduced_may_still_ask() -> None:
    policy = applied(review(n2=REDUCE))
    found, before = rule(policy), rule(read(FILE))
    assert found.requesters == before.requesters
    assert found.automatic
    assert found.emergency
    assert before.automatic
    assert found.automatic.who.words == (ALICE, "machine:deploy")
    assert (found.automatic.hours, found.automatic.times, found.automatic.per) == (
        before.automatic.hours,
        3,
        86_400,
    )
    assert found.emergency.who.words == (ALICE,)


def test_a_program_that_is_revoked_is_let_through_alone_no_more() -> None:
    found = rule(applied(review(n4=REVOKE)))
    assert found.requesters.words == (ENG, CAROL)
    assert found.automatic
    assert found.automatic.who.words == (ENG,)


def test_a_rule_whose_last_requester_is_revoked_means_nobody_and_not_anyone() -> None:
    found = rule(applied(review(n1=REVOKE, n2=REVOKE, n3=REVOKE, n4=REVOKE)))
    assert not found.requesters
    assert not rule(applied(review(n6=REVOKE)), "everything").requesters


@pytest.mark.parametrize(("verdict", "seconds"), [(REDUCE, 900), (REVOKE, 0)])
def test_what_is_let_through_alone_is_halved_or_gone(verdict: Verdict, seconds: int) -> None:
    automatic = rule(applied(review(n5=verdict))).automatic
    assert (automatic.seconds if automatic else 0) == seconds


def test_what_anyone_may_is_halved() -> None:
    found = rule(applied(review(n6=REDUCE)), "everything")
    assert (found.max_seconds, found.default_seconds) == (3_600, 3_600)


def test_security_people_and_owners_are_gone_or_it_is_said_what_to_do() -> None:
    policy = applied(review(n7=REVOKE, n10=REVOKE))
    assert policy.security.words == (DANA,)
    assert policy.owners[0].who.words == (ALICE,)
    assert not applied(review(n7=REVOKE, n8=REVOKE)).security
    assert "Nobody would own */STRIPE_* any more" in patched(review(n9=REVOKE, n10=REVOKE))


def test_what_no_policy_says_is_to_be_done_by_hand() -> None:
    """azure-docs#74310: nobody was told that a removal is not supported."""
    text = patched(review(n11=REVOKE, n12=REVOKE, n13=REDUCE, n14=REVOKE))
    assert yaml.safe_load(text) == {}
    for told in (
        f"Take {BOB} out of the approvers channel (C0APPROVE) in Slack",
        f"Have {ALICE} take their duty back from {BOB}",
        f"Access 7k2m9xq4 of {ALICE} was found too much",
        "Rule a rule that is gone is not in the policy any more",
    ):
        assert told in text


def test_a_policy_that_was_changed_meanwhile_loses_only_what_it_still_has() -> None:
    """The group is gone from the rule, and somebody was added: neither comes back, nor goes."""
    now = FILE.replace(f"requesters: [{ENG}, {CAROL}, deploy]", f"requesters: [{CAROL}, {DANA}, deploy]")
    text = patched(review(n1=REVOKE, n3=REVOKE), now)
    assert "The policy was changed during the review" in text
    (part,) = yaml.safe_load(text)["rules"]
    assert part["requesters"] == [DANA, "deploy"]


def test_the_name_of_a_rule_is_text_and_nothing_else() -> None:
    hostile = FILE.replace('"pay: \\"ments\\" # 1"', '"x\\u2028y: {a: [b"')
    assert isinstance(yaml.safe_load(patched(review(), hostile)), dict)
