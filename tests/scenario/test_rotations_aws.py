"""The key of an AWS user that somebody saw, on moto with permissions on: what Slack shows, and what works."""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from envaccess.domain.variable import Variable
from envaccess.sources.aws.signing import AwsCredentials
from tests.fakes.moto_account import MotoAccount, moto_account
from tests.fakes.postgres import works
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import last_event
from tests.scenario.rotating import ends, happens, is_given, sees
from tests.scenario.test_rotations import task
from tests.scenario.test_rotations_postgres import DB_URL, LOGIN, rotated_on

KEY = Variable("production", "BACKUP_KEY")
PAIR = r"\{.*\}"
ALLOWED = (
    *(f"secretsmanager:{one}" for one in ("GetSecretValue", "DescribeSecret", "PutSecretValue")),
    "secretsmanager:UpdateSecretVersionStage",
    *(f"iam:{one}" for one in ("ListAccessKeys", "CreateAccessKey", "DeleteAccessKey")),
)
"""What docs/how-to/sources-aws.md says that envaccess needs."""


@dataclass
class BackupKey:
    """A user with one key, which Secrets Manager keeps; envaccess has the documented permissions."""

    moto: MotoAccount
    user: str
    secret: str

    def listed(self) -> Sequence[str]:
        found = self.moto.boto("iam").list_access_keys(UserName=self.user)["AccessKeyMetadata"]
        return [one["AccessKeyId"] for one in found]

    def works(self, pair: str) -> bool:
        held = json.loads(pair)
        who = AwsCredentials(held["access_key_id"], held["secret_access_key"])
        try:
            return bool(self.moto.boto("sts", who).get_caller_identity()["Arn"])
        except ClientError:
            return False

    def current(self) -> str:
        return str(
            self.moto.boto("secretsmanager").get_secret_value(
                SecretId=self.secret, VersionStage="AWSCURRENT"
            )["SecretString"]
        )


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[MotoAccount]:
    folder = tmp_path_factory.getbasetemp()
    with moto_account(folder if worker_id == "master" else folder.parent) as account:
        yield account


@pytest.fixture
def backup(moto: MotoAccount, monkeypatch: pytest.MonkeyPatch) -> BackupKey:
    monkeypatch.setattr("envaccess.sources.aws.access_keys.WAITS", (0.0,) * 5)
    monkeypatch.setattr("envaccess.sources.aws.access_keys.SECONDS", 60.0)
    user, key = moto.user()
    text = json.dumps({"access_key_id": key.key_id, "secret_access_key": key.secret, "note": "stays"})
    secret = f"prod/{uuid.uuid4().hex}"
    moto.boto("secretsmanager").create_secret(Name=secret, SecretString=text)
    return BackupKey(moto, user, secret)


def sources(harness: ScenarioHarness, backup: BackupKey, monkeypatch: pytest.MonkeyPatch) -> Path:
    _, who = backup.moto.user(*ALLOWED)
    monkeypatch.setenv("AWS_ID", who.key_id)
    monkeypatch.setenv("AWS_SECRET", who.secret)
    same = f"region: eu-central-1, endpoint: '{backup.moto.url}', access_key_id: 'env:AWS_ID', "
    same += "secret_access_key: 'env:AWS_SECRET'"
    path = harness.home / "sources.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"version: 1\nsources:\n  aws: {{kind: aws-secrets-manager, {same}}}\n"
        f"  iam: {{kind: aws-iam, {same}}}\nnames:\n  - match: {KEY}\n"
        f"    read: {{source: aws, secret: {backup.secret}}}\n"
        f"    rotate: {{with: aws-iam, source: iam, user: {backup.user}, when: {{grant_end: true}},"
        f" grace: 1s}}\n"
    )
    return path


async def test_the_key_that_alice_saw_is_dead_once_her_access_has_ended(
    harness: ScenarioHarness, backup: BackupKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.bot(sources_file=sources(harness, backup, monkeypatch)):
        await is_given(harness, harness.alice, KEY)
        seen = await sees(harness, harness.alice, PAIR)
        assert backup.works(seen)
        await ends(harness, harness.alice)
        await happens(harness, "rotation.done")
        assert not backup.works(seen)
        assert len(backup.listed()) == 1
        await is_given(harness, harness.alice, KEY)
        fresh = await sees(harness, harness.alice, PAIR)
        assert backup.works(fresh)
        assert json.loads(fresh)["note"] == "stays"
    over = await last_event(harness, "rotation.done")
    assert (over.detail["why"], over.detail["how"]) == ("grant_end", "aws-iam")


async def test_what_others_left_behind_blocks_is_told_and_is_never_deleted(
    harness: ScenarioHarness, backup: BackupKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First a second key that nobody here knows, then a version that another rotation left as AWSPENDING."""
    iam, manager = backup.moto.boto("iam"), backup.moto.boto("secretsmanager")
    unknown = iam.create_access_key(UserName=backup.user)["AccessKey"]["AccessKeyId"]
    manager.put_secret_value(SecretId=backup.secret, SecretString="{}", VersionStages=["AWSPENDING"])
    async with harness.bot(sources_file=sources(harness, backup, monkeypatch)):
        await is_given(harness, harness.alice, KEY)
        seen = await sees(harness, harness.alice, PAIR)
        await ends(harness, harness.alice)
        message = await task(harness, "Both places for a secret are in use", unknown)
        assert unknown in backup.listed()
        iam.delete_access_key(UserName=backup.user, AccessKeyId=unknown)
        await harness.bob.press(message, "Try again")
        message = await task(harness, "Another rotation left a version behind")
        assert backup.works(backup.current())
        assert backup.works(seen), "nothing is ended before the new one is published"
        stages = manager.describe_secret(SecretId=backup.secret)["VersionIdsToStages"]
        pending = next(version for version, names in stages.items() if "AWSPENDING" in names)
        manager.update_secret_version_stage(
            SecretId=backup.secret, VersionStage="AWSPENDING", RemoveFromVersionId=pending
        )
        await harness.carol.press(message, "Try again")
        await happens(harness, "rotation.done")
        await task(harness, "`production/BACKUP_KEY` was rotated")
        assert not backup.works(seen)
        assert backup.works(backup.current())
        assert len(backup.listed()) == 1
    told = [event.detail["why"] for event in await harness.events() if event.event == "rotation.failed"]
    assert told == ["slots_full", "pending_version"]


async def test_a_login_that_secrets_manager_keeps_is_rotated_in_the_database(
    harness: ScenarioHarness,
    moto: MotoAccount,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One field of a secret: what else the secret holds stays, and a label that moved is not mistaken."""
    rotated = await rotated_on("18", harness, tmp_path_factory, monkeypatch)
    await harness.delete(DB_URL)
    secret = f"prod/{uuid.uuid4().hex}"
    manager = moto.boto("secretsmanager")
    manager.create_secret(Name=secret, SecretString=json.dumps({"url": rotated.roles.first, "note": "stays"}))
    path = rotated.sources()
    _, who = moto.user(*ALLOWED)
    monkeypatch.setenv("AWS_ID", who.key_id)
    monkeypatch.setenv("AWS_SECRET", who.secret)
    same = f"region: eu-central-1, endpoint: '{moto.url}', access_key_id: 'env:AWS_ID', "
    same += "secret_access_key: 'env:AWS_SECRET'"
    text = path.read_text().replace("sources:\n", f"sources:\n  aws: {{kind: aws-secrets-manager, {same}}}\n")
    path.write_text(
        text.replace("    rotate:", f"    read: {{source: aws, secret: {secret}, field: url}}\n    rotate:")
    )
    async with harness.bot(sources_file=path):
        await is_given(harness, harness.alice, DB_URL)
        seen = await sees(harness, harness.alice, LOGIN)
        assert await works(seen)
        await ends(harness, harness.alice)
        await happens(harness, "rotation.done")
        assert not await works(seen)
        found = manager.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")["SecretString"]
        assert await works(json.loads(found)["url"])
        assert json.loads(found)["note"] == "stays"
