"""Serving: find out who we are, check what must hold, join the parts, run until told to stop."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_sdk.signature import SignatureVerifier

from bot import __version__, log
from bot import serve as process
from bot.crypto.keys import Keyring
from bot.domain.audit import Actor, ActorKind, Tag
from bot.domain.errors import EnvaccessError, SettingsError, StoreError
from bot.domain.health import Fault
from bot.log.journal import LogJournal
from bot.services import checks, workers
from bot.services.audit_lines import AuditLines
from bot.services.pace import Pace
from bot.services.relay import Relay
from bot.services.world import World
from bot.settings import Serving, Settings
from bot.slack.alarms import Alarms
from bot.slack.answers import SlackForms, SlackResponder
from bot.slack.app import build_app
from bot.slack.background import Background
from bot.slack.client import Identity, SlackClient
from bot.slack.desk import Desk
from bot.slack.directory import SlackDirectory
from bot.slack.events import register_events
from bot.slack.guard import ChannelGuard
from bot.slack.listeners import register
from bot.slack.messages import SlackMessages
from bot.slack.socket import SocketMode
from bot.slack.web import SlackDoor, build_web
from bot.store import health
from bot.store.client import Client
from bot.store.outbox import RedisOutbox
from bot.store.requests import RedisRequests
from bot.store.reveals import RedisReveals
from bot.store.runner import Runner
from bot.store.sealed import SealedStore
from bot.store.trail import RedisTrail
from bot.store.upkeep import RedisCache, RedisDeadlines, RedisThrottle
from bot.wiring.parts import RandomIds, open_keyring, open_redis, open_slack, open_values
from bot.wiring.readiness import Readiness

_BOT = Actor(ActorKind.BOT)


@dataclass(frozen=True, slots=True)
class _Base:
    """What stands before we know who we are."""

    settings: Settings
    serving: Serving
    client: Client
    slack: SlackClient
    keyring: Keyring
    ids: RandomIds
    journal: LogJournal


@dataclass(frozen=True, slots=True)
class _House:
    """Everything joined, for one workspace."""

    world: World
    trail: RedisTrail
    outbox: RedisOutbox
    deadlines: RedisDeadlines
    directory: SlackDirectory
    messages: SlackMessages
    memory: health.Memory
    pace: Pace
    alarms: Alarms
    guard: ChannelGuard


async def serve(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Serve until told to stop: by `stop`, or by SIGTERM or SIGINT where none is given.

    Raises:
        EnvaccessError: a setting is missing or wrong, Redis is unsafe or cannot be reached, a key is missing.
    """
    serving = settings.for_serving()
    _refuse(checks.check_distinct(serving.approvers_channel, serving.audit_channel))
    token = serving.bot_token.get_secret_value()
    async with open_redis(settings) as client, open_slack(settings, token) as slack:
        keyring = await open_keyring(settings, client)
        base = _Base(settings, serving, client, slack, keyring, RandomIds(), LogJournal())
        if stop:
            await _serve(base, stop)
        else:
            with process.stop_signals() as signalled:
                await _serve(base, signalled)


async def _serve(base: _Base, stop: asyncio.Event) -> None:
    readiness = Readiness(partial(health.ping, base.client), base.slack.whoami, time.monotonic)
    door = process.Door()
    application = build_web(readiness.ask, None if base.serving.app_token else door.take)
    async with aclosing(readiness), process.listening(application, base.settings.port) as port:
        log.note("listening", port=port)
        identity = await process.until_known(base.slack.whoami, stop, _unreachable)
        if identity is None:
            return
        await _check_store(base, identity)
        house = _join(base, identity)
        try:
            if await process.until_known(lambda: _check_slack(base, identity, house), stop, _unreachable):
                await _run(base, identity, house, readiness, door, stop)
        finally:
            await house.directory.close()


async def _run(
    base: _Base,
    identity: Identity,
    house: _House,
    readiness: Readiness,
    door: process.Door,
    stop: asyncio.Event,
) -> None:
    background = Background()
    app = build_app(identity, base.slack)
    desk = Desk(
        house.world,
        house.messages,
        SlackResponder(base.slack),
        SlackForms(base.slack),
        background,
        push=base.settings.delivery == "push",
    )
    register(app, desk)
    register_events(app, house.world, house.directory, house.alarms, house.guard)
    intake: process.Intake = door
    if base.serving.app_token:
        intake = SocketMode(app, base.slack, base.serving.app_token.get_secret_value())
    elif base.serving.signing_secret:
        verifier = SignatureVerifier(base.serving.signing_secret.get_secret_value())
        door.handler = SlackDoor(app, verifier, house.trail.count_bad_signature).take
    readiness.serve(intake, lambda: bool(house.pace.lost or house.alarms.faults))
    details = {"version": __version__, "mode": "socket" if base.serving.app_token else "http"}
    await house.trail.append(base.ids.operation(), Tag.BOT_STARTED, _BOT, details)

    async def farewell() -> None:
        try:
            await house.trail.append(base.ids.operation(), Tag.BOT_STOPPED, _BOT, {})
        except StoreError as error:
            log.fault("stopped_not_audited", error)

    await process.run(process.Crew(intake, _workers(base, house), background.drain, farewell), stop)


def _join(base: _Base, identity: Identity) -> _House:
    """The adapters of one workspace, joined."""
    serving, ids = base.serving, base.ids
    runner = Runner(base.client, identity.team)
    memory, trail, alarms = health.Memory(base.client), RedisTrail(runner), Alarms()
    guard = ChannelGuard(
        alarms,
        serving.approvers_channel,
        serving.audit_channel,
        public_allowed=base.settings.unsafe_public_approvers,
    )
    directory = SlackDirectory(base.slack, identity, RedisCache(runner), time.monotonic, admits=guard.admits)
    world = World(
        requests=RedisRequests(runner, memory.full),
        reveals=RedisReveals(runner, ids.operation),
        trail=trail,
        throttle=RedisThrottle(runner),
        secrets=SealedStore(runner),
        source=open_values(base.client, identity.team, base.keyring),
        directory=directory,
        ids=ids,
        approvers_channel=serving.approvers_channel,
    )
    return _House(
        world=world,
        trail=trail,
        outbox=RedisOutbox(runner, ids.operation()),
        deadlines=RedisDeadlines(runner),
        directory=directory,
        messages=SlackMessages(base.slack, audit_channel=serving.audit_channel),
        memory=memory,
        pace=Pace(
            time.monotonic,
            lambda channel, code: base.journal.fault("channel_lost", channel=channel, code=code),
        ),
        alarms=alarms,
        guard=guard,
    )


def _workers(base: _Base, house: _House) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    journal, outbox, channel = base.journal, house.outbox, base.serving.approvers_channel
    relay = Relay(outbox, house.messages, journal, house.pace, channel)
    lines = AuditLines(outbox, house.trail, house.messages, journal, house.pace, base.serving.audit_channel)
    showing = workers.Showing(relay, lines, outbox, house.trail, house.trail, journal, base.ids)
    return [
        showing.run,
        lambda: workers.keep_time(house.deadlines, journal),
        lambda: workers.keep_house(house.world, house.trail, outbox, journal),
        lambda: workers.keep_sampling(house.memory.sample, journal),
        lambda: workers.keep_on("channels", journal, partial(house.guard.watch, house.directory.channel)),
    ]


async def _check_store(base: _Base, identity: Identity) -> None:
    """Refuse a Redis that loses what it confirmed, and values whose key is missing."""
    facts = await health.facts(base.client, identity.team)
    needed = await SealedStore(Runner(base.client, identity.team)).key_ids()
    _refuse(
        [
            *checks.check_store(facts, unsafe_allowed=base.settings.unsafe_redis),
            *checks.check_keys(needed, frozenset(base.keyring.ids)),
        ]
    )


async def _check_slack(base: _Base, identity: Identity, house: _House) -> bool:
    """Refuse channels that cannot be read, or where anybody could make themselves an approver."""
    serving = base.serving
    approvers, audit = await asyncio.gather(
        house.directory.channel(serving.approvers_channel), house.directory.channel(serving.audit_channel)
    )
    _refuse(
        [
            *checks.check_scopes(identity.scopes),
            *checks.check_approvers(approvers, public_allowed=base.settings.unsafe_public_approvers),
            *checks.check_audit(audit),
        ]
    )
    return True


def _refuse(faults: Iterable[Fault]) -> None:
    for fault in faults:
        if fault.grave:
            raise SettingsError(checks.sentence(fault))
        log.note("warning", subject=fault.subject)


def _unreachable(error: EnvaccessError) -> None:
    log.fault("slack_unreachable", error)
