"""From `sources.yml` to AWS: what the file may say, who signs, and what a source finds by looking."""

import json
import sys
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from envaccess.domain.errors import SettingsError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.sources.rotation_rule import RotationRule, RotatorKind
from envaccess.domain.variable import Variable
from envaccess.sources.aws.adapter import AwsAdapter
from envaccess.sources.aws.signing import AwsCredentials
from envaccess.sources.credentials import read_credential
from envaccess.sources.http_client import HttpClient
from envaccess.sources.opening import Surroundings, open_adapter
from envaccess.sources_file.reading import read_sources
from envaccess.sources_file.scalars import Lookup
from tests.fakes.moto_account import MotoAccount
from tests.unit.sources.aws.opened import now, place
from tests.unit.sources.aws.test_sessions import Role, allows

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-for-tests"}
ROLE = "arn:aws:iam::123456789012:role/deploy"


def text(source: str, name: str = "{match: A, read: {source: aws, secret: a}}") -> str:
    return f"version: 1\nsources:\n  aws: {{{source}}}\nnames:\n  - {name}\n"


def held(environment: Mapping[str, str]) -> Lookup:
    return Lookup(environment.get, lambda _path: "file-for-tests")


def read(source: str, name: str = "{match: A, rotate: {with: owner}}", **more: str) -> SourcesFile:
    found = read_sources(text(source, name), held({**KEYS, **more}))
    assert isinstance(found, SourcesFile), found
    return found


def faults(source: str, name: str = "{match: A, read: {source: aws, secret: a}}", **environment: str) -> str:
    found = read_sources(text(source, name), held(environment))
    assert isinstance(found, tuple), "it was taken"
    return " ".join(f"{fault.line} {fault}" for fault in found)


MANAGER = "kind: aws-secrets-manager, region: eu-central-1"
SESSIONS = "kind: aws-sts, region: eu-central-1"


def test_the_standard_variables_are_taken_where_nothing_else_is_said() -> None:
    spec = read(MANAGER).sources["aws"]
    assert [one.text for one in spec.credentials()] == ["AKIDEXAMPLE", "secret-for-tests"]
    spec = read(MANAGER, AWS_SESSION_TOKEN="token-for-tests").sources["aws"]
    assert [one.text for one in spec.credentials()][2] == "token-for-tests"
    assert "for-tests" not in repr(spec)


def test_a_key_that_is_named_is_not_mixed_with_the_environment_s() -> None:
    named = MANAGER + ", access_key_id: env:OTHER_ID, secret_access_key: 'file:/key'"
    spec = read(named, OTHER_ID="AKIDOTHER", AWS_SESSION_TOKEN="token-for-tests").sources["aws"]
    assert [one.text for one in spec.credentials()] == ["AKIDOTHER", "file-for-tests"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (MANAGER, "AWS_ACCESS_KEY_ID"),
        ("kind: aws-ssm, credentials: chain", "region"),
        ("kind: aws-ssm, region: Frankfurt, credentials: chain", "is no region"),
        ("kind: aws-ssm, region: eu-central-1.evil.example/, credentials: chain", "is no region"),
        (MANAGER + ", endpoint: 'http://169.254.169.254', credentials: chain", "no address"),
        (MANAGER + ", credentials: everything", "is not known here"),
        (MANAGER + ", access_key_id: env:KEY", "an access key has two parts"),
        (
            MANAGER + ", credentials: chain, access_key_id: env:KEY, secret_access_key: env:KEY",
            "finds its own",
        ),
        (MANAGER + ", access_key_id: value-for-tests", "a credential never stands in this file"),
    ],
)
def test_a_source_that_cannot_be_is_told(source: str, told: str) -> None:
    found = faults(source, KEY="key-for-tests")
    assert told in found
    assert "for-tests" not in found


@pytest.mark.parametrize(
    ("lease", "told"),
    [
        ("role: deploy", "no ARN of a role"),
        (f"role: '{ROLE}', longest: 5m", "no session lasts so long"),
        (f"role: '{ROLE}', longest: 13h", "no session lasts so long"),
        (f"role: '{ROLE}', policy: all", "no policy"),
        (f"role: '{ROLE}', policy: {{Statement: []}}", "no policy"),
        (f"role: '{ROLE}', policy: {{Statement: [{{Effect: Allow, Action: '{'s' * 2000}'}}]}}", "no policy"),
        (f"role: '{ROLE}', format: xml", "not known"),
    ],
)
def test_a_session_that_cannot_be_is_told(lease: str, told: str) -> None:
    found = faults(SESSIONS, f"{{match: A, lease: {{source: aws, {lease}}}}}", **KEYS)
    assert told in found
    assert "role" in faults(SESSIONS, "{match: A, lease: {source: aws}}", **KEYS)


def test_a_session_s_policy_is_written_as_the_rest_of_the_file() -> None:
    policy = "{Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*'}]}"
    lease = f"lease: {{source: aws, role: '{ROLE}', longest: 2h, policy: {policy}}}"
    found = read(SESSIONS, f"{{match: A, {lease}}}").place_of(Variable("default", "A"))
    assert isinstance(found, LeasePlace)
    assert json.loads(found.options["policy"])["Statement"][0]["Action"] == "s3:GetObject"
    assert found.options["longest"] == "7200"


def test_a_value_is_put_where_it_can_be_written_and_never_into_a_session() -> None:
    iam = text(MANAGER).replace("names:", "  iam: {kind: aws-iam, region: eu-central-1}\nnames:")
    rotate = "rotate: {with: aws-iam, source: iam, user: backup, key_id_field: id}"
    found = read_sources(iam.replace("secret: a}}", f"secret: a}}, {rotate}}}"), held(KEYS))
    assert isinstance(found, SourcesFile), found
    rule = found.rotation_of(Variable("default", "A"))
    assert rule
    assert (rule.user, rule.key_id_field) == ("backup", "id")


@pytest.fixture
async def opened(moto: MotoAccount) -> AsyncIterator[Any]:
    """Opens a source of the file, on moto."""
    http = HttpClient()
    withheld: list[str] = []

    def open_source(source: str, **environment: str) -> AwsAdapter:
        file = read(f"{source}, endpoint: '{moto.url}'", **environment)
        found = open_adapter(file.sources["aws"], Surroundings(http, time.monotonic, now, withheld.append))
        assert isinstance(found, AwsAdapter)
        return found

    open_source.withheld = withheld  # type: ignore[attr-defined]
    yield open_source
    await http.close()


def environment(who: AwsCredentials) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": who.key_id, "AWS_SECRET_ACCESS_KEY": who.secret}


async def test_it_says_who_it_is_and_what_is_missing(moto: MotoAccount, opened: Any) -> None:
    name, who = moto.user("secretsmanager:GetSecretValue")
    identity, listing = await opened(MANAGER, **environment(who)).check()
    assert (identity.ok, name in identity.said) == (True, True)
    assert (listing.ok, listing.grave) == (False, False)
    pasted = json.loads(listing.mend.removeprefix("to use it, allow "))
    assert pasted["Statement"] == [
        {"Effect": "Allow", "Action": ["secretsmanager:ListSecrets"], "Resource": "*"}
    ]
    assert all(one.ok for one in await opened(MANAGER, **environment(moto.root)).check())
    (identity,) = await opened(SESSIONS, **environment(who)).check()
    assert identity.ok


async def test_a_key_that_aws_does_not_know_is_denied(opened: Any) -> None:
    with pytest.raises(SourceFaultError) as failed:
        await opened(MANAGER).check()
    assert failed.value.fault is SourceFault.DENIED
    assert "does not know this access key" in str(failed.value)


async def test_a_clock_that_is_off_is_told(moto: MotoAccount) -> None:
    http = HttpClient()
    spec = read(f"{SESSIONS}, endpoint: '{moto.url}'", **environment(moto.root)).sources["aws"]
    found = open_adapter(spec, Surroundings(http, time.monotonic, lambda: now() - 120_000, lambda _: None))
    _, clock = await found.check()
    assert (clock.ok, clock.grave) == (False, False)
    assert "behind AWS's" in clock.said
    await http.close()


async def test_the_key_in_a_file_is_read_again_when_it_changed(moto: MotoAccount, tmp_path: Path) -> None:
    key, (_, who) = tmp_path / "key", moto.user()
    named = f"{SESSIONS}, endpoint: '{moto.url}', access_key_id: env:ID, secret_access_key: 'file:{key}'"
    key.write_text("file-for-tests")
    lookup = Lookup({"ID": who.key_id}.get, read_credential)
    found = read_sources(text(named, "{match: A, rotate: {with: owner}}"), lookup)
    assert isinstance(found, SourcesFile), found
    http = HttpClient()
    source = open_adapter(found.sources["aws"], Surroundings(http, time.monotonic, now, lambda _: None))
    with pytest.raises(SourceFaultError, match="does not belong to the access key"):
        await source.check()
    key.write_text(who.secret)
    assert (await source.check())[0].ok
    await http.close()


async def test_without_the_extra_the_chain_says_what_to_install(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    with pytest.raises(SettingsError, match=r"pip install 'envaccess\[aws\]'"):
        opened(f"{MANAGER}, credentials: chain")


async def test_the_chain_finds_what_boto_finds(
    moto: MotoAccount, opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A profile in a file, as boto reads it; another key in it counts as soon as boto says so."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    shared = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(shared))
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    source = opened(f"{MANAGER}, credentials: chain")
    with pytest.raises(SourceFaultError, match="boto's chain found none") as failed:
        await source.check()
    assert failed.value.fault is SourceFault.DENIED
    secret = f"prod/{uuid.uuid4().hex}"
    moto.boto("secretsmanager").create_secret(Name=secret, SecretString="value-for-tests")
    _, who = moto.user("secretsmanager:GetSecretValue")
    shared.write_text(f"[default]\naws_access_key_id = {who.key_id}\naws_secret_access_key = {who.secret}\n")
    assert (await source.read(place(secret=secret))).text == "value-for-tests"
    assert who.secret in opened.withheld


@pytest.mark.parametrize(
    ("rotate", "told"),
    [
        ("with: aws-iam, source: iam", "needs `user`"),
        ("with: aws-iam, user: backup", "needs `source`"),
        ("with: aws-iam, source: aws, user: backup", "is of kind aws-secrets-manager"),
        ("with: owner, key_id_field: id", "`key_id_field` means nothing with `owner`"),
    ],
)
def test_a_rotation_that_cannot_be_is_told(rotate: str, told: str) -> None:
    iam = text(MANAGER, f"{{match: A, read: {{source: aws, secret: a}}, rotate: {{{rotate}}}}}")
    found = read_sources(
        iam.replace("names:", "  iam: {kind: aws-iam, region: eu-central-1}\nnames:"), held(KEYS)
    )
    assert isinstance(found, tuple), "it was taken"
    assert told in " ".join(map(str, found))


def pasted(mend: str) -> tuple[list[str], str]:
    """The actions and the resource of a policy to paste."""
    (statement,) = json.loads(mend[mend.index("{") : mend.rindex("}") + 1])["Statement"]
    return statement["Action"], statement["Resource"]


async def test_a_place_says_which_permission_it_lacks(moto: MotoAccount, opened: Any) -> None:
    secret = f"prod/{uuid.uuid4().hex}"
    moto.boto("secretsmanager").create_secret(Name=secret, SecretString="value-for-tests")
    _, nobody = moto.user()
    (found,) = await opened(MANAGER, **environment(nobody)).check_place(place(secret=secret))
    assert not found.ok
    arn = f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{secret}-??????"
    assert pasted(found.mend) == (["secretsmanager:GetSecretValue"], arn)
    (found,) = await opened(MANAGER, **environment(moto.root)).check_place(place(secret=secret))
    assert (found.ok, found.said) == (True, f"{secret} can be read")
    (found,) = await opened(MANAGER, **environment(moto.root)).check_place(place(secret="prod/none"))
    assert (found.ok, "region" in found.mend) == (False, True)
    kind = "kind: aws-ssm, region: eu-central-1"
    (found,) = await opened(kind, **environment(nobody)).check_place(place(parameter="/prod/a"))
    arn = "arn:aws:ssm:eu-central-1:123456789012:parameter/prod/a"
    assert pasted(found.mend) == (["ssm:GetParameter"], arn)


async def test_a_role_is_tried_by_a_session_that_may_do_nothing(
    moto: MotoAccount, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    role, (_, nobody) = Role(moto), moto.user()
    source = opened(SESSIONS, **environment(moto.root))
    asked: list[dict[str, str]] = []
    query = source._calls.query

    async def noted(service: str, operation: str, **said: str) -> Any:
        asked.append(said)
        return await query(service, operation, **said)

    monkeypatch.setattr(source._calls, "query", noted)
    (found,) = await source.check_place(role.place())
    assert found.ok
    assert not allows(json.loads(asked[-1]["Policy"]), "s3:GetObject", now())
    (found,) = await opened(SESSIONS, **environment(nobody)).check_place(role.place())
    assert pasted(found.mend) == (["sts:AssumeRole"], role.arn)
    assert "trust policy" in found.mend


async def test_a_user_without_room_for_a_key_is_told_before_a_rotation(
    moto: MotoAccount, opened: Any
) -> None:
    user, nobody = moto.user()
    rule = RotationRule(RotatorKind.AWS_IAM, user=user)
    kind = "kind: aws-iam, region: eu-central-1"
    (found,) = await opened(kind, **environment(nobody)).check_rotation(rule)
    assert pasted(found.mend)[1] == f"arn:aws:iam::123456789012:user/{user}"
    assert all(one.ok for one in await opened(kind, **environment(moto.root)).check_rotation(rule))
    moto.boto("iam").create_access_key(UserName=user)
    _, room = await opened(kind, **environment(moto.root)).check_rotation(rule)
    assert (room.ok, room.grave) == (False, False)
