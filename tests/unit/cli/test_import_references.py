"""What stands in place of a value is never stored: it becomes a rule for sources.yml, or is left out."""

import pytest
import yaml

from envaccess.cli.importing.placeholders import is_placeholder
from envaccess.cli.importing.references import SourceMapping, reference_of
from tests.unit.cli.cli_front import Ended, FakeFront, run

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/stripe-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-central-1:123456789012:parameter/prod/db"
MAPPED = {
    "vault:secret/data/shop#KEY": ("vault", {"path": "secret/shop", "field": "KEY"}),
    "vault:kv/shop/stripe#KEY": ("vault", {"path": "kv/shop/stripe", "field": "KEY"}),
    "ref+vault://kv/shop?address=https://vault.internal#/KEY": ("vault", {"path": "kv/shop", "field": "KEY"}),
    ARN: ("aws-secrets-manager", {"secret": ARN}),
    f"{ARN}:KEY::": ("aws-secrets-manager", {"secret": ARN, "field": "KEY"}),
    "ref+awssecrets://prod/stripe#/KEY": ("aws-secrets-manager", {"secret": "prod/stripe", "field": "KEY"}),
    PARAMETER: ("aws-ssm", {"parameter": PARAMETER}),
    "ref+awsssm:///prod/db": ("aws-ssm", {"parameter": "/prod/db"}),
    "projects/shop/secrets/stripe": ("gcp", {"project": "shop", "secret": "stripe"}),
    "projects/shop/secrets/stripe/versions/latest": ("gcp", {"project": "shop", "secret": "stripe"}),
    "ref+gcpsecrets://shop/stripe?version=3": ("gcp", {"project": "shop", "secret": "stripe"}),
}
LEFT_OUT = [
    "op://vault/item/7Fh2",
    "'enc[7Fh2]'",
    "ENC[AES256_GCM,data:7Fh2]",
    "encrypted:7Fh2",
    "doppler://7Fh2",
    "infisical://7Fh2",
    "vault:secret/7Fh2",
    "ref+sops://7Fh2",
    "@Microsoft.KeyVault(SecretUri=https://7Fh2)",
    "{{ 7Fh2 }}",
    "arn:aws:secretsmanager:eu-1:1:7Fh2",
    "${OTHER_7Fh2}",
    "$OTHER_7Fh2",
    "${OTHER:-7Fh2}",
    "$(cat 7Fh2)",
    "changeme",
    "<your 7Fh2 key>",
    "xxxxxx",
]
PLACEHOLDERS = [
    "changeme", "CHANGE_ME", "Change Me", "<your key>", "<YOUR-API-KEY-HERE>", "xxx", "XXXXXXXX", "****",
    "...", "???", "your-api-key", "your_secret_here", "replace_with_token", "[changeme]", "{changeme}",
    "todo", "sk_test_xxxxxxxx",
]  # fmt: skip
VALUES = [
    "", "x", "xx", "1", "true", "password", "yourname1", "xoxb", "<a><b>", "hunter2", "$ecret", "$5.00",
    "$", "a$B", "https://example.com/?a=<b>", "my-vault:path", "projects/shop", "$1abc", "your-9f8a7b6",
]  # fmt: skip
ODD = ("vault:a/b#c d7Fh2", "vault:secret/a b7Fh2#x", "ref+vault://%7Fh2#/a", "projects/a/secrets/'7Fh2")


def load(front: FakeFront, text: str) -> Ended:
    return run(front, "secrets", "import", "-", "--yes", "--environment", "production", stdin=text.encode())


@pytest.mark.parametrize("value", MAPPED)
def test_a_reference_to_a_source_that_we_read_becomes_its_rule(value: str) -> None:
    front = FakeFront()
    ended = load(front, f"STRIPE_KEY={value}\nPLAIN=1\n")
    kind, options = MAPPED[value]
    assert reference_of(value) == SourceMapping(kind, options)
    (rule,) = yaml.safe_load(ended.out)["names"]
    assert rule["match"] == "production/STRIPE_KEY"
    assert rule["read"] == {"source": rule["read"]["source"], **options}
    assert f"`{rule['read']['source']}` (kind: {kind})" in ended.out
    assert "left out: production/STRIPE_KEY: a reference to where the value lives" in ended.err
    assert [name.name for name in front.inside.values.kept] == ["PLAIN"]


@pytest.mark.parametrize("value", LEFT_OUT)
def test_what_no_rule_is_made_of_is_left_out_by_name(value: str) -> None:
    front = FakeFront()
    ended = load(front, f"FIRST={value}\nPLAIN=1\nLAST={value}\n")
    assert (ended.code, ended.out) == (0, "")
    assert "left out: production/FIRST, production/LAST: " in ended.err
    assert "7Fh2" not in ended.said
    assert [name.name for name in front.inside.values.kept] == ["PLAIN"]


def test_what_looks_like_a_reference_and_may_be_a_secret_is_not_printed() -> None:
    for value in ODD:
        assert "7Fh2" not in load(FakeFront(), f'A="{value}"\nB=1\n').said


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_a_placeholder_is_no_value(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize("value", VALUES)
def test_what_may_be_a_value_is_one(value: str) -> None:
    assert not is_placeholder(value)
    assert reference_of(value) is None


REPORTED: dict[str, dict[str, str]] = {
    # nodejs/node#51508: everything up to the last quote, comment included
    'KEY="VALUE1" # or "VALUE2" or "VALUE3"': {"KEY": "VALUE1"},
    # motdotla/dotenv#601: cut at a # without a space before it
    'KEY={"a":"some", "b": "here#this is kept"}': {"KEY": '{"a":"some", "b": "here#this is kept"}'},
    # nodejs/node#54134: cut at the first inner quote
    'KEY="1: foo\'bar"baz`qux"': {},
    # theskumar/python-dotenv#544: quotes beside each other, as a shell joins them
    "KEY='I'\"'\"'m a student'": {},
    # motdotla/dotenv#1030: the outer ones of four quotes lost
    'KEY="a":"b"': {},
}


@pytest.mark.parametrize("line", REPORTED)
def test_what_other_parsers_were_reported_for_is_read_whole_or_not_at_all(line: str) -> None:
    front = FakeFront()
    ended = load(front, f"{line}\nOTHER=1\n")
    kept = {name.name: value for name, value in front.inside.values.kept.items()}
    assert kept == ({**REPORTED[line], "OTHER": "1"} if REPORTED[line] else {})
    assert ended.code == (0 if REPORTED[line] else 1)
