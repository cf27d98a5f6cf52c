"""Serving: find out who we are, check what must hold, join the parts, run until told to stop."""

import asyncio
import time
from contextlib import aclosing
from functools import partial

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from envaccess import __version__, log
from envaccess import http as process
from envaccess.domain.audit import BOT, Tag
from envaccess.domain.errors import EnvaccessError, SettingsError, StoreError
from envaccess.http.api.intake import ApiIntake, mount
from envaccess.log import LogJournal
from envaccess.projections.workers import keep_on
from envaccess.settings import Settings
from envaccess.slack.answers import SlackForms, SlackResponder
from envaccess.slack.app import build_app
from envaccess.slack.background import Background
from envaccess.slack.client import Identity
from envaccess.slack.delivery import DirectDelivery
from envaccess.slack.events import register_events
from envaccess.slack.handler_context import HandlerContext
from envaccess.slack.http_endpoint import SlackEndpoint, build_web
from envaccess.slack.listeners import register
from envaccess.slack.socket import SocketMode
from envaccess.store import health
from envaccess.store.fleet import RedisFleet
from envaccess.wiring.api import serve_api
from envaccess.wiring.application import Application, Base, join
from envaccess.wiring.digest import weekly_digest
from envaccess.wiring.fleet import Presence
from envaccess.wiring.log_keys import open_log_keys
from envaccess.wiring.loops import loops
from envaccess.wiring.metrics import Metrics, open_meter
from envaccess.wiring.parts import RandomIds, open_keyring, open_redis, open_slack
from envaccess.wiring.readiness import Readiness
from envaccess.wiring.rotation_loops import rotation_loops
from envaccess.wiring.seal_keys import open_seals
from envaccess.wiring.sinks import sink_lags
from envaccess.wiring.start_checks import check_settings, check_slack, check_store
from envaccess.wiring.tracing import tracing
from envaccess.wiring.upgrade import upgrade_store


async def serve(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Serve until told to stop: by `stop`, or by SIGTERM or SIGINT where none is given.

    Raises:
        EnvaccessError: a setting is missing or wrong, Redis is unsafe or cannot be reached, a key is missing.
    """
    serving, policy, sources = check_settings(settings)
    token = serving.bot_token.get_secret_value()
    meter = open_meter(settings)
    async with tracing(settings), open_redis(settings) as client, open_slack(settings, token, meter) as slack:
        keyring, ids, journal = await open_keyring(settings, client), RandomIds(), LogJournal()
        base = Base(settings, serving, client, slack, keyring, ids, journal, policy, sources, meter)
        if stop:
            await _serve(base, stop)
        else:
            with process.stop_signals() as signalled:
                await _serve(base, signalled)


async def _serve(base: Base, stop: asyncio.Event) -> None:
    readiness = Readiness(partial(health.ping, base.client), base.slack.whoami, time.monotonic)
    endpoint, settings, metrics = process.HttpIntake(), base.settings, Metrics(base, time.monotonic)
    api = ApiIntake() if settings.api_url else None
    slack = None if base.serving.app_token else endpoint.take
    site = build_web(readiness.ask, slack, readiness.lag)
    if api:
        mount(site, api.take)
    host, trusted = settings.listen_address, settings.trusted_proxies
    async with (
        aclosing(readiness),
        process.listening(site, settings.port, host, trusted) as port,
        metrics.listening(),
    ):
        log.note("listening", address=host, port=port)
        identity = await process.until_known(base.slack.whoami, stop, _unreachable)
        if identity is None:
            return
        await check_store(base, identity)
        seals = await open_seals(base.client, identity.team, identity.user, base.keyring)
        application = join(base, identity, seals)
        try:
            if await process.until_known(
                lambda: check_slack(base, identity, application), stop, _unreachable
            ):
                await upgrade_store(base, identity, seals)
                await _run(base, identity, application, (readiness, metrics), (endpoint, api), stop)
        finally:
            await application.values.close()
            await application.directory.close()


async def _run(
    base: Base,
    identity: Identity,
    application: Application,
    told: tuple[Readiness, Metrics],
    endpoints: tuple[process.HttpIntake, ApiIntake | None],
    stop: asyncio.Event,
) -> None:
    background, (endpoint, api), (readiness, metrics) = Background(), endpoints, told
    front = _build_front(base, identity, application, background)
    intake = _open_intake(base, application, front, endpoint)
    sockets = intake if isinstance(intake, SocketMode) else None
    more = metrics.serve(application, sockets)
    if api:
        more.append(serve_api(base.settings, application, api))
        intake = process.Intakes(intake, api)
    readiness.serve(intake, application.lost, partial(sink_lags, base.settings.sinks, application.cursors))
    details = {"version": __version__, "mode": "socket" if sockets else "http"}
    presence = Presence(RedisFleet(application.runner), application.outbox.token, sockets, application.alarms)
    await presence.check()
    await _refuse_restore(application)
    await application.trail.append(base.ids.operation(), Tag.BOT_STARTED, BOT, details)
    log.note("started", **details)
    keys = await open_log_keys(base.client, identity.team, base.keyring, base.ids.operation())
    log.note("audit_key", key=str(keys.verifier))
    farewell = partial(_say_farewell, base, application, presence)
    more.append(partial(keep_on, "fleet", base.journal, presence.step))
    more.append(partial(keep_on, "digest", base.journal, weekly_digest(base, application).step))
    more += rotation_loops(base, application)
    workers = [*loops(base, application, keys, await application.trail.last()), *more]
    linger = partial(_linger, readiness, base.settings.drain_seconds)
    await process.run(process.Runtime(intake, workers, background.drain, farewell, linger), stop)


async def _linger(readiness: Readiness, seconds: int) -> None:
    """Take what a balancer sends before it looks again: Slack repeats no command and no press."""
    readiness.stop()
    await asyncio.sleep(seconds)


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


def _build_front(
    base: Base, identity: Identity, application: Application, background: Background
) -> AsyncApp:
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


def _open_intake(
    base: Base, application: Application, app: AsyncApp, endpoint: process.HttpIntake
) -> process.Intake:
    """Socket Mode where there is an app token, else HTTP mode's endpoint."""
    if base.serving.app_token:
        return SocketMode(app, base.slack, base.serving.app_token.get_secret_value(), meter=base.meter)
    assert base.serving.signing_secret
    verifier = SignatureVerifier(base.serving.signing_secret.get_secret_value())
    endpoint.handler = SlackEndpoint(app, verifier, application.trail.count_bad_signature, base.meter).take
    return endpoint


async def _say_farewell(base: Base, application: Application, presence: Presence) -> None:
    try:
        await presence.leave()
        await application.trail.append(base.ids.operation(), Tag.BOT_STOPPED, BOT, {})
    except StoreError as error:
        log.fault("stopped_not_audited", error)


def _unreachable(error: EnvaccessError) -> None:
    log.fault("slack_unreachable", error)
