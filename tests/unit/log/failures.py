"""Errors as libraries raise them, full of what a person typed and of a token."""

import base64

import pydantic
import pytest
from aiohttp import ClientResponseError, RequestInfo
from multidict import CIMultiDict, CIMultiDictProxy
from redis.exceptions import ResponseError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from yarl import URL

from envaccess.domain.errors import StoreUnavailableError

TYPED = "what-a-person-typed"
TOKEN = "xoxb-token-for-tests"
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()


def api_error(message: str, response: object) -> SlackApiError:
    return SlackApiError(message, response)  # type: ignore[no-untyped-call]


def slack_error() -> SlackApiError:
    """The error of a refused `chat.postMessage`, as slack_sdk makes it: with token, body and answer."""
    response = AsyncSlackResponse(
        client=AsyncWebClient(token=TOKEN),
        http_verb="POST",
        api_url="https://slack.com/api/chat.postMessage",
        req_args={
            "headers": {"Authorization": f"Bearer {TOKEN}"},
            "json": {"channel": "C0APPROVERS", "text": TYPED, "blocks": [{"text": TYPED}]},
        },
        data={"ok": False, "error": "channel_not_found", "message": {"text": TYPED}},
        headers={},
        status_code=200,
    )
    return api_error(f"The request to the Slack API failed. {TYPED} {TOKEN}", response)


def redis_error() -> ResponseError:
    return ResponseError(f"OOM command not allowed: EVALSHA 0 {TYPED}")


def pydantic_error() -> pydantic.ValidationError:
    class Form(pydantic.BaseModel):
        number: int

    with pytest.raises(pydantic.ValidationError) as failed:
        Form.model_validate({"number": TYPED})
    return failed.value


def http_error() -> ClientResponseError:
    headers = CIMultiDictProxy(CIMultiDict({"Authorization": TOKEN}))
    asked = RequestInfo(URL(f"https://example.com/{TYPED}"), "GET", headers, URL("https://example.com"))
    return ClientResponseError(asked, (), status=502, message=TYPED)


def raise_chain() -> None:
    reason = value = TYPED  # noqa: F841 (a local variable for the traceback to show)
    try:
        try:
            raise slack_error()
        except SlackApiError:
            raise KeyError(TYPED) from redis_error()
    except KeyError as error:
        raise StoreUnavailableError("Redis was not reached") from ExceptionGroup(
            TYPED, [error, pydantic_error()]
        )
