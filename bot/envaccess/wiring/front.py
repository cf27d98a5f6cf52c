"""What is the same for one workspace and for many: its listeners, and how its serving begins and ends."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from envaccess import __version__, log
from envaccess import http as process
from envaccess.application.ports.metrics import Meter
from envaccess.domain.audit import BOT, Tag
from envaccess.domain.errors import EnvaccessError, SettingsError, StoreError
from envaccess.projections.workers import Loop, keep_on
from envaccess.settings import Settings
from envaccess.slack.answers import SlackForms, SlackResponder
from envaccess.slack.app import build_app
from envaccess.slack.background import Background
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.delivery import DirectDelivery
from envaccess.slack.events import register_events
from envaccess.slack.handler_context import HandlerContext
from envaccess.slack.http_endpoint import SlackEndpoint
from envaccess.slack.incoming import Dispatch
from envaccess.slack.listeners import register
from envaccess.slack.socket import SocketMode
from envaccess.store import health
from envaccess.wiring.application import Application, Base
from envaccess.wiring.digest import weekly_digest
from envaccess.wiring.fleet import Presence
from envaccess.wiring.log_keys import open_log_keys
from envaccess.wiring.loops import loops
from envaccess.wiring.readiness import Readiness
from envaccess.wiring.rotation_loops import rotation_loops


def build_front(base: Base, identity: Identity, application: Application, background: Background) -> AsyncApp:
    """Bolt with every listener."""
    app = build_app(identity, base.slack)
    handler = HandlerContext(
        application.context,
        DirectDelivery(application.messages),
        SlackResponder(base.slack),
        SlackForms(base.slack),
        background,
        application.home,
        base.settings.api_url or "",
        base.serving.audit_channel,
    )
    register(app, handler)
    register_events(
        app,
        application.context,
        application.directory,
        application.alarms,
        application.guard,
        home=application.home.opened,
    )
    return app


async def begin(base: Base, application: Application, presence: Presence, mode: str) -> list[Loop]:
    """Join the other processes and tell that serving begins; what then runs beside the listeners.

    Raises:
        SettingsError: a process beside it writes what this one cannot read, or a restore is under way.
        StoreError: Redis did not answer.
    """
    await presence.check()
    await _refuse_restore(application)
    details = {"version": __version__, "mode": mode}
    await application.trail.append(base.ids.operation(), Tag.BOT_STARTED, BOT, details)
    log.note("started", **details, **_whose(base, application))
    workspace = application.directory.workspace
    keys = await open_log_keys(base.client, workspace, base.keyring, base.ids.operation())
    log.note("audit_key", key=str(keys.verifier), **_whose(base, application))
    return [
        *loops(base, application, keys, await application.trail.last()),
        partial(keep_on, "fleet", base.journal, presence.step),
        partial(keep_on, "digest", base.journal, weekly_digest(base, application).step),
        *rotation_loops(base, application),
    ]


def _whose(base: Base, application: Application) -> Mapping[str, str]:
    """Which workspace a line of the log is about, where a process serves several."""
    return {"workspace": application.directory.workspace} if base.replica else {}


async def _refuse_restore(application: Application) -> None:
    """Refuse a workspace of which a restore began since it was looked at.

    A restore begins only where nobody has the lease, so it is asked for first.
    """
    await application.outbox.lead()
    if await health.is_restoring(application.runner):
        await application.outbox.resign()
        raise SettingsError(
            "A restore of this workspace is under way: start again when `envaccess restore` is done"
        )


async def say_farewell(base: Base, application: Application, presence: Presence) -> None:
    """Leave the other processes, and tell that serving ended."""
    try:
        await presence.leave()
        await application.trail.append(base.ids.operation(), Tag.BOT_STOPPED, BOT, {})
    except StoreError as error:
        log.fault("stopped_not_audited", error)


def open_intake(
    settings: Settings,
    slack: SlackClient,
    answer: Dispatch,
    count_bad_signature: Callable[[], Awaitable[None]],
    meter: Meter,
    endpoint: process.HttpIntake,
) -> process.Intake:
    """Socket Mode where there is an app token, else HTTP mode's endpoint.

    Args:
        settings: with what serving needs.
        slack: the connections to Slack's Web API.
        answer: answers every payload.
        count_bad_signature: counts a request that is not Slack's.
        meter: counts and times.
        endpoint: where HTTP mode's requests come in.
    """
    if settings.slack_app_token:
        return SocketMode(answer, slack, settings.slack_app_token.get_secret_value(), meter=meter)
    assert settings.slack_signing_secret
    verifier = SignatureVerifier(settings.slack_signing_secret.get_secret_value())
    endpoint.handler = SlackEndpoint(answer, verifier, count_bad_signature, meter).take
    return endpoint


async def linger_unready(readiness: Readiness, seconds: int) -> None:
    """Take what a balancer sends before it looks again: Slack repeats no command and no press."""
    readiness.stop()
    await asyncio.sleep(seconds)


def note_unreachable(error: EnvaccessError) -> None:
    """Log that Slack did not answer, and is asked again."""
    log.fault("slack_unreachable", error)
