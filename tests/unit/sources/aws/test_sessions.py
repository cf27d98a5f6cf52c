"""Sessions of STS, on moto with signatures on. It evaluates no policy of a session: that is done here."""

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from envaccess.domain.leases import Gone, HeldLease, LeaseIntent, Remains, StillThere, TimeLeft, lease_id
from envaccess.domain.sources.aws_policies import session_policy
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.places import LeasePlace
from envaccess.sources.aws.sessions import StsSessions
from envaccess.sources.aws.signing import AwsCredentials
from envaccess.sources.http_client import HttpClient
from tests.fakes.moto_account import ACCOUNT, MotoAccount
from tests.unit.sources.aws.opened import KEY, calls, now


class Role:
    """A role that anybody may assume, and may list access keys."""

    def __init__(self, moto: MotoAccount) -> None:
        self.moto, name = moto, f"role-{uuid.uuid4().hex[:8]}"
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        allow = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
        iam = moto.boto("iam")
        said = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=said)["Role"]["Arn"]
        iam.put_role_policy(
            RoleName=name,
            PolicyName="p",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
        )

    def place(self, **options: str) -> LeasePlace:
        return LeasePlace(KEY, "sts", {"role": self.arn, **options})


@pytest.fixture
def role(moto: MotoAccount) -> Role:
    return Role(moto)


@pytest.fixture
def leases(moto: MotoAccount, http: HttpClient) -> StsSessions:
    return StsSessions(calls(http, moto.url, moto.root, "sts"))


async def intent(leases: StsSessions, place: LeasePlace) -> LeaseIntent:
    made = lease_id("T0TEAM", "req00001", 0, 1)
    return LeaseIntent(made, place, await leases.pin(made, place))


def left(seconds: float) -> TimeLeft:
    return TimeLeft(int((seconds + 1) * 1000) + 500, time.monotonic)


def held(lease: LeaseIntent, pinned: Any = None) -> HeldLease:
    return HeldLease(lease.id, KEY, "sts", pinned or lease.pinned)


async def test_what_is_shown_works_and_carries_the_lease_s_id(
    moto: MotoAccount, role: Role, leases: StsSessions
) -> None:
    lease = await intent(leases, role.place())
    minted = await leases.mint(lease, left(120))
    shown = json.loads(minted.value.text)
    session = AwsCredentials(shown["AccessKeyId"], shown["SecretAccessKey"], shown["SessionToken"])
    assert moto.boto("sts", session).get_caller_identity()["Arn"].endswith(f"/{lease.id}")
    assert moto.boto("iam", session).list_users()["Users"]
    assert (shown["Version"], minted.value.version, minted.seconds) == (1, lease.id, None)
    ends = datetime.fromisoformat(shown["Expiration"]).timestamp()
    assert abs(ends - time.time() - 120) < 30


async def test_lines_of_an_environment_are_shown_where_the_file_says_so(
    role: Role, leases: StsSessions
) -> None:
    minted = await leases.mint(await intent(leases, role.place(format="env")), left(120))
    names = [line.partition("=")[0] for line in minted.value.text.splitlines()]
    assert names == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]


async def test_nothing_of_it_stands_in_a_repr(role: Role, leases: StsSessions) -> None:
    minted = await leases.mint(await intent(leases, role.place()), left(120))
    shown = json.loads(minted.value.text)
    for part in ("SecretAccessKey", "SessionToken"):
        assert shown[part] not in repr(minted)


async def test_an_early_end_is_said_to_be_none_until_its_time(role: Role, leases: StsSessions) -> None:
    lease = await intent(leases, role.place())
    minted = await leases.mint(lease, left(120))
    found = await leases.revoke(held(lease, minted.pinned))
    assert isinstance(found, StillThere)
    assert found.why is Remains.UNTIL
    assert "may still work until" in found.what
    assert role.arn in found.what
    past = {**minted.pinned, "until": str(now() - 2_000)}
    assert await leases.revoke(held(lease, past)) == Gone()
    assert await leases.revoke(held(lease, past)) == Gone()


async def test_the_end_is_aws_s_and_not_our_clock_s(moto: MotoAccount, http: HttpClient, role: Role) -> None:
    """A bot whose clock is ten minutes ahead does not say too early that it is over."""
    ahead = StsSessions(calls(http, moto.url, moto.root, "sts", lambda: now() + 600_000))
    lease = await intent(ahead, role.place())
    minted = await ahead.mint(lease, left(300))
    assert abs(int(minted.pinned["until"]) - now() - 300_000) < 30_000
    assert isinstance(await ahead.revoke(held(lease, minted.pinned)), StillThere)


async def test_what_a_killed_process_made_is_over_when_no_session_can_live_on(
    role: Role, leases: StsSessions
) -> None:
    lease = await intent(leases, role.place(longest="900"))
    await leases.mint(lease, left(600))
    found = await leases.revoke(held(lease))
    assert isinstance(found, StillThere)
    assert abs(int(lease.pinned["until"]) - now() - 960_000) < 30_000


async def test_an_extension_says_how_long_it_really_works(role: Role, leases: StsSessions) -> None:
    lease = await intent(leases, role.place())
    minted = await leases.mint(lease, left(60))
    works = await leases.extend(held(lease, minted.pinned), left(3_600))
    assert works is not None
    assert works <= 60
    with pytest.raises(SourceFaultError) as failed:
        await leases.extend(held(lease, {**minted.pinned, "until": "1000"}), left(3_600))
    assert failed.value.fault is SourceFault.MISSING


async def test_a_grant_longer_than_a_session_can_be_says_so(role: Role, leases: StsSessions) -> None:
    minted = await leases.mint(await intent(leases, role.place(longest="900")), left(7_200))
    assert minted.seconds == 900


async def test_who_may_not_assume_the_role_is_denied(moto: MotoAccount, http: HttpClient, role: Role) -> None:
    _, nobody = moto.user("sts:GetSessionToken")
    leases = StsSessions(calls(http, moto.url, nobody, "sts"))
    with pytest.raises(SourceFaultError) as failed:
        await leases.mint(await intent(leases, role.place()), left(120))
    assert failed.value.fault is SourceFault.DENIED
    assert "sts:AssumeRole" in str(failed.value)


OWN = [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
    {"Effect": "Deny", "Action": "iam:*", "Resource": "*"},
]


@pytest.mark.parametrize(
    "own", ["", json.dumps({"Version": "2012-10-17", "Statement": OWN[0]}), json.dumps({"Statement": OWN})]
)
def test_nothing_is_allowed_from_the_end_on(own: str) -> None:
    ends = 1_795_811_400_000
    made = json.loads(session_policy(own, ends) or "")
    assert allows(made, "s3:GetObject", ends - 1_000)
    assert not allows(made, "s3:GetObject", ends)
    assert not allows(made, "s3:GetObject", ends + 86_400_000)
    assert allows(made, "ec2:RunInstances", ends - 1_000) is (own == "")


@pytest.mark.parametrize(
    "own", ["[]", "no json", '{"Statement": []}', '{"Statement": "x"}', '{"a": 1, "a": 2}', "{}"]
)
def test_what_is_no_policy_makes_no_session(own: str) -> None:
    assert session_policy(own, 0) is None


async def test_a_policy_that_does_not_fit_makes_no_session(role: Role, leases: StsSessions) -> None:
    long = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:" + "x" * 2_100, "Resource": "*"}]})
    with pytest.raises(SourceFaultError) as failed:
        await leases.mint(await intent(leases, role.place(policy=long)), left(120))
    assert failed.value.fault is SourceFault.MALFORMED
    assert ACCOUNT in str(failed.value)


def allows(policy: dict[str, Any], action: str, at: int) -> bool:
    """Whether a policy allows something at a time, by the rules of IAM for what stands in these policies."""
    matching = [one["Effect"] for one in policy["Statement"] if matches(one, action, at)]
    return "Allow" in matching and "Deny" not in matching


def matches(statement: dict[str, Any], action: str, at: int) -> bool:
    named = statement["Action"]
    if named not in {"*", action} and not (named.endswith("*") and action.startswith(named[:-1])):
        return False
    for operator, keys in statement.get("Condition", {}).items():
        (said,) = keys.values()
        bound = datetime.fromisoformat(said).replace(tzinfo=UTC).timestamp() * 1000
        holds = {"DateLessThan": at < bound, "DateGreaterThanEquals": at >= bound}
        if not holds[operator]:
            return False
    return True
