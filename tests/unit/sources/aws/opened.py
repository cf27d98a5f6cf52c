"""Adapters as the tests open them: on moto, signed by whom they say."""

import time
from collections.abc import Callable, Mapping

from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.variable import Variable
from envaccess.sources.aws.calls import AwsCalls, AwsPlace
from envaccess.sources.aws.signing import AwsCredentials
from envaccess.sources.http_client import HttpClient, SourceAnswer
from tests.fakes.moto_account import REGION

KEY = Variable("production", "STRIPE_KEY")


def now() -> int:
    return int(time.time() * 1000)


def calls(
    http: HttpClient,
    url: str,
    credentials: AwsCredentials,
    source: str = "aws",
    clock: Callable[[], int] = now,
) -> AwsCalls:
    async def post(address: str, body: bytes, headers: Mapping[str, str]) -> SourceAnswer:
        return await http.send(source, "POST", address, headers=headers, body=body)

    async def identity() -> AwsCredentials:
        return credentials

    return AwsCalls(AwsPlace(source, REGION, url), post, identity, clock)


def place(**options: str) -> ReadPlace:
    return ReadPlace(KEY, "aws", options)
