"""Every field of the file: what may be written, and what it comes to."""

from typing import Any

import pytest

from envaccess.domain.policy.hours import WORKDAYS, Hours
from envaccess.domain.policy.principal_set import EVERYBODY, OWNERS, PrincipalSet
from envaccess.domain.policy.rules import (
    Automatic,
    DeliveryMode,
    EmergencyRule,
    Owners,
    ReasonRule,
    Rule,
    Starts,
    Step,
    Then,
)
from envaccess.domain.variable import Variable
from envaccess.policy_file.patterns import read_pattern
from envaccess.policy_file.reading import read_policy
from envaccess.yaml_file.file import digest_of
from tests.unit.policy_file.written import CHANNEL, HEAD, one_rule, read, rule_with

LEADS, TEAM = PrincipalSet(("U0CARLA", "U0DANA")), PrincipalSet(("S0TEAM",))
OFFICE = Hours("Europe/Berlin", 540, 1080, WORKDAYS)
OWNED = "owners: {'*/*': [leads]}\n"


@pytest.mark.parametrize(
    ("written", "field", "comes_to"),
    [
        ("", "name", "*/*"),
        ("name: the rest", "name", "the rest"),
        ("", "requesters", EVERYBODY),
        ("requesters: [anyone]", "requesters", EVERYBODY),
        ("requesters: team", "requesters", TEAM),
        ("requesters: [team, U0BOB, anyone]", "requesters", EVERYBODY),
        (
            "requesters: [U0BOB, W0EVE, C0ROOM, G0ROOM]",
            "requesters",
            PrincipalSet(("C0ROOM", "G0ROOM", "U0BOB", "W0EVE")),
        ),
        ("requesters: [owners]", "requesters", PrincipalSet((OWNERS,))),
        ("approvers: [leads, team]", "steps", (Step(PrincipalSet(("S0TEAM", "U0CARLA", "U0DANA"))),)),
        ("approvers: approvers", "steps", (Step(PrincipalSet((CHANNEL,))),)),
        ("approvers: [owners]", "steps", (Step(PrincipalSet((OWNERS,))),)),
        ("steps: [{approvers: [team], approvals: 2}]", "steps", (Step(TEAM, 2),)),
        ("steps: [{approvers: [leads]}, {approvers: team}]", "steps", (Step(LEADS), Step(TEAM))),
        ("steps: [{approvers: [team], remind: 10m}]", "steps", (Step(TEAM, remind=600),)),
        (
            "steps: [{approvers: [team], timeout: 1h, then: escalate, escalate: [leads]}]",
            "steps",
            (Step(TEAM, timeout=3600, then=Then.ESCALATE, escalate=LEADS),),
        ),
        (
            "steps: [{approvers: [team], timeout: 1h, then: skip}, {approvers: [leads]}]",
            "steps",
            (Step(TEAM, timeout=3600, then=Then.SKIP), Step(LEADS)),
        ),
        (
            "steps: [{approvers: [team], timeout: 1h, then: refuse}]",
            "steps",
            (Step(TEAM, timeout=3600, then=Then.REFUSE),),
        ),
        ("", "max_seconds", 8 * 3600),
        ("max: 2d", "max_seconds", 172_800),
        ("", "default_seconds", 3600),
        ("max: 30m", "default_seconds", 1800),
        ("default: 45s", "default_seconds", 45),
        ("", "pending_seconds", 4 * 3600),
        ("pending: 1h30m", "pending_seconds", 5400),
        ("", "reason", ReasonRule()),
        ("reason: {least: 10}", "reason", ReasonRule(10)),
        (
            "reason: {pattern: 'A-[0-9]', hint: a ticket}",
            "reason",
            ReasonRule(3, read_pattern("A-[0-9]"), "a ticket"),
        ),
        ("hours: mon-fri 09:00-18:00 Europe/Berlin", "hours", OFFICE),
        ("hours: 09:00-18:00 Europe/Berlin", "hours", OFFICE),
        ("hours: {zone: Europe/Berlin, from: 09:00, to: 18:00}", "hours", OFFICE),
        ("hours: sat-mon 22:00-6:00 UTC", "hours", Hours("UTC", 1320, 360, ("mon", "sat", "sun"))),
        (
            "hours: {zone: UTC, from: 0:00, to: 24:00, days: [sun, mon]}",
            "hours",
            Hours("UTC", 0, 0, ("mon", "sun")),
        ),
        ("hours: mon,wed 09:00-10:00 UTC", "hours", Hours("UTC", 540, 600, ("mon", "wed"))),
        ("automatic: {for: [team], max: 30m}", "automatic", Automatic(TEAM, 1800)),
        ("automatic: {for: anyone, max: 30m}", "automatic", Automatic(EVERYBODY, 1800)),
        (
            "automatic: {for: [team], max: 30m, hours: 9:00-18:00 Europe/Berlin, times: 3, per: 1d}",
            "automatic",
            Automatic(TEAM, 1800, OFFICE, 3, 86_400),
        ),
        (
            "automatic: {for: [team], max: 30m, times: 3}",
            "automatic",
            Automatic(TEAM, 1800, None, 3, 604_800),
        ),
        ("cool_down: 10m", "cool_down", 600),
        ("open: 2", "open_max", 2),
        ("", "single_use", False),
        ("single_use: true", "single_use", True),
        ("single_use: 'false'", "single_use", False),
        ("", "delivery", (DeliveryMode.REVEAL, DeliveryMode.CLI)),
        ("delivery: [push, cli]", "delivery", (DeliveryMode.PUSH, DeliveryMode.CLI)),
        ("", "tap", False),
        ("tap: true", "tap", True),
        ("delivery: [cli]\ntap: true", "tap", True),
        ("", "starts", Starts.APPROVAL),
        ("starts: first_use", "starts", Starts.FIRST_USE),
        ("starts: first_use", "use_within", 8 * 3600),
        ("starts: first_use\nuse_within: 15m", "use_within", 900),
        ("use_within: 15m", "use_within", 900),
        ("", "use_within", 0),
        ("emergency: {for: [team], review: [leads]}", "emergency", EmergencyRule(TEAM, 900, LEADS, 3600)),
        (
            "emergency: {for: team, max: 5m, review: leads, remind: 10m}",
            "emergency",
            EmergencyRule(TEAM, 300, LEADS, 600),
        ),
        ("max: 10m\nemergency: {for: [team], review: [leads]}", "emergency", EmergencyRule(TEAM, 600, LEADS)),
    ],
)
def test_a_field_comes_to_what_the_reference_says(written: str, field: str, comes_to: Any) -> None:
    assert getattr(rule_with(written, OWNED), field) == comes_to


@pytest.mark.parametrize(
    ("defaults", "fields", "field", "comes_to"),
    [
        ("max: 4h", "", "max_seconds", 14_400),
        ("max: 4h", "max: 2h", "max_seconds", 7200),
        ("default: 1h", "max: 30m", "default_seconds", 1800),
        ("approvers: [team]", "", "steps", (Step(TEAM),)),
        ("approvers: [team]", "steps: [{approvers: [leads]}]", "steps", (Step(LEADS),)),
        ("steps: [{approvers: [team], approvals: 2}]", "approvers: [leads]", "steps", (Step(LEADS),)),
        ("hours: 9:00-18:00 Europe/Berlin", "", "hours", OFFICE),
        ("hours: 9:00-18:00 Europe/Berlin", "hours: none", "hours", None),
        ("reason: {least: 10}", "reason: none", "reason", ReasonRule()),
        ("automatic: {for: [team], max: 30m}", "automatic: none", "automatic", None),
        ("automatic: {for: [team], max: 30m}", "max: 10m", "automatic", Automatic(TEAM, 600)),
        ("emergency: {for: [team], review: [leads]}", "emergency: none", "emergency", None),
        (
            "emergency: {for: [team], max: 1h, review: [leads]}",
            "max: 10m",
            "emergency",
            EmergencyRule(TEAM, 600, LEADS),
        ),
        ("cool_down: 10m", "cool_down: none", "cool_down", 0),
        ("open: 2", "open: none", "open_max", 0),
        ("use_within: 10m", "use_within: none", "use_within", 0),
        ("single_use: true", "single_use: false", "single_use", False),
        ("delivery: [cli]", "delivery: [reveal]", "delivery", (DeliveryMode.REVEAL,)),
    ],
)
def test_a_rule_takes_the_defaults_and_may_say_otherwise(
    defaults: str, fields: str, field: str, comes_to: Any
) -> None:
    decides = "" if "approvers" in defaults else "  approvers: [leads]\n"
    head = f"defaults:\n  {defaults}\n{decides}"
    assert getattr(rule_with(fields, head), field) == comes_to


def test_delivery_follows_the_setting_unless_the_file_says() -> None:
    def delivery(fields: str) -> tuple[DeliveryMode, ...]:
        found = read_policy(one_rule(f"approvers: [leads]\n{fields}"), CHANNEL, push=True)
        assert not isinstance(found, tuple)
        rule: Rule = found.rules[0]
        return rule.delivery

    assert DeliveryMode.PUSH in delivery("")
    assert delivery("delivery: [reveal]") == (DeliveryMode.REVEAL,)


@pytest.mark.parametrize(
    ("written", "noted"),
    [
        ("delivery: [push]", True),
        ("delivery: [push, cli]", True),
        ("delivery: [push, reveal]", False),
        ("delivery: [cli]", False),
        ("", False),
    ],
)
def test_a_value_that_is_shown_once_without_a_button_is_noted(written: str, *, noted: bool) -> None:
    notes = read(one_rule(f"approvers: [leads]\n{written}")).notes
    assert [note.field for note in notes] == ["rules[0].delivery"] * noted


def test_a_press_that_the_defaults_ask_for_gives_way_to_a_rule_without_terminals() -> None:
    policy = read(one_rule("delivery: [reveal]", "defaults: {tap: true, approvers: [leads]}\n"))
    assert (policy.rules[0].tap, policy.notes) == (True, ())


def test_a_press_is_noted_to_be_about_terminals_where_an_agents_broker_gets_the_value_too() -> None:
    """Nobody sits at a broker or a pipeline; whoever wrote `tap` may believe that these wait."""
    rule = "approvers: [leads]\nrequesters: [anyone, agents]\ndelivery: [cli, broker]\ntap: true"
    [note] = read(one_rule(rule)).notes
    assert (note.line, note.field) == (8, "rules[0].tap")
    assert "what goes by `broker` waits for no press" in note.problem


def test_groups_may_name_each_other_in_any_order() -> None:
    text = (
        "version: 1\ngroups: {all: [leads, team], leads: [U0CARLA], team: [S0TEAM, leads]}\n"
        "rules: [{match: '*/*', approvers: [all]}]\n"
    )
    assert read(text).rules[0].steps == (Step(PrincipalSet(("S0TEAM", "U0CARLA"))),)
    assert dict(read(text).groups)["all"] == PrincipalSet(("S0TEAM", "U0CARLA"))


def test_owners_and_security_are_read() -> None:
    head = "security: [U0SAM, approvers]\nowners:\n  production/A_*: [team]\n  '*/*': leads\n"
    policy = read(f"{HEAD}{head}rules: [{{match: '*/*', approvers: [owners]}}]\n")
    assert policy.security == PrincipalSet((CHANNEL, "U0SAM"))
    assert policy.owners == (Owners(("production/A_*",), TEAM, 5), Owners(("*/*",), LEADS, 6))
    assert policy.owners_of(Variable("production", "A_KEY")) == TEAM
    assert policy.owners_of(Variable("default", "A_KEY")) == LEADS


def test_a_rule_knows_its_line_and_the_policy_its_digest() -> None:
    text = f"{HEAD}rules:\n\n  - match: [A, B]\n    approvers: [team]\n  - {{match: C, approvers: [team]}}\n"
    policy = read(text)
    assert [rule.line for rule in policy.rules] == [5, 7]
    assert [rule.name for rule in policy.rules] == ["A, B", "C"]
    assert policy.digest == digest_of(text)
    assert len(policy.digest) == 64


def test_words_are_read_as_they_stand() -> None:
    """YAML 1.1 reads `NO` as false, `010` as eight and `22:00` as 1320."""
    rule = rule_with("hours: {zone: UTC, from: 22:00, to: 06:00}\nopen: 010\nname: NO")
    assert rule.hours == Hours("UTC", 1320, 360)
    assert (rule.open_max, rule.name) == (10, "NO")


def test_an_alias_repeats_what_its_anchor_holds() -> None:
    rules = "rules:\n  - {match: A, steps: &chain [{approvers: [team]}]}\n  - {match: B, steps: *chain}\n"
    text = HEAD + rules
    assert [rule.steps for rule in read(text).rules] == [(Step(TEAM),)] * 2
