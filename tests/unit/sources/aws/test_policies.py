"""What docs/how-to/sources-aws.md gives to paste is enough, and nothing of it too much.

On moto, with permissions on. It looks at actions alone, so that resources are `*` for it; which of
them match is asked here, by IAM's rules.
"""

import json
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from envaccess.domain.sources.aws_policies import ACTIONS
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.specs import SourceKind
from envaccess.domain.sources.value import Value
from envaccess.sources.aws.access_keys import AccessKeys
from envaccess.sources.aws.parameter_store import ParameterStore
from envaccess.sources.aws.secrets_manager import SecretsManager
from envaccess.sources.aws.sessions import StsSessions
from envaccess.sources.http_client import HttpClient
from tests.fakes.moto_account import MotoAccount
from tests.unit.sources.aws.opened import calls, place
from tests.unit.sources.aws.test_access_keys import Keys, no_wait, planned
from tests.unit.sources.aws.test_sessions import Role, intent, left

PAGE = (Path(__file__).parents[4] / "docs" / "how-to" / "sources-aws.md").read_text("utf-8")
GIVEN = [json.loads(text) for text in re.findall(r"^```json\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)]
STATEMENTS: list[dict[str, Any]] = [one for policy in GIVEN for one in policy["Statement"]]
SECRET = "arn:aws:secretsmanager:REGION:ACCOUNT:secret:prod/"
PARAMETER = "arn:aws:ssm:REGION:ACCOUNT:parameter/prod/"


def actions_of(statement: dict[str, Any]) -> list[str]:
    said = statement["Action"]
    return [said] if isinstance(said, str) else said


def test_the_page_gives_every_action_and_no_other() -> None:
    needed = {action for kind in ACTIONS.values() for actions in kind.values() for action in actions}
    assert sorted(action for one in STATEMENTS for action in actions_of(one)) == sorted(needed)
    assert all(one["Effect"] == "Allow" for one in STATEMENTS)


@pytest.mark.parametrize(
    ("action", "allowed", "other"),
    [
        ("secretsmanager:GetSecretValue", SECRET + "stripe-a1B2c3", SECRET + "stripe-live-a1B2c3"),
        ("secretsmanager:PutSecretValue", SECRET + "backup-key-a1B2c3", SECRET + "stripe-a1B2c3"),
        ("ssm:GetParameter", PARAMETER + "DB_URL", PARAMETER + "STRIPE"),
        ("ssm:PutParameter", PARAMETER + "backup-key", PARAMETER + "backup-key2"),
        ("sts:AssumeRole", "arn:aws:iam::ACCOUNT:role/deploy", "arn:aws:iam::ACCOUNT:role/admin"),
        ("iam:DeleteAccessKey", "arn:aws:iam::ACCOUNT:user/backup", "arn:aws:iam::ACCOUNT:user/other"),
    ],
)
def test_each_action_is_given_for_its_own_resource_only(action: str, allowed: str, other: str) -> None:
    (resource,) = [one["Resource"] for one in STATEMENTS if action in actions_of(one)]
    assert fnmatchcase(allowed, resource)
    assert not fnmatchcase(other, resource)


Use = Callable[[MotoAccount, HttpClient, Any], Awaitable[None]]


async def read_secret(moto: MotoAccount, http: HttpClient, who: Any) -> None:
    name = f"prod/{uuid.uuid4().hex}"
    moto.boto("secretsmanager").create_secret(Name=name, SecretString="value-for-tests")
    await SecretsManager(calls(http, moto.url, who)).read(place(secret=name))


async def write_secret(moto: MotoAccount, http: HttpClient, who: Any) -> None:
    name = f"prod/{uuid.uuid4().hex}"
    made = moto.boto("secretsmanager").create_secret(Name=name, SecretString="value-for-tests")
    await SecretsManager(calls(http, moto.url, who)).put(
        "o", place(secret=name), "b", after=made["VersionId"]
    )


async def list_secrets(moto: MotoAccount, http: HttpClient, who: Any) -> None:
    await SecretsManager(calls(http, moto.url, who)).names()


async def read_parameter(moto: MotoAccount, http: HttpClient, who: Any) -> None:
    name = f"/prod/{uuid.uuid4().hex}"
    moto.boto("ssm").put_parameter(Name=name, Value="value-for-tests", Type="SecureString")
    await ParameterStore(calls(http, moto.url, who)).read(place(parameter=name))


async def write_parameter(moto: MotoAccount, http: HttpClient, who: Any) -> None:
    name = f"/prod/{uuid.uuid4().hex}"
    moto.boto("ssm").put_parameter(Name=name, Value="value-for-tests", Type="SecureString")
    await ParameterStore(calls(http, moto.url, who)).put("o", place(parameter=name), "b", after="1")


async def list_parameters(moto: MotoAccount, http: HttpClient, who: Any) -> None:
    await ParameterStore(calls(http, moto.url, who)).names()


async def make_session(moto: MotoAccount, http: HttpClient, who: Any) -> None:
    leases = StsSessions(calls(http, moto.url, who, "sts"))
    await leases.mint(await intent(leases, Role(moto).place()), left(60))


async def rotate_key(moto: MotoAccount, http: HttpClient, who: Any) -> None:
    user, key = moto.user()
    held = json.dumps({"access_key_id": key.key_id, "secret_access_key": key.secret})
    rotator = AccessKeys(calls(http, moto.url, who), lambda one: calls(http, moto.url, one), no_wait)
    op = await planned(rotator, Keys(moto, http, user, held, {"user": user}))
    slot = await rotator.prepare(op)
    await rotator.kill_old(with_text(op, slot.text))


def with_text(op: Any, text: str) -> Any:
    return replace(op, current=Value(text, "2"))


USES: list[tuple[SourceKind, tuple[str, ...], Use]] = [
    (SourceKind.AWS_SECRETS_MANAGER, ("read",), read_secret),
    (SourceKind.AWS_SECRETS_MANAGER, ("rotate",), write_secret),
    (SourceKind.AWS_SECRETS_MANAGER, ("adopt",), list_secrets),
    (SourceKind.AWS_SSM, ("read",), read_parameter),
    (SourceKind.AWS_SSM, ("read", "rotate", "adopt"), write_parameter),
    (SourceKind.AWS_SSM, ("adopt",), list_parameters),
    (SourceKind.AWS_STS, ("read",), make_session),
    (SourceKind.AWS_IAM, ("rotate",), rotate_key),
]


@pytest.mark.parametrize(("kind", "parts", "use"), USES, ids=[use.__name__ for _, _, use in USES])
async def test_the_policy_is_enough_and_each_of_its_actions_is_needed(
    moto: MotoAccount, http: HttpClient, kind: SourceKind, parts: tuple[str, ...], use: Use
) -> None:
    actions = [action for part in parts for action in ACTIONS[kind][part]]
    await use(moto, http, moto.user(*actions)[1])
    for missing in actions:
        _, who = moto.user(*(one for one in actions if one != missing))
        with pytest.raises(SourceFaultError) as failed:
            await use(moto, http, who)
        assert failed.value.fault is SourceFault.DENIED
        assert missing in str(failed.value)
