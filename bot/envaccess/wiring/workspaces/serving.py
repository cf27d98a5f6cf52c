"""Serving every workspace that installed the app, by one process."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from typing import Final

from slack_bolt.response import BoltResponse

from envaccess import http as process
from envaccess import log
from envaccess.domain.errors import SettingsError, StoreError
from envaccess.domain.workspaces import WorkspacesFile
from envaccess.log import LogJournal
from envaccess.projections.workers import Loop, keep_on
from envaccess.settings import Settings
from envaccess.slack.alarms import Alarms
from envaccess.slack.answers import SlackResponder
from envaccess.slack.background import Background
from envaccess.slack.client import SlackClient
from envaccess.slack.http_endpoint import build_web
from envaccess.slack.incoming import Body
from envaccess.slack.render import unserved
from envaccess.slack.routing import PayloadRouter
from envaccess.slack.socket import SocketMode
from envaccess.slack.unserved import UnservedAnswers
from envaccess.store import health
from envaccess.wiring.front import linger_unready, open_intake
from envaccess.wiring.metrics import Metrics, open_meter
from envaccess.wiring.parts import RandomIds, WallClock, open_keyring, open_redis, open_slack
from envaccess.wiring.readiness import Readiness
from envaccess.wiring.start_checks import check_process
from envaccess.wiring.tracing import tracing
from envaccess.wiring.workspaces.file import WatchedWorkspaces, workspaces_at_start
from envaccess.wiring.workspaces.gauges import measure_all
from envaccess.wiring.workspaces.host import Workspaces, WorkspaceState
from envaccess.wiring.workspaces.installing import installing_of, open_installations
from envaccess.wiring.workspaces.locate import locate
from envaccess.wiring.workspaces.running import Shared

_ASKED_MOST: Final = 3
"""Workspaces whose tokens are tried to find out whether Slack answers."""


async def serve_workspaces(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Serve until told to stop: by `stop`, or by SIGTERM or SIGINT where none is given.

    Raises:
        EnvaccessError: a setting is missing or wrong, Redis is unsafe or cannot be reached, a key is missing.
    """
    file = _check(settings)
    meter = open_meter(settings)
    async with tracing(settings), open_redis(settings) as client, open_slack(settings, "", meter) as slack:
        keyring, ids = await open_keyring(settings, client), RandomIds()
        shared = Shared(settings, client, keyring, ids, LogJournal(), meter, ids.operation())
        if stop:
            await _serve(shared, slack, file, stop)
        else:
            with process.stop_signals() as signalled:
                await _serve(shared, slack, file, signalled)


def _check(settings: Settings) -> WorkspacesFile:
    """What the file of workspaces says, where nothing is wrong. Raises `SettingsError` with every fault."""
    faults = list(check_process(settings))
    try:
        file = workspaces_at_start(settings.workspaces_file)
    except SettingsError as error:
        raise SettingsError(*faults, *error.sentences) from None
    if faults:
        raise SettingsError(*faults)
    return file


async def _serve(shared: Shared, slack: SlackClient, file: WorkspacesFile, stop: asyncio.Event) -> None:
    settings, background = shared.settings, Background()
    assert settings.slack_client_id
    alarms = Alarms()
    installations = open_installations(shared, alarms)
    watched = WatchedWorkspaces(settings.workspaces_file, file, alarms, WallClock())
    workspaces = Workspaces(shared, installations, watched, alarms)
    router = PayloadRouter(
        workspaces.find,
        partial(_unserved, workspaces, UnservedAnswers(SlackResponder(slack), background)),
        partial(locate, workspaces),
    )
    readiness = Readiness(
        partial(health.ping, shared.client), partial(_ask_slack, workspaces), time.monotonic
    )
    endpoint = process.HttpIntake()
    site = build_web(readiness.ask, None if settings.slack_app_token else endpoint.take, readiness.lag)
    installing = installing_of(shared, slack, installations, watched, workspaces, alarms)
    installing.mount(site)
    intake = open_intake(
        settings,
        slack,
        installing.before(router.answer),
        partial(_count_bad_signature, workspaces),
        shared.meter,
        endpoint,
    )
    workspaces.sockets = intake if isinstance(intake, SocketMode) else None
    host, trusted = settings.listen_address, settings.trusted_proxies
    metrics = Metrics(settings, shared.meter, time.monotonic)
    async with (
        aclosing(readiness),
        process.listening(site, settings.port, host, trusted) as port,
        metrics.listening(),
    ):
        log.note("listening", address=host, port=port)
        readiness.serve(intake, workspaces.none_servable)
        metrics.serve(partial(measure_all, workspaces, alarms))
        await process.run(_runtime(shared, intake, workspaces, installing.loops, background, readiness), stop)


def _runtime(
    shared: Shared,
    intake: process.Intake,
    workspaces: Workspaces,
    more: Sequence[Loop],
    background: Background,
    readiness: Readiness,
) -> process.Runtime:
    """What runs until told to stop, and how it ends."""
    return process.Runtime(
        intake,
        [partial(keep_on, "workspaces", shared.journal, workspaces.step), *more],
        partial(_drain, workspaces, background),
        workspaces.close,
        partial(linger_unready, readiness, shared.settings.drain_seconds),
    )


async def _drain(workspaces: Workspaces, background: Background, seconds: float) -> bool:
    return all(await asyncio.gather(background.drain(seconds), workspaces.drain(seconds)))


async def _ask_slack(workspaces: Workspaces) -> None:
    """Whether Slack answers one of the first few workspaces; where none is served, nobody asks."""
    asked = [running.base.slack for running in workspaces.running.values()][:_ASKED_MOST]
    answers = await asyncio.gather(*(slack.whoami() for slack in asked), return_exceptions=True)
    faults = [answer for answer in answers if isinstance(answer, BaseException)]
    if faults and len(faults) == len(answers):
        raise faults[0]


async def _count_bad_signature(workspaces: Workspaces) -> None:
    """Count it in every workspace: a forged request is nobody's, and each has people who look for such."""
    trails = [running.application.trail for running in workspaces.running.values()]
    for answer in await asyncio.gather(
        *(trail.count_bad_signature() for trail in trails), return_exceptions=True
    ):
        if isinstance(answer, StoreError):
            raise answer


async def _unserved(
    workspaces: Workspaces, answers: UnservedAnswers, team: str, payload: Body
) -> BoltResponse:
    """What is said in a workspace that no application answers for."""
    state = workspaces.state(team) if team else None
    match state:
        case None:
            rendered = unserved.render_unclear()
        case WorkspaceState.NOT_INSTALLED:
            rendered = unserved.render_not_installed()
        case WorkspaceState.WITHOUT_SETTINGS:
            rendered = unserved.render_without_settings(team)
        case _:
            rendered = unserved.render_away()
    log.note("workspace_not_served", workspace=team, state=str(state or "unclear"))
    return answers.answer(payload, rendered, again=state is WorkspaceState.AWAY)
