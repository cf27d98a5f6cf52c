"""Serving: find out who we are, check what must hold, join the parts, run until told to stop."""

import asyncio
import time
from contextlib import aclosing
from functools import partial

from envaccess import http as process
from envaccess import log
from envaccess.http.api.intake import ApiIntake, mount
from envaccess.log import LogJournal
from envaccess.settings import Settings
from envaccess.slack.background import Background
from envaccess.slack.client import Identity
from envaccess.slack.http_endpoint import build_web
from envaccess.slack.incoming import dispatch
from envaccess.slack.socket import SocketMode
from envaccess.store import health
from envaccess.store.fleet import RedisFleet
from envaccess.wiring.api import serve_api
from envaccess.wiring.application import Application, Base, join
from envaccess.wiring.fleet import Presence
from envaccess.wiring.front import (
    begin,
    build_front,
    linger_unready,
    note_unreachable,
    open_intake,
    say_farewell,
)
from envaccess.wiring.metrics import Metrics, measure, open_meter
from envaccess.wiring.parts import RandomIds, open_keyring, open_redis, open_slack
from envaccess.wiring.readiness import Readiness
from envaccess.wiring.seal_keys import open_seals
from envaccess.wiring.sinks import sink_lags
from envaccess.wiring.start_checks import check_settings, check_slack, check_store
from envaccess.wiring.tracing import tracing
from envaccess.wiring.upgrade import upgrade_store
from envaccess.wiring.workspaces.serving import serve_workspaces


async def serve(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Serve until told to stop: by `stop`, or by SIGTERM or SIGINT where none is given.

    Raises:
        EnvaccessError: a setting is missing or wrong, Redis is unsafe or cannot be reached, a key is missing.
    """
    if settings.slack_client_id or settings.slack_client_secret:
        await serve_workspaces(settings, stop)
        return
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
    endpoint, settings, metrics = (
        process.HttpIntake(),
        base.settings,
        Metrics(base.settings, base.meter, time.monotonic),
    )
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
        identity = await process.until_known(base.slack.whoami, stop, note_unreachable)
        if identity is None:
            return
        await check_store(base, identity)
        seals = await open_seals(base.client, identity.team, identity.user, base.keyring)
        application = join(base, identity, seals)
        try:
            if await process.until_known(
                lambda: check_slack(base, identity, application), stop, note_unreachable
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
    front = build_front(base, identity, application, background)
    intake = open_intake(
        base.settings,
        base.slack,
        partial(dispatch, front),
        application.trail.count_bad_signature,
        base.meter,
        endpoint,
    )
    sockets = intake if isinstance(intake, SocketMode) else None
    gauges, more = measure(base, application, sockets, time.monotonic)
    metrics.serve(gauges.read)
    if api:
        more.append(serve_api(base.settings, application, api))
        intake = process.Intakes(intake, api)
    readiness.serve(intake, application.lost, partial(sink_lags, base.settings.sinks, application.cursors))
    presence = Presence(RedisFleet(application.runner), application.outbox.token, sockets, application.alarms)
    workers = [*await begin(base, application, presence, "socket" if sockets else "http"), *more]
    farewell = partial(say_farewell, base, application, presence)
    linger = partial(linger_unready, readiness, base.settings.drain_seconds)
    await process.run(process.Runtime(intake, workers, background.drain, farewell, linger), stop)
