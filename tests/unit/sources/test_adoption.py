"""What a source has, as variables: found by the rules already, or with a rule to paste."""

from collections.abc import Mapping

import pytest
import yaml

from envaccess.cli.importing.mappings import yaml_flow, yaml_text
from envaccess.domain.sources.adoption import ProposedRule, adopt, variable_name
from envaccess.domain.sources.file import NO_FILE, NameRule, SourcesFile
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.specs import SourceKind, SourceSpec
from envaccess.domain.variable import Variable

KV = {"kv": SourceSpec("kv", SourceKind.VAULT)}


def secret(path: str, field: str = "") -> FoundSecret:
    options = {"path": path, **({"field": field} if field else {})}
    return FoundSecret(path, options, field or path)


def file(*rules: NameRule) -> SourcesFile:
    return SourcesFile(KV, rules)


def said(rule: ProposedRule) -> tuple[tuple[str, ...], Mapping[str, str]]:
    return rule.match, rule.options


def test_what_a_pattern_of_the_file_finds_is_covered_in_its_environment() -> None:
    rule = NameRule(("production/STRIPE_*",), "kv", options={"path": "kv/stripe", "field": "{name}"})
    found = [secret("kv/stripe", "STRIPE_KEY"), secret("kv/stripe", "WEBHOOK")]
    adoption = adopt(file(rule), "kv", found, "staging")
    assert adoption.covered == [Variable("production", "STRIPE_KEY")]
    assert [said(one) for one in adoption.rules] == [
        (("staging/WEBHOOK",), {"path": "kv/stripe", "field": "{name}"})
    ]


def test_a_rule_before_that_keeps_the_name_elsewhere_covers_nothing() -> None:
    rules = [NameRule(("production/*",), "sealed"), NameRule(("production/A",), "kv", options={"path": "A"})]
    adoption = adopt(file(*rules), "kv", [secret("A")], "production")
    assert (adoption.covered, [rule.match for rule in adoption.rules]) == ([], [("production/A",)])


def test_a_lease_covers_no_value_that_is_kept() -> None:
    rule = NameRule(("production/A",), "kv", leased=True, options={"path": "A"})
    assert adopt(file(rule), "kv", [secret("A")], "production").covered == []


def test_names_that_begin_alike_get_one_pattern() -> None:
    found = [secret("kv/stripe", f"STRIPE_{name}") for name in ("KEY", "SECRET", "WEBHOOK")]
    (rule,) = adopt(NO_FILE, "kv", [*found, secret("kv/db", "URL")], "production").rules[:1]
    assert said(rule) == (("production/STRIPE_*",), {"path": "kv/stripe", "field": "{name}"})
    assert [variable.name for variable in rule.variables] == ["STRIPE_KEY", "STRIPE_SECRET", "STRIPE_WEBHOOK"]


def test_a_pattern_is_never_made_that_would_match_a_name_that_is_elsewhere() -> None:
    found = [secret("kv/stripe", f"STRIPE_{name}") for name in ("KEY", "SECRET", "WEBHOOK")]
    rules = adopt(NO_FILE, "kv", [*found, secret("kv/old", "STRIPE_OLD")], "production").rules
    assert len(rules[0].match) == 3
    assert rules[1].match == ("production/STRIPE_OLD",)


def test_a_path_that_ends_with_the_name_is_written_with_the_name() -> None:
    (rule,) = adopt(NO_FILE, "kv", [secret("shop/prod/A"), secret("shop/prod/B")]).rules
    assert said(rule) == (("default/A", "default/B"), {"path": "shop/prod/{name}"})


def test_two_secrets_of_one_name_are_told_apart_by_where_they_are() -> None:
    rules = adopt(NO_FILE, "kv", [secret("kv/db", "password"), secret("kv/mail", "password")]).rules
    assert [said(rule) for rule in rules] == [
        (("default/DB_PASSWORD",), {"path": "kv/db", "field": "password"}),
        (("default/MAIL_PASSWORD",), {"path": "kv/mail", "field": "password"}),
    ]


@pytest.mark.parametrize(
    "key", ["", "///", "9lives", "with{name}", "x" * 200, "a9F8b7C6d5E4a9F8b7C6d5E4a9F8b7"]
)
def test_what_makes_no_name_or_cannot_be_written_is_left_to_people(key: str) -> None:
    adoption = adopt(NO_FILE, "kv", [secret(key)])
    assert (adoption.covered, adoption.rules, adoption.left) == ([], [], [key])


def test_two_that_would_have_one_name_all_the_same_are_left_to_people() -> None:
    found = [FoundSecret("p/a", {"path": "a"}, "A"), FoundSecret("p/A", {"path": "A"}, "a")]
    adoption = adopt(NO_FILE, "kv", found)
    assert (adoption.rules, adoption.left) == ([], ["p/a", "p/A"])


@pytest.mark.parametrize(
    ("key", "name"),
    [("prod/db-url", "DB_URL"), ("arn:x:secret:api.key", "API_KEY"), ("A", "A"), ("/p/q/", "Q"), ("é", "")],
)
def test_a_name_is_the_last_part_in_capitals(key: str, name: str) -> None:
    assert variable_name(key) == name


@pytest.mark.parametrize(
    "text", ["a/b", "true", "*", "it's", "a: b", "", "{name}", "-x", "# c", "a,b", "10", "é"]
)
def test_texts_are_written_so_that_yaml_reads_them_back(text: str) -> None:
    assert yaml.safe_load(yaml_text(text)) == text
    assert yaml.safe_load(yaml_flow({"path": text})) == {"path": text}
