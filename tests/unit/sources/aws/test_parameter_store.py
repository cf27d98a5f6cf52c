"""Parameter Store, on moto with signatures and permissions on, and boto3 on the other side of each call."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from envaccess.domain.rotation import PublishConflictError, RotationBlockedError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.value import Value
from envaccess.sources.aws.calls import AwsCalls, AwsPlace
from envaccess.sources.aws.parameter_store import ParameterStore
from envaccess.sources.aws.signing import AwsCredentials
from envaccess.sources.http_client import HttpClient, SourceAnswer
from tests.fakes.moto_account import MotoAccount
from tests.unit.sources.aws.opened import calls, place

FIRST, SECOND = "value-for-tests", "second-value-for-tests"


@pytest.fixture
def source(moto: MotoAccount, http: HttpClient) -> ParameterStore:
    return ParameterStore(calls(http, moto.url, moto.root))


@pytest.fixture
def ssm(moto: MotoAccount) -> Any:
    return moto.boto("ssm")


def made(ssm: Any, text: str = FIRST, **more: str) -> str:
    name = f"/prod/{uuid.uuid4().hex}/URL"
    ssm.put_parameter(Name=name, Value=text, **{"Type": "SecureString", **more})
    return name


def now(ssm: Any, name: str) -> tuple[str, int, str]:
    found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    return found["Value"], found["Version"], found["Type"]


async def test_a_secure_string_is_read_decrypted(ssm: Any, source: ParameterStore) -> None:
    assert await source.read(place(parameter=made(ssm))) == Value(FIRST, "1")


async def test_a_version_or_label_is_read_where_one_is_named(ssm: Any, source: ParameterStore) -> None:
    name = made(ssm)
    ssm.put_parameter(Name=name, Value=SECOND, Type="SecureString", Overwrite=True)
    ssm.label_parameter_version(Name=name, ParameterVersion=1, Labels=["blue"])
    assert await source.read(place(parameter=name)) == Value(SECOND, "2")
    assert await source.read(place(parameter=name, version="1")) == Value(FIRST, "1")
    assert await source.read(place(parameter=name, version="blue")) == Value(FIRST, "1")


async def test_a_field_of_json_is_read(ssm: Any, source: ParameterStore) -> None:
    name = made(ssm, '{"password": "value-for-tests", "port": 5432}')
    assert (await source.read(place(parameter=name, field="port"))).text == "5432"


@pytest.mark.parametrize("asked", [{"parameter": "/prod/none"}, {"version": "7"}, {"version": "none"}])
async def test_what_is_not_there_is_missing(ssm: Any, source: ParameterStore, asked: dict[str, str]) -> None:
    with pytest.raises(SourceFaultError) as failed:
        await source.read(place(**{"parameter": made(ssm), **asked}))
    assert failed.value.fault is SourceFault.MISSING
    assert "for-tests" not in str(failed.value)


async def test_who_may_not_read_is_denied(moto: MotoAccount, ssm: Any, http: HttpClient) -> None:
    _, nobody = moto.user("ssm:DescribeParameters")
    with pytest.raises(SourceFaultError) as failed:
        await ParameterStore(calls(http, moto.url, nobody)).read(place(parameter=made(ssm)))
    assert failed.value.fault is SourceFault.DENIED
    assert "ssm:GetParameter" in str(failed.value)


async def test_names_are_listed(ssm: Any, source: ParameterStore) -> None:
    name = made(ssm)
    found = {one.title: one for one in await source.names()}
    assert (found[name].options, found[name].key) == ({"parameter": name}, "URL")


async def test_what_is_written_boto3_reads_with_its_type_and_key(ssm: Any, source: ParameterStore) -> None:
    """`PutParameter` without a key would put it under the account's default one, without a word."""
    name = made(ssm, KeyId="alias/ours")
    assert await source.put("op1", place(parameter=name), SECOND, after="1") == "2"
    assert now(ssm, name) == (SECOND, 2, "SecureString")
    described = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"][0]
    assert described["KeyId"] == "alias/ours"


async def test_only_the_field_is_written(ssm: Any, source: ParameterStore) -> None:
    name = made(ssm, '{"id": "one", "secret": "value-for-tests", "port": 5432}')
    await source.put("op1", place(parameter=name, field="secret"), SECOND, after="1", fields={"id": "two"})
    assert now(ssm, name)[0] == '{"id": "two", "secret": "second-value-for-tests", "port": 5432}'


async def test_the_same_again_writes_nothing(ssm: Any, source: ParameterStore) -> None:
    name = made(ssm)
    await source.put("op1", place(parameter=name), SECOND, after="1")
    assert await source.put("op1", place(parameter=name), SECOND, after="1") == "2"
    assert now(ssm, name)[1] == 2


async def test_what_somebody_wrote_meanwhile_is_not_written_over(ssm: Any, source: ParameterStore) -> None:
    name = made(ssm)
    ssm.put_parameter(Name=name, Value="third-value-for-tests", Type="SecureString", Overwrite=True)
    with pytest.raises(PublishConflictError):
        await source.put("op1", place(parameter=name), SECOND, after="1")
    assert now(ssm, name)[:2] == ("third-value-for-tests", 2)


class _Pages:
    """Answers of Parameter Store, one after the other."""

    def __init__(self, *pages: dict[str, object]) -> None:
        self._pages = [*pages]
        self.asked: list[dict[str, Any]] = []
        self.source = ParameterStore(
            AwsCalls(AwsPlace("ssm", "eu-central-1"), self._post, _identity, lambda: 0)
        )

    async def _post(self, _url: str, body: bytes, _headers: Mapping[str, str]) -> SourceAnswer:
        self.asked.append(json.loads(body))
        return SourceAnswer(200, {}, json.dumps(self._pages.pop(0)).encode())


async def _identity() -> AwsCredentials:
    return AwsCredentials("AKIDEXAMPLE", "secret-for-tests")


async def test_a_parameter_is_found_beyond_empty_pages() -> None:
    """AWS filters page by page: what is looked for may be on the second one (go-cloud#3135, boto3#1632)."""
    held = {"Name": "/prod/a", "Type": "SecureString", "KeyId": "alias/ours", "Tier": "Advanced"}
    pages = _Pages(
        {"Parameter": {"Value": FIRST, "Version": 1}},
        {"Parameters": [], "NextToken": "more"},
        {"Parameters": [held]},
        {"Version": 2},
    )
    assert await pages.source.put("op1", place(parameter="/prod/a"), SECOND, after="1") == "2"
    assert pages.asked[2]["NextToken"] == "more"
    assert pages.asked[3] == {**held, "Value": SECOND, "Overwrite": True}


async def test_names_of_every_page_are_listed() -> None:
    pages = _Pages(
        {"Parameters": [{"Name": "a"}], "NextToken": "1"},
        {"NextToken": "2"},
        {"Parameters": [{"Name": "/b/c"}]},
    )
    assert [one.key for one in await pages.source.names()] == ["a", "c"]


async def test_what_was_written_in_the_same_moment_is_told() -> None:
    pages = _Pages(
        {"Parameter": {"Value": FIRST, "Version": 1}},
        {"Parameters": [{"Name": "/prod/a", "Type": "String"}]},
        {"Version": 3},
    )
    with pytest.raises(PublishConflictError):
        await pages.source.put("op1", place(parameter="/prod/a"), SECOND, after="1")


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"version": "1"}, {}),
        ({"parameter": "arn:aws:ssm:eu-central-1:123456789012:parameter/prod/a"}, {}),
        ({}, {"id": "x"}),
    ],
)
async def test_what_cannot_be_written_is_told_before_anything_is_asked(
    options: dict[str, str], fields: dict[str, str]
) -> None:
    pages = _Pages()
    where = place(**{"parameter": "/prod/a", **options})
    with pytest.raises(RotationBlockedError):
        await pages.source.put("op1", where, SECOND, after="1", fields=fields)
    assert pages.asked == []
