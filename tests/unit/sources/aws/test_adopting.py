"""`envaccess sources adopt` on moto with permissions on: pages, ARNs, fields of JSON, denials."""

import uuid

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.aws.parameter_store import ParameterStore
from envaccess.sources.aws.secrets_manager import SecretsManager
from envaccess.sources.http_client import HttpClient
from tests.fakes.adopting import adopted
from tests.fakes.moto_account import MotoAccount
from tests.unit.sources.aws.opened import calls

VALUE = "value-for-tests"
LIST = {"secretsmanager:ListSecrets": SecretsManager, "ssm:DescribeParameters": ParameterStore}


def kind(name: str) -> str:
    return f"kind: {name}, region: eu-central-1"


async def test_secrets_of_every_page_are_found_by_the_rules_that_were_printed(
    moto: MotoAccount, http: HttpClient, pytestconfig: pytest.Config
) -> None:
    """Who may list reads nothing."""
    boto, home = moto.boto("secretsmanager"), uuid.uuid4().hex
    wanted = {f"{home}/KEY_{number:04}" for number in range(pytestconfig.getoption("--secrets-listed"))}
    for name in wanted:
        boto.create_secret(Name=name, SecretString=VALUE)
    _, lister = moto.user("secretsmanager:ListSecrets")
    source = SecretsManager(calls(http, moto.url, lister))
    found = [one for one in await source.names() if one.title.startswith(home)]
    result = adopted(kind("aws-secrets-manager"), found)
    assert {one.title for one in found} == wanted
    assert {result.place(str(one)).options["secret"] for one in result.again.covered} == wanted
    with pytest.raises(SourceFaultError):
        await source.read(result.place("production/KEY_0007"))


async def test_rules_that_name_an_arn_or_a_field_need_no_others(moto: MotoAccount, http: HttpClient) -> None:
    boto, home = moto.boto("secretsmanager"), uuid.uuid4().hex
    arns = [boto.create_secret(Name=f"{home}/{one}", SecretString='{"url": "x"}')["ARN"] for one in "abcd"]
    source = SecretsManager(calls(http, moto.url, moto.root))
    found = [one for one in await source.names() if one.title.startswith(home)]
    result = adopted(
        kind("aws-secrets-manager"),
        found,
        rules=f"""  - {{match: production/ALL, read: {{source: src, secret: '{arns[0]}', stage: AWSCURRENT}}}}
  - {{match: production/DB_URL, read: {{source: src, secret: {home}/b, field: url}}}}
  - {{match: 'production/u*', read: {{source: src, secret: {home}/c, field: '{{name}}'}}}}
  - {{match: production/OLD, read: {{source: src, secret: {home}/d, stage: AWSPREVIOUS}}}}
""",
    )
    assert [str(one) for one in result.first.covered] == ["production/ALL", "production/DB_URL"]
    assert result.first.by_parts == [f"{home}/c"], "what fields it has, no list tells"
    assert [rule.options for rule in result.first.rules] == [{"secret": f"{home}/d"}], "as it was is another"
    assert (await source.read(result.place("production/DB_URL"))).text == "x"


async def test_parameters_of_every_page_are_found_and_read(
    moto: MotoAccount, http: HttpClient, pytestconfig: pytest.Config
) -> None:
    """Two with one name in two folders are told apart by these."""
    boto, home = moto.boto("ssm"), f"h{uuid.uuid4().hex[:8]}"
    many = [f"/{home}/many/K{number:02}" for number in range(pytestconfig.getoption("--secrets-listed"))]
    names = [*many, f"/{home}/db/url", f"/{home}/mail/url"]
    for name in names:
        boto.put_parameter(Name=name, Value=f"value of {name}", Type="SecureString")
    source = ParameterStore(calls(http, moto.url, moto.root))
    found = [one for one in await source.names() if one.title.startswith(f"/{home}")]
    result = adopted(kind("aws-ssm"), found)
    assert len(result.again.covered) == len(names)
    for variable, name in (("K11", f"/{home}/many/K11"), ("MAIL_URL", f"/{home}/mail/url")):
        assert (await source.read(result.place(f"production/{variable}"))).text == f"value of {name}"


@pytest.mark.parametrize(("action", "adapter"), [*LIST.items()])
async def test_who_may_not_list_is_told_which_permission_is_missing(
    moto: MotoAccount, http: HttpClient, action: str, adapter: type[SecretsManager | ParameterStore]
) -> None:
    _, nobody = moto.user("secretsmanager:GetSecretValue", "ssm:GetParameter")
    with pytest.raises(SourceFaultError, match=action) as failed:
        await adapter(calls(http, moto.url, nobody)).names()
    assert failed.value.fault is SourceFault.DENIED
