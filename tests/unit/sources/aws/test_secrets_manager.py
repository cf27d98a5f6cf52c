"""Secrets Manager, on moto with signatures and permissions on, and boto3 on the other side of each call."""

import json
import uuid
from typing import Any

import pytest

from envaccess.domain.rotation import BlockedWhy, PublishConflictError, RotationBlockedError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.value import Value
from envaccess.sources.aws.secrets_manager import SecretsManager
from envaccess.sources.http_client import HttpClient
from tests.fakes.moto_account import MotoAccount
from tests.unit.sources.aws.opened import calls, place

FIRST, SECOND, THIRD = "value-for-tests", "second-value-for-tests", "third-value-for-tests"


class Secret:
    """One secret of a test, as boto3 sees it."""

    def __init__(self, moto: MotoAccount, **content: object) -> None:
        self.boto = moto.boto("secretsmanager")
        self.name = f"prod/{uuid.uuid4().hex}"
        self.first = self.boto.create_secret(Name=self.name, **content)["VersionId"]

    def current(self) -> tuple[object, str]:
        found = self.boto.get_secret_value(SecretId=self.name, VersionStage="AWSCURRENT")
        return found.get("SecretString", found.get("SecretBinary")), found["VersionId"]

    def stages(self) -> Any:
        return self.boto.describe_secret(SecretId=self.name)["VersionIdsToStages"]

    def put(self, text: str, *stages: str) -> Any:
        more = {"VersionStages": list(stages)} if stages else {}
        return self.boto.put_secret_value(SecretId=self.name, SecretString=text, **more)["VersionId"]

    def make_current(self, version: str) -> str:
        """By the label: after one such move, moto's `put_secret_value` leaves it on two versions."""
        now = str(self.current()[1])
        self.boto.update_secret_version_stage(
            SecretId=self.name, VersionStage="AWSCURRENT", MoveToVersionId=version, RemoveFromVersionId=now
        )
        return version


@pytest.fixture
def source(moto: MotoAccount, http: HttpClient) -> SecretsManager:
    return SecretsManager(calls(http, moto.url, moto.root))


async def fault(source: SecretsManager, **options: str) -> SourceFaultError:
    with pytest.raises(SourceFaultError) as failed:
        await source.read(place(**options))
    for text in (str(failed.value), repr(failed.value)):
        assert "for-tests" not in text
    return failed.value


async def test_what_boto3_wrote_is_read_with_its_version(moto: MotoAccount, source: SecretsManager) -> None:
    secret = Secret(moto, SecretString=FIRST)
    assert await source.read(place(secret=secret.name)) == Value(FIRST, secret.first)


async def test_after_the_label_moved_the_new_value_is_read(moto: MotoAccount, source: SecretsManager) -> None:
    """Moto answers a call without a stage with the previous value then, so that a stage is always named."""
    secret = Secret(moto, SecretString=FIRST)
    pending = secret.make_current(secret.put(SECOND, "AWSPENDING"))
    assert await source.read(place(secret=secret.name)) == Value(SECOND, pending)
    assert (await source.read(place(secret=secret.name, stage="AWSPREVIOUS"))).text == FIRST


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"text"', "text"),
        ("5432", "5432"),
        ("1.10", "1.10"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("1e400", "1e400"),
        ("true", "true"),
        ('"zwölf €\\n"', "zwölf €\n"),
        ('""', ""),
    ],
)
async def test_a_field_is_read_as_it_is_written(
    moto: MotoAccount, source: SecretsManager, written: str, read: str
) -> None:
    """A number is not rounded and not written another way (external-secrets had both)."""
    secret = Secret(moto, SecretString=f'{{"other.key": 1, "wanted": {written}}}')
    assert (await source.read(place(secret=secret.name, field="wanted"))).text == read


@pytest.mark.parametrize(
    "held",
    [
        "value-for-tests",
        "[1]",
        '{"other": 1}',
        '{"wanted": null}',
        '{"wanted": {"for-tests": 1}}',
        '{"wanted": ',
        "[" * 9000,
    ],
)
async def test_a_field_that_is_not_there_is_told_without_what_is(
    moto: MotoAccount, source: SecretsManager, held: str
) -> None:
    secret = Secret(moto, SecretString=held)
    assert (await fault(source, secret=secret.name, field="wanted")).fault is SourceFault.MALFORMED


async def test_bytes_are_text_or_stay_in_base64(moto: MotoAccount, source: SecretsManager) -> None:
    text, binary = Secret(moto, SecretBinary=FIRST.encode()), Secret(moto, SecretBinary=b"\xff\xfefor-tests")
    assert (await source.read(place(secret=text.name))).text == FIRST
    assert (await source.read(place(secret=binary.name, encoding="base64"))).text == "//5mb3ItdGVzdHM="
    assert "base64" in str(await fault(source, secret=binary.name))


async def test_missing_and_deleted_are_told_apart(moto: MotoAccount, source: SecretsManager) -> None:
    secret = Secret(moto, SecretString=FIRST)
    assert (await fault(source, secret="prod/none")).fault is SourceFault.MISSING
    assert (await fault(source, secret=secret.name, stage="AWSPENDING")).fault is SourceFault.MISSING
    secret.boto.delete_secret(SecretId=secret.name)
    assert (await fault(source, secret=secret.name)).fault is SourceFault.DELETED


async def test_who_may_not_read_is_denied(moto: MotoAccount, http: HttpClient) -> None:
    secret = Secret(moto, SecretString=FIRST)
    _, nobody = moto.user("secretsmanager:DescribeSecret")
    denied = await fault(SecretsManager(calls(http, moto.url, nobody)), secret=secret.name)
    assert denied.fault is SourceFault.DENIED
    assert "secretsmanager:GetSecretValue" in str(denied)


async def test_names_are_listed_page_by_page_without_deleted_ones(
    moto: MotoAccount, source: SecretsManager
) -> None:
    made = [Secret(moto, SecretString=FIRST) for _ in range(3)]
    made[0].boto.delete_secret(SecretId=made[0].name)
    found = {one.title: one for one in await source.names()}
    assert made[0].name not in found
    assert found[made[1].name].options == {"secret": made[1].name}
    assert found[made[2].name].key == made[2].name.removeprefix("prod/")


async def test_what_is_written_boto3_reads_and_the_old_version_is_the_previous_one(
    moto: MotoAccount, source: SecretsManager
) -> None:
    secret = Secret(moto, SecretString=FIRST)
    version = await source.put("op1", place(secret=secret.name), SECOND, after=secret.first)
    assert secret.current() == (SECOND, version)
    assert "AWSPREVIOUS" in secret.stages()[secret.first]
    assert (await source.read(place(secret=secret.name))).version == version


async def test_other_fields_stay_as_they_are(moto: MotoAccount, source: SecretsManager) -> None:
    secret = Secret(
        moto, SecretString='{"user": "app", "wanted": "value-for-tests", "port": 5432, "url": "ä/€"}'
    )
    where = place(secret=secret.name, field="wanted")
    version = await source.put("op1", where, SECOND, after=secret.first, fields={"user": "app2"})
    text, found = secret.current()
    assert (json.loads(str(text)), found) == (
        {"user": "app2", "wanted": SECOND, "port": 5432, "url": "ä/€"},
        version,
    )


async def test_bytes_are_written_as_bytes(moto: MotoAccount, source: SecretsManager) -> None:
    secret = Secret(moto, SecretBinary=b"\xff")
    await source.put("op1", place(secret=secret.name, encoding="base64"), "/v8=", after=secret.first)
    assert secret.current()[0] == b"\xfe\xff"


async def test_what_somebody_wrote_meanwhile_is_not_written_over(
    moto: MotoAccount, source: SecretsManager
) -> None:
    secret = Secret(moto, SecretString=FIRST)
    version = secret.put(THIRD)
    with pytest.raises(PublishConflictError):
        await source.put("op1", place(secret=secret.name), SECOND, after=secret.first)
    assert secret.current() == (THIRD, version)


async def test_a_change_between_the_look_and_the_move_is_not_written_over(
    moto: MotoAccount, source: SecretsManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = Secret(moto, SecretString=FIRST)
    move = source._move

    async def late(where: ReadPlace, version: str, after: str) -> None:
        secret.put(THIRD)
        await move(where, version, after)

    with monkeypatch.context() as patched:
        patched.setattr(source, "_move", late)
        with pytest.raises(PublishConflictError):
            await source.put("op1", place(secret=secret.name), SECOND, after=secret.first)
    assert secret.current()[0] == THIRD
    current = str(secret.current()[1])
    assert await source.put("op2", place(secret=secret.name), SECOND, after=current) == secret.current()[1]


async def test_the_same_again_writes_nothing_new(moto: MotoAccount, source: SecretsManager) -> None:
    secret = Secret(moto, SecretString=FIRST)
    where = place(secret=secret.name)
    version = await source.put("op1", where, SECOND, after=secret.first)
    assert await source.put("op1", where, SECOND, after=secret.first) == version
    assert len(secret.stages()) == 2


async def test_after_a_kill_between_writing_and_moving_it_goes_on(
    moto: MotoAccount, source: SecretsManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = Secret(moto, SecretString=FIRST)

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(source, "_move", killed)
        with pytest.raises(KeyboardInterrupt):
            await source.put("op1", place(secret=secret.name), SECOND, after=secret.first)
    assert secret.current() == (FIRST, secret.first)
    version = await source.put("op1", place(secret=secret.name), THIRD, after=secret.first)
    assert secret.current() == (THIRD, version)


async def test_a_version_that_another_rotation_left_behind_blocks(
    moto: MotoAccount, source: SecretsManager
) -> None:
    secret = Secret(moto, SecretString=FIRST)
    pending = secret.put(SECOND, "AWSPENDING")
    with pytest.raises(RotationBlockedError) as blocked:
        await source.put("op1", place(secret=secret.name), THIRD, after=secret.first)
    assert blocked.value.why is BlockedWhy.PENDING_VERSION
    assert pending in str(blocked.value)
    assert secret.current() == (FIRST, secret.first)


async def test_a_version_that_became_current_is_in_no_later_rotation_s_way(
    moto: MotoAccount, source: SecretsManager
) -> None:
    """With AWSPENDING left on it, as AWS's own rotation leaves it, it would (rotation-lambdas#168)."""
    secret = Secret(moto, SecretString=FIRST)
    await source.put("op1", place(secret=secret.name), SECOND, after=secret.first)
    by_hand = secret.make_current(secret.put(THIRD, "BY_HAND"))
    version = await source.put("op2", place(secret=secret.name), FIRST, after=by_hand)
    assert secret.current() == (FIRST, version)
    assert [stages for stages in secret.stages().values() if "AWSPENDING" in stages] == []


async def test_a_second_field_is_written_only_beside_one_that_is_read(
    moto: MotoAccount, source: SecretsManager
) -> None:
    secret = Secret(moto, SecretString=FIRST)
    with pytest.raises(RotationBlockedError):
        await source.put("op1", place(secret=secret.name), SECOND, after=secret.first, fields={"id": "x"})
    assert secret.current() == (FIRST, secret.first)
