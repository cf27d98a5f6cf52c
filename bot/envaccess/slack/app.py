"""Bolt, set up lean: one workspace, known since the start, and nothing that is asked of Slack per request.

The ack is the answer, so `process_before_response` is on; it also avoids Bolt's ack loop, which polls every
10 ms (docs/explanation/benchmarks.md). Requests are authentic before Bolt sees them: `web` checks the
signature, and Socket Mode needs none. Bolt's own check is off, since it logs the whole body of a bad request
(docs/explanation/slack.md).
"""

import logging

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from envaccess import log
from envaccess.domain.errors import EnvaccessError
from envaccess.settings.bolt_environment import hidden_from_bolt
from envaccess.slack.client import Identity, SlackClient


class _KnownSinceStart(AsyncAuthorize):
    """Answers with what `auth.test` said once. It hands out no token: our calls go through `SlackClient`."""

    def __init__(self, identity: Identity) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._result = AuthorizeResult(
            enterprise_id=identity.enterprise or None,
            team_id=identity.team,
            bot_user_id=identity.user,
            bot_id=identity.bot,
        )

    async def __call__(self, **_: object) -> AuthorizeResult:
        """Return the same for every request; the services check whose it is."""
        return self._result


def build_app(identity: Identity, client: SlackClient) -> AsyncApp:
    """Make the app without any listener."""
    logger = _quiet_logger()
    with hidden_from_bolt():
        app = AsyncApp(
            name="envaccess",
            logger=logger,
            client=_tokenless(client),
            authorize=_KnownSinceStart(identity),
            signing_secret="",
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            request_verification_enabled=False,
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
    logger.setLevel(logging.WARNING)
    app.error(_answer_fault)
    return app


def _quiet_logger() -> logging.Logger:
    """Hide one warning of Bolt's start: that it found SLACK_BOT_TOKEN and will not use it."""
    logger = logging.getLogger("slack_bolt.envaccess")
    logger.setLevel(logging.ERROR)
    return logger


def _tokenless(client: SlackClient) -> AsyncWebClient:
    """Return the pattern of the client that Bolt makes for each request, and that nobody uses."""
    return AsyncWebClient(base_url=client.quick.base_url, session=client.quick_session, retry_handlers=[])


async def _answer_fault(error: Exception) -> BoltResponse:
    """Log in one line what no listener caught; Slack repeats an event that gets no 200."""
    if isinstance(error, BoltUnhandledRequestError):
        log.fault("no_listener", error)
        return BoltResponse(status=404)
    if isinstance(error, EnvaccessError):
        log.fault("listener_failed", error)
    else:
        log.unexpected("listener", error)
    return BoltResponse(status=500)
