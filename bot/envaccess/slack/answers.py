"""The two calls that a handler makes itself: the private answer to a press, and the modal that it opens."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from yarl import URL

from envaccess.projections.errors import MessageDelayedError, MessageRefusedError, MessageUncertainError
from envaccess.slack.calls import Refused, call, taken
from envaccess.slack.client import SlackClient
from envaccess.slack.render.blocks import Rendered

_OK = 200
_TOO_MANY = 429
_SERVER_FAULT = 500
_WAIT = 1.0
_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
"""Where Slack's response URLs are; the second is GovSlack's (https://docs.slack.dev/govslack)."""
_USED = frozenset({"exchanged_trigger_id", "trigger_exchanged"})
"""Both spellings are Slack's (docs/explanation/slack.md)."""


class SlackForms:
    """Fits `background.Forms`."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client.quick

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a modal; never waits on 429, since the trigger dies within 3 s.

        A repeated delivery finds its trigger used: the form is open already, and nothing is wrong (law 10).

        Raises:
            MessageError: see `calls.taken`.
        """
        answer = await call(self._client, "views.open", json={"trigger_id": trigger_id, "view": dict(view)})
        if not (isinstance(answer, Refused) and answer.code in _USED):
            taken(answer)


class SlackResponder:
    """Fits `background.Responder`: one POST each to the `response_url` that a payload brought.

    Bolt's own `respond` ignores `base_url` and does not raise on 404 (docs/explanation/slack.md).
    """

    def __init__(self, client: SlackClient) -> None:
        self._session = client.quick_session
        self._proxy = client.quick.proxy
        self._local = URL(client.quick.base_url).origin() if client.loopback else None

    async def answer(self, response_url: str, rendered: Rendered) -> None:
        """Show an ephemeral message; the pressed one stays as it is.

        Raises:
            MessageError: Slack did not take it, or may not have; or the address is not Slack's.
        """
        await self._say(response_url, rendered, replace=False)

    async def replace(self, response_url: str, rendered: Rendered) -> None:
        """Show an ephemeral message in the place of the one that was pressed.

        Raises:
            MessageError: Slack did not take it, or may not have; or the address is not Slack's.
        """
        await self._say(response_url, rendered, replace=True)

    async def _say(self, response_url: str, rendered: Rendered, *, replace: bool) -> None:
        body = {
            "response_type": "ephemeral",
            "replace_original": replace,
            "text": rendered.text,
            "blocks": rendered.blocks,
            "parse": "none",
        }
        await self._post(response_url, body)

    async def delete_original(self, response_url: str) -> None:
        """Remove the ephemeral message that was pressed.

        Raises:
            MessageError: Slack did not take it, or may not have.
        """
        await self._post(response_url, {"delete_original": True})

    async def _post(self, response_url: str, body: Mapping[str, Any]) -> None:
        url = self._read_url(response_url)
        # `from None`: the URL is as good as a password for 30 minutes, and aiohttp's errors name it.
        try:
            async with self._session.post(
                url, json=body, proxy=self._proxy, allow_redirects=False
            ) as response:
                _check(response.status, await response.text())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise MessageDelayedError(_WAIT) from None
        except (aiohttp.ClientError, TimeoutError, OSError, UnicodeDecodeError) as error:
            raise MessageUncertainError(f"response_url gave no answer: {type(error).__name__}") from None

    def _read_url(self, response_url: str) -> URL:
        """Parse an address as it will be called; only Slack's own, or the local Slack's, is (law 8).

        It came in a payload: whoever forged one would have us post into our own network.
        """
        try:
            url = URL(response_url)
            ours = url.origin() == self._local or _is_slacks(url)
        except ValueError:  # no URL, or one without a host: its text is not repeated
            ours = False
        if not ours:
            raise MessageRefusedError("response_url_not_of_slack") from None
        return url


def _is_slacks(url: URL) -> bool:
    return (url.scheme, url.port, url.user, url.password) == ("https", 443, None, None) and url.host in _HOSTS


def _check(status: int, body: str) -> None:
    if status == _TOO_MANY:
        raise MessageDelayedError(_WAIT)
    if status >= _SERVER_FAULT:
        raise MessageUncertainError(f"response_url answered {status}")
    code = _read_refusal(body)
    if status != _OK or code:
        raise MessageRefusedError(code or f"http_{status}")


def _read_refusal(body: str) -> str:
    """Slack's error code where the body says `ok: false`, which may come with status 200."""
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    refused = isinstance(found, dict) and found.get("ok") is False
    return str(found.get("error") or "not_ok") if refused else ""
