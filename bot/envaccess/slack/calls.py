"""One Web API call, with its answer as a value: no exception of slack-sdk or aiohttp leaves this file.

`SlackApiError.response.req_args` holds the body and the token, so nothing of the original is kept.
Answers tell apart what a caller must know: done, refused, to be tried later, or lost, and of a lost call
whether it may have had its effect.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from envaccess.application.ports.metrics import UNMETERED, Meter
from envaccess.domain.tracing import traced
from envaccess.projections.errors import MessageDelayedError, MessageRefusedError, MessageUncertainError
from envaccess.slack.metrics import CALL, LOST, NOT_SENT, OK, RATELIMITED, RETRY_AFTER_SECONDS, SLACK_CALLS

_DEFAULT_WAIT = 1.0
_LONGEST_WAIT = 600.0
_TOO_MANY = 429
_CALLER_FAULT = 400
_SERVER_FAULT = 500

# "It's possible some aspect of the operation succeeded before the error was raised"
# (https://docs.slack.dev/reference/methods/chat.postEphemeral, errors).
_HALF_DONE = frozenset({"fatal_error", "internal_error"})
_PASSING = frozenset({"ratelimited", "rate_limited", "service_unavailable", "request_timeout"})


@dataclass(frozen=True, slots=True)
class Done:
    """Slack answered `ok: true`."""

    data: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Slack answered `ok: false` (or a 4xx without words, as `http_404`): nothing was done.

    Attributes:
        needed: the scope that it asks for, with `missing_scope`.
    """

    code: str
    needed: str = ""


@dataclass(frozen=True, slots=True)
class Delayed:
    """Nothing was done, and the same call may pass in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer that can be read.

    Attributes:
        why: a few words without anything that was sent.
        sent: whether Slack may have acted; False when the connection was never made.
    """

    why: str
    sent: bool = True


Answer = Done | Refused | Delayed | Lost


class MeteredWebClient(AsyncWebClient):
    """slack-sdk's client, and who counts what is called with it.

    Attributes:
        meter: nobody, until somebody is set.
    """

    meter: Meter = UNMETERED


async def call(
    client: AsyncWebClient,
    method: str,
    *,
    json: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
    verb: Literal["GET", "POST"] = "POST",
    data: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Make one call, never repeated; the client's session sets its time limit.

    Args:
        client: whose token is used.
        method: which one.
        json: the body.
        params: in the URL.
        verb: how it is called.
        data: the body, as a form.
        headers: such as an `Authorization` in place of the token's.
    """
    more = {name: said for name, said in (("data", data), ("headers", headers)) if said is not None}
    with traced(CALL, method) as span:
        answer = await _ask(client, method, verb, {"json": json, "params": params, **more})
        span.came_to(_code_of(answer), failed=not isinstance(answer, Done))
    if isinstance(client, MeteredWebClient):
        _count(client.meter, method, answer)
    return answer


def _code_of(answer: Answer) -> str:
    """What Slack said, in a word."""
    match answer:
        case Done():
            return OK
        case Refused(code):
            return code
        case Delayed():
            return RATELIMITED
        case Lost(sent=sent):
            return LOST if sent else NOT_SENT


def _count(meter: Meter, method: str, answer: Answer) -> None:
    meter.count(SLACK_CALLS, method, _code_of(answer))
    if isinstance(answer, Delayed):
        meter.count(RETRY_AFTER_SECONDS, method, by=answer.seconds)


async def _ask(
    client: AsyncWebClient,
    method: str,
    verb: Literal["GET", "POST"],
    said: dict[str, Any],
) -> Answer:
    try:
        response = await client.api_call(method, http_verb=verb, **said)
    except SlackApiError as error:
        return _read_refusal(error.response)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        return Lost(type(error).__name__, sent=False)
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
        return Lost(type(error).__name__)
    except (ValueError, TypeError, AttributeError):
        # slack-sdk 3.47 fails so on a 200 whose body is no JSON object, which no Slack sends but a proxy may.
        return Lost("no JSON object")
    return (
        Done(response.data, response.headers) if isinstance(response.data, dict) else Lost("no JSON object")
    )


def taken(answer: Answer) -> Done:
    """Return what Slack said to a message, or say as an exception what became of it.

    Raises:
        MessageRefusedError: Slack refused it; it did not go out.
        MessageDelayedError: it did not go out, and may be sent again after some seconds.
        MessageUncertainError: it may have gone out.
    """
    match answer:
        case Done():
            return answer
        case Refused(code):
            raise MessageRefusedError(code)
        case Delayed(seconds):
            raise MessageDelayedError(seconds)
        case Lost(sent=False):
            raise MessageDelayedError(_DEFAULT_WAIT)
        case Lost(why):
            raise MessageUncertainError(f"Slack gave no answer: {why}")


def _read_refusal(response: object) -> Answer:
    """Read the response in a `SlackApiError`: slack-sdk's own, or aiohttp's where the body is no JSON."""
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    if status == _TOO_MANY or code in _PASSING:
        return Delayed(_read_wait(getattr(response, "headers", {})))
    unreadable = not code and not _CALLER_FAULT <= status < _SERVER_FAULT
    if unreadable or status >= _SERVER_FAULT or code in _HALF_DONE:
        return Lost(str(code or f"http_{status}"))
    needed = str(data.get("needed") or "") if isinstance(data, dict) else ""
    return Refused(str(code or f"http_{status}"), needed)


def _read_wait(headers: Mapping[str, str]) -> float:
    """Read `Retry-After`, whole seconds (https://docs.slack.dev/apis/web-api/rate-limits); 0 to 600.

    `inf` and `nan` are numbers to Python, and would have us wait for ever, or not at all.
    """
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return _DEFAULT_WAIT
    return min(max(seconds, 0.0), _LONGEST_WAIT) if math.isfinite(seconds) else _DEFAULT_WAIT
