"""Values in AWS as people meet them: read, denied, made for a grant, and what an early end is said to be."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from envaccess.sources.aws.signing import AwsCredentials
from tests.fakes.moto_account import ACCOUNT, MotoAccount, moto_account
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says, card, granted, last_event, revealed

ASKED = "production/{name} 1h debugging a failed refund"


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[MotoAccount]:
    folder = tmp_path_factory.getbasetemp()
    with moto_account(folder if worker_id == "master" else folder.parent) as account:
        yield account


def written(harness: ScenarioHarness, moto: MotoAccount, who: AwsCredentials, rule: str) -> Path:
    """`sources.yml` with Secrets Manager as `aws` and STS as `roles`, and one rule."""
    path = harness.home / "sources.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    for name, text in (("id", who.key_id), ("secret", who.secret)):
        (path.parent / name).write_text(text)
    key = f"access_key_id: 'file:{path.parent}/id', secret_access_key: 'file:{path.parent}/secret'"
    same = f"region: eu-central-1, endpoint: '{moto.url}', {key}"
    path.write_text(
        f"version: 1\nsources:\n  aws: {{kind: aws-secrets-manager, {same}}}\n"
        f"  roles: {{kind: aws-sts, {same}}}\nnames:\n  - {rule}\n"
    )
    return path


async def test_a_value_in_secrets_manager_is_shown_and_a_denial_gives_the_use_back(
    harness: ScenarioHarness, moto: MotoAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = f"prod/{uuid.uuid4().hex}"
    moto.boto("secretsmanager").create_secret(Name=secret, SecretString='{"key": "value-for-tests"}')
    user, who = moto.user("secretsmanager:GetSecretValue")
    rule = f"{{match: production/STRIPE, read: {{source: aws, secret: {secret}, field: key}}}}"
    async with harness.bot(sources_file=written(harness, moto, who, rule)):
        await audit_says(harness, "`sources.loaded`")
        await granted(harness, ASKED.format(name="STRIPE").replace("1h", "once"))
        moto.boto("iam").delete_user_policy(UserName=user, PolicyName="given")
        told = await revealed(harness, await card(harness, "Reveal"))
        assert "does not let envaccess read it" in told
        assert (await last_event(harness, "grant.reveal_failed")).detail["why"] == "source_denied"
        allow = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        moto.boto("iam").put_user_policy(UserName=user, PolicyName="given", PolicyDocument=document)
        assert "value-for-tests" in await revealed(harness, await card(harness, "Reveal"))
    logged = "".join(capsys.readouterr())
    assert "secretsmanager:GetSecretValue" in logged
    for text in ("value-for-tests", who.secret, who.key_id):
        assert text not in logged


async def test_a_session_is_made_for_the_grant_and_its_early_end_is_not_called_one(
    harness: ScenarioHarness, moto: MotoAccount
) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = f"deploy-{uuid.uuid4().hex[:8]}"
    moto.boto("iam").create_role(RoleName=role, AssumeRolePolicyDocument=document)
    _, who = moto.user("sts:AssumeRole")
    lease = f"source: roles, role: 'arn:aws:iam::{ACCOUNT}:role/{role}', format: env"
    rule = f"{{match: production/DEPLOY, lease: {{{lease}}}}}"
    async with harness.bot(sources_file=written(harness, moto, who, rule)):
        await audit_says(harness, "`sources.loaded`")
        await granted(harness, ASKED.format(name="DEPLOY"))
        shown = await revealed(harness, await card(harness, "Reveal"))
        lines = [line.strip() for line in shown.splitlines()]
        parts = dict(line.split("=", 1) for line in lines if line.startswith("AWS_"))
        session = AwsCredentials(*parts.values())
        assert role in moto.boto("sts", session).get_caller_identity()["Arn"]
        await harness.alice.press(await card(harness, "End now"), "End now")
        await card(harness, "may still work until")
