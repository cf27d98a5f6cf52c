"""Calls of AWS: signed, sent, and their answers read.

Sources: AWS JSON 1.1 and AWS Query in smithy.io/2.0/aws/protocols; addresses in *Service endpoints and
quotas* of AWS General Reference.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol
from urllib.parse import urlencode, urlsplit

from envaccess.domain.sources.faults import SourceFault
from envaccess.sources.aws.answers import (
    AwsFaultError,
    error_of,
    json_object,
    malformed,
    xml_tree,
)
from envaccess.sources.aws.errors import SKEWED
from envaccess.sources.aws.signing import AwsCredentials, SigningScope, signed_headers

_SKEW: Final = 240_000
"""Milliseconds that our clock may differ from AWS's: it refuses what is signed five minutes off."""
_TARGETS: Final = {"secretsmanager": "secretsmanager", "ssm": "AmazonSSM"}
_VERSIONS: Final = {"sts": "2011-06-15", "iam": "2010-05-08"}
_OK: Final = 200


class AwsAnswer(Protocol):
    """What came back: bounded, whole, from no other address."""

    @property
    def status(self) -> int: ...  # noqa: D102
    @property
    def headers(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def body(self) -> bytes: ...  # noqa: D102


Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[AwsAnswer]]
"""POSTs a body to an address; raises `SourceFaultError` where there is no answer."""
Identity = Callable[[], Awaitable[AwsCredentials]]
"""Who we are now; raises `SourceFaultError` where nobody says so."""


@dataclass(frozen=True, slots=True)
class AwsPlace:
    """Which AWS is called.

    Attributes:
        source: its name in the file.
        region: such as `eu-central-1`.
        endpoint: instead of AWS's own address of each service; empty for that.
    """

    source: str
    region: str
    endpoint: str = ""

    def scope(self, service: str) -> SigningScope:
        """Where a signature counts; IAM is signed for one region a partition."""
        return SigningScope(_iam_region(self.region) if service == "iam" else self.region, service)

    def url(self, service: str) -> str:
        """The address of a service, with its final slash."""
        if self.endpoint:
            return self.endpoint.rstrip("/") + "/"
        domain = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        if service == "iam":
            return f"https://{_IAM_HOSTS.get(_iam_region(self.region), 'iam')}.{domain}/"
        return f"https://{service}.{self.region}.{domain}/"


_IAM_HOSTS: Final = {"us-gov-west-1": "iam.us-gov", "cn-north-1": "iam.cn-north-1"}


def _iam_region(region: str) -> str:
    if region.startswith("cn-"):
        return "cn-north-1"
    return "us-gov-west-1" if region.startswith("us-gov-") else "us-east-1"


class AwsCalls:
    """Signed calls of one source.

    Args:
        place: which AWS.
        post: how it is called.
        identity: whose signature it is.
        now: our clock, in milliseconds.
    """

    def __init__(self, place: AwsPlace, post: Post, identity: Identity, now: Callable[[], int]) -> None:
        self.source, self.region = place.source, place.region
        self._place, self._post, self._identity, self._now = place, post, identity, now
        self._ahead = 0
        self._off = 0
        self.answered_at = 0
        """AWS's clock in the last answer, in milliseconds; 0 where it did not say."""

    def clock_off(self) -> int:
        """How much AWS's clock was ahead of ours at its last answer, in milliseconds; 0: it did not say."""
        return self._off

    async def json(self, service: str, operation: str, **said: object) -> dict[str, Any]:
        """Call an operation of AWS JSON 1.1. Raises `SourceFaultError`."""
        headers = {
            "X-Amz-Target": f"{_TARGETS[service]}.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
        }
        body = json.dumps(said, separators=(",", ":")).encode()
        answer = await self._call(service, operation, headers, body)
        found = json_object(answer.body)
        if not found and answer.body.strip() != b"{}":
            raise malformed(self.source, f"{service}:{operation}")
        return found

    async def query(self, service: str, operation: str, **said: str) -> ET.Element:
        """Call an operation of AWS Query; the elements of its answer. Raises `SourceFaultError`."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        said = {"Action": operation, "Version": _VERSIONS[service], **said}
        answer = await self._call(service, operation, headers, urlencode(said).encode())
        tree = xml_tree(answer.body)
        if tree is None:
            raise malformed(self.source, f"{service}:{operation}")
        return tree

    async def _call(self, service: str, operation: str, headers: Mapping[str, str], body: bytes) -> AwsAnswer:
        """An answer that is 200; signed anew once where AWS's clock shows that the time of it was wrong.

        What was signed before a pause of the machine is compared with its own time, and what is signed next
        with the clock as it is now: both were mistaken for each other (aws-sdk-js-v3#7605, aws-sdk-cpp#560).
        """
        signed_at, answer = await self._send(service, headers, body)
        if answer.status == _OK:
            return answer
        error = self._error(service, operation, answer)
        if error.code in SKEWED and self.answered_at and abs(self.answered_at - signed_at) > _SKEW:
            self._ahead = self._off if abs(self._off) > _SKEW else 0
            _, answer = await self._send(service, headers, body)
            if answer.status == _OK:
                return answer
            error = self._error(service, operation, answer)
            if error.code in SKEWED and self._ahead:
                raise AwsFaultError(SourceFault.DENIED, self.source, self._clock_sentence(), error.code)
        raise error

    async def _send(self, service: str, headers: Mapping[str, str], body: bytes) -> tuple[int, AwsAnswer]:
        """The time that was signed, and the answer."""
        url = self._place.url(service)
        said = {**headers, "Host": urlsplit(url).netloc}
        identity = await self._identity()
        at = self._now() + self._ahead
        signed = signed_headers(identity, self._place.scope(service), at, said, body)
        answer = await self._post(url, body, signed)
        told = {name.lower(): text for name, text in answer.headers.items()}
        self.answered_at = _date(told.get("date", ""))
        self._off = self.answered_at - self._now() if self.answered_at else 0
        return at, answer

    def _error(self, service: str, operation: str, answer: AwsAnswer) -> AwsFaultError:
        return error_of(self.source, f"{service}:{operation}", answer.status, answer.headers, answer.body)

    def _clock_sentence(self) -> str:
        off = self._off
        said = f"{abs(off) // 1000} seconds {'behind' if off > 0 else 'ahead of'}"
        return f"This machine's clock is {said} that of the source {self.source}, which refuses us: set it"


def _date(text: str) -> int:
    """An HTTP date in milliseconds; 0 for what is none."""
    try:
        return int(parsedate_to_datetime(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0
