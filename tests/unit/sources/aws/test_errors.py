"""Errors as AWS and moto write them: each is its fault, and nothing of a body goes further."""

import json
from collections.abc import Mapping
from email.utils import formatdate

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.aws.calls import AwsCalls, AwsPlace
from envaccess.sources.aws.signing import AwsCredentials
from envaccess.sources.http_client import SourceAnswer

NOW = 1_795_811_400_000
SAID = "value-for-tests is said"


def in_json(code: str, status: int = 400, at: int = NOW) -> SourceAnswer:
    body = {"__type": f"com.amazonaws.service#{code}:http://internal/", "Message": SAID}
    return SourceAnswer(status, {"date": formatdate(at / 1000, usegmt=True)}, json.dumps(body).encode())


def in_header(code: str) -> SourceAnswer:
    headers = {"X-Amzn-ErrorType": f"{code}:http://internal/"}
    return SourceAnswer(400, headers, json.dumps({"message": SAID}).encode())


def in_query(code: str, status: int = 403) -> SourceAnswer:
    """As STS and IAM answer."""
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{SAID}</Message></Error>"
    space = "https://sts.amazonaws.com/doc/2011-06-15/"
    return SourceAnswer(status, {}, f'<ErrorResponse xmlns="{space}">{error}</ErrorResponse>'.encode())


def in_moto(code: str) -> SourceAnswer:
    """As moto answers each service where a permission is missing."""
    error = f"<Errors><Error><Code>{code}</Code><Message>{SAID}</Message></Error></Errors>"
    body = f'<?xml version="1.0" encoding="utf-8"?>\n<ErrorResponse>{error}</ErrorResponse>'
    return SourceAnswer(403, {}, body.encode())


class Aws:
    """Answers one after the other, the last one for ever."""

    def __init__(self, *answers: SourceAnswer, clock: int = NOW) -> None:
        self._answers = [*answers]
        self.signed_at: list[str] = []
        self.urls: list[str] = []
        self.calls = self.of(AwsPlace("aws", "eu-central-1"), clock)

    def of(self, place: AwsPlace, clock: int = NOW) -> AwsCalls:
        return AwsCalls(place, self._post, self._identity, lambda: clock)

    async def _post(self, url: str, _: bytes, headers: Mapping[str, str]) -> SourceAnswer:
        self.urls.append(url)
        self.signed_at.append(headers["X-Amz-Date"])
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    @staticmethod
    async def _identity() -> AwsCredentials:
        return AwsCredentials("AKIDEXAMPLE", "secret-for-tests")


async def fault_of(*answers: SourceAnswer, clock: int = NOW) -> SourceFaultError:
    with pytest.raises(SourceFaultError) as failed:
        await Aws(*answers, clock=clock).calls.json("secretsmanager", "GetSecretValue", SecretId="a")
    assert "for-tests" not in f"{failed.value} {failed.value!r}"
    assert failed.value.__cause__ is None
    return failed.value


@pytest.mark.parametrize("form", [in_json, in_header, in_query, in_moto])
@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("ResourceNotFoundException", SourceFault.MISSING),
        ("ParameterNotFound", SourceFault.MISSING),
        ("InvalidRequestException", SourceFault.DELETED),
        ("AccessDeniedException", SourceFault.DENIED),
        ("AccessDenied", SourceFault.DENIED),
        ("UnrecognizedClientException", SourceFault.DENIED),
        ("ExpiredTokenException", SourceFault.DENIED),
        ("DecryptionFailure", SourceFault.DENIED),
        ("ThrottlingException", SourceFault.DOWN),
        ("InternalServiceError", SourceFault.DOWN),
        ("ValidationException", SourceFault.MALFORMED),
    ],
)
async def test_an_error_is_its_fault_in_every_form(form: object, code: str, fault: SourceFault) -> None:
    assert callable(form)
    failed = await fault_of(form(code))
    assert (failed.fault, code in str(failed)) == (fault, True)
    assert "secretsmanager:GetSecretValue" in str(failed)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (in_json("SomethingForTestsException", 400), SourceFault.MALFORMED),
        (in_json("value-for-tests", 403), SourceFault.DENIED),
        (SourceAnswer(503, {}, b"<html>value-for-tests</html>"), SourceFault.DOWN),
        (SourceAnswer(429, {}, b""), SourceFault.DOWN),
        (SourceAnswer(404, {}, b"value-for-tests"), SourceFault.MALFORMED),
        (SourceAnswer(301, {"Location": "http://169.254.169.254/"}, b""), SourceFault.MALFORMED),
        (SourceAnswer(200, {}, b"value-for-tests"), SourceFault.MALFORMED),
        (SourceAnswer(200, {}, b'["value-for-tests"]'), SourceFault.MALFORMED),
        (SourceAnswer(200, {}, b"[" * 100_000), SourceFault.MALFORMED),
        (SourceAnswer(200, {}, b""), SourceFault.MALFORMED),
        (SourceAnswer(400, {}, b'{"__type": 7}'), SourceFault.MALFORMED),
    ],
)
async def test_what_no_documentation_says_is_told_by_its_status(
    answer: SourceAnswer, fault: SourceFault
) -> None:
    assert (await fault_of(answer)).fault is fault


@pytest.mark.parametrize(
    "body",
    [
        b"value-for-tests",
        b"<a><b></a>",
        b'<!DOCTYPE a [<!ENTITY e "value-for-tests">]><a>&e;</a>',
        b"<a>\xff</a>",
        b'<?xml version="1.0" encoding="nothing"?><a/>',
    ],
)
async def test_what_is_no_plain_xml_is_no_answer(body: bytes) -> None:
    """Nothing is expanded or fetched for it."""
    with pytest.raises(SourceFaultError) as failed:
        await Aws(SourceAnswer(200, {}, body)).calls.query("sts", "GetCallerIdentity")
    assert failed.value.fault is SourceFault.MALFORMED
    assert "for-tests" not in str(failed.value)


@pytest.mark.parametrize("code", ["InvalidSignatureException", "RequestExpired", "SignatureDoesNotMatch"])
@pytest.mark.parametrize("off", [-720_000, 720_000])
async def test_with_a_wrong_clock_it_is_signed_again_by_aws_s(code: str, off: int) -> None:
    ok = SourceAnswer(200, {"Date": formatdate(NOW / 1000, usegmt=True)}, b"{}")
    aws = Aws(in_json(code), ok, clock=NOW + off)
    assert await aws.calls.json("ssm", "GetParameter") == {}
    assert aws.signed_at[1] == "20261127T203000Z" != aws.signed_at[0]
    await aws.calls.json("ssm", "GetParameter")
    assert aws.signed_at[2] == "20261127T203000Z"
    assert aws.calls.clock_off() == -off


async def test_what_a_pause_made_too_old_is_signed_again_by_our_own_clock() -> None:
    """The machine stood still between signing and sending, and its clock is right by now."""
    aws = Aws(in_json("InvalidSignatureException"), SourceAnswer(200, {}, b"{}"))
    times = iter([NOW - 900_000, NOW, NOW])
    calls = AwsCalls(AwsPlace("aws", "eu-central-1"), aws._post, aws._identity, lambda: next(times))
    assert await calls.json("ssm", "GetParameter") == {}
    assert aws.signed_at == ["20261127T201500Z", "20261127T203000Z"]


async def test_a_clock_that_was_set_again_is_believed_again() -> None:
    ok = SourceAnswer(200, {"Date": formatdate(NOW / 1000, usegmt=True)}, b"{}")
    expired = in_json("RequestExpired")
    aws = Aws(expired, ok, expired, ok)
    clock = [NOW + 720_000]
    calls = AwsCalls(AwsPlace("aws", "eu-central-1"), aws._post, aws._identity, lambda: clock[0])
    await calls.json("ssm", "GetParameter")
    clock[0] = NOW
    await calls.json("ssm", "GetParameter")
    assert aws.signed_at[1:] == ["20261127T203000Z", "20261127T201800Z", "20261127T203000Z"]


async def test_a_clock_that_is_refused_again_is_told() -> None:
    failed = await fault_of(in_json("RequestExpired"), clock=NOW + 720_000)
    assert failed.fault is SourceFault.DENIED
    assert "clock is 720 seconds ahead of" in str(failed)


async def test_a_wrong_secret_is_not_tried_twice() -> None:
    aws = Aws(in_json("InvalidSignatureException"))
    with pytest.raises(SourceFaultError, match="does not belong to the access key"):
        await aws.calls.json("ssm", "GetParameter")
    assert len(aws.signed_at) == 1


@pytest.mark.parametrize(
    ("region", "service", "url"),
    [
        ("eu-central-1", "ssm", "https://ssm.eu-central-1.amazonaws.com/"),
        ("eu-central-1", "iam", "https://iam.amazonaws.com/"),
        ("cn-northwest-1", "secretsmanager", "https://secretsmanager.cn-northwest-1.amazonaws.com.cn/"),
        ("cn-northwest-1", "iam", "https://iam.cn-north-1.amazonaws.com.cn/"),
        ("us-gov-east-1", "iam", "https://iam.us-gov.amazonaws.com/"),
        ("us-gov-east-1", "sts", "https://sts.us-gov-east-1.amazonaws.com/"),
    ],
)
def test_each_service_is_called_where_boto_calls_it(region: str, service: str, url: str) -> None:
    import boto3  # noqa: PLC0415 - it takes a while, for these alone

    assert AwsPlace("aws", region).url(service) == url
    theirs = boto3.client(service, region, aws_access_key_id="a", aws_secret_access_key="b")
    assert theirs.meta.endpoint_url + "/" == url
