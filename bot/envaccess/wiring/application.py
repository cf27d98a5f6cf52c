"""The adapters of one workspace, joined, and the loops that run on them."""

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from envaccess.application.people.approvers_not_in_channel import outsiders
from envaccess.application.people.lock import is_security
from envaccess.application.policy.reload import PolicyReload
from envaccess.application.requests.stalled import StalledRequests
from envaccess.application.rulebook import Rulebook
from envaccess.application.service_context import ServiceContext
from envaccess.crypto.keys import Keyring
from envaccess.crypto.seals import Seals
from envaccess.domain.cursors import SINK
from envaccess.domain.ends import SeenEnds
from envaccess.domain.errors import VariableRefusedError
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.embedded.folder import data_folder
from envaccess.identity.authenticate import Authenticator
from envaccess.identity.login_secrets import LoginCiphers
from envaccess.identity.nonces import Nonces
from envaccess.identity.server_key import ServerKey
from envaccess.log import LogJournal
from envaccess.projections import workers
from envaccess.projections.audit_lines import AuditLines
from envaccess.projections.checkpoints import Checkpoints
from envaccess.projections.disk_erasure import DiskErasure
from envaccess.projections.ended import EndedMemory
from envaccess.projections.home_tabs import HomeTabs
from envaccess.projections.rate_gate import RateGate
from envaccess.projections.relay import Relay
from envaccess.projections.session_cards import CardOutbox, SessionCards
from envaccess.projections.signals import SignalFollower
from envaccess.projections.trimming import Trimming
from envaccess.settings import Serving, Settings
from envaccess.slack.alarms import Alarms
from envaccess.slack.channel_guard import ChannelGuard
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.directory import SlackDirectory
from envaccess.slack.home_tab import SlackHomeTab
from envaccess.slack.messages import SlackMessages
from envaccess.slack.scopes import Granted, ask_scopes
from envaccess.slack.token_guard import TokenGuard
from envaccess.slack.ttl_cache import SHARED_SECONDS
from envaccess.store import health
from envaccess.store.access_reviews import RedisAccessReviews
from envaccess.store.agents import RedisAgents
from envaccess.store.alerts import RedisAlerts
from envaccess.store.append_only_rewrite import rewrite_log
from envaccess.store.audit_history import RedisHistory
from envaccess.store.catalogue import RedisCatalogue
from envaccess.store.client import Client
from envaccess.store.cursors import RedisCursors
from envaccess.store.delegations import RedisDelegations
from envaccess.store.ends import RedisEnds
from envaccess.store.home_viewers import RedisHomeViewers
from envaccess.store.locks import RedisLocks
from envaccess.store.outbox import RedisDeadlines, RedisOutbox
from envaccess.store.proposals import RedisProposals
from envaccess.store.refusals import Refused
from envaccess.store.request_reader import RequestReader
from envaccess.store.requests import RedisRequests
from envaccess.store.reveals import RedisReveals
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.store.session_cards import RedisSessionCards
from envaccess.store.sessions import RedisSessions
from envaccess.store.shared_cache import RedisCache
from envaccess.store.signals import RedisSignals
from envaccess.store.throttle import RedisThrottle
from envaccess.store.trail import RedisTrail
from envaccess.store.tree import RedisTree
from envaccess.store.watched import RedisWatched
from envaccess.wiring.ledger_key import open_ledger
from envaccess.wiring.log_keys import CurrentLogKeys, LogKeys, head_file
from envaccess.wiring.parts import RandomIds, WallClock, make_runner, open_values
from envaccess.wiring.policy_tools import PolicyFile
from envaccess.wiring.seal_keys import SealKeyRefresh
from envaccess.wiring.sink_loops import backlogs_of, sink_loops


@dataclass(frozen=True, slots=True)
class Base:
    """What can be opened before Slack says which workspace this is."""

    settings: Settings
    serving: Serving
    client: Client
    slack: SlackClient
    keyring: Keyring
    ids: RandomIds
    journal: LogJournal
    policy: Policy


@dataclass(frozen=True, slots=True)
class Application:
    """Everything joined, for one workspace."""

    context: ServiceContext
    runner: Runner
    sealing: Sealing
    trail: RedisTrail
    outbox: RedisOutbox
    cursors: RedisCursors
    ended: EndedMemory
    deadlines: RedisDeadlines
    directory: SlackDirectory
    messages: SlackMessages
    memory: health.Memory
    rate_gate: RateGate
    alarms: Alarms
    guard: ChannelGuard
    viewers: RedisHomeViewers
    home: SlackHomeTab
    seal_keys: SealKeyRefresh
    sessions: RedisSessions
    proposals: RedisProposals
    authenticator: Authenticator
    server_key: ServerKey

    def lost(self) -> bool:
        """Whether a channel is lost, or an alarm is raised."""
        return bool(self.rate_gate.lost or self.alarms.faults)


def join(base: Base, identity: Identity, seals: Seals) -> Application:
    """Make every part for the workspace of our token; no part is called yet."""
    refresh = SealKeyRefresh(base.client, identity.team, base.keyring, seals, time.monotonic)
    sealing = Sealing(seals, WallClock().now, refresh.look_again)
    runner = make_runner(base.settings, base.client, identity.team)
    memory, alarms = health.Memory(base.client), Alarms()
    guard = _guard(base, alarms)
    cache = RedisCache(runner, sealing, int(SHARED_SECONDS * 1_000), partial(_tell_forged, base.journal))
    directory = SlackDirectory(
        base.slack, identity, cache, time.monotonic, admits=guard.admits, alarms=alarms
    )
    trail, viewers, server_key = RedisTrail(runner), RedisHomeViewers(runner), ServerKey(seals)
    reader = RequestReader(runner, sealing, partial(_tell_refused, base.journal))
    ended = _ended(base, runner, trail, sealing)
    sessions, proposals = _sessions(base, runner, sealing)
    context = _context(base, runner, memory, reader, trail, directory, ended, sessions, proposals, server_key)
    rate_gate = RateGate(time.monotonic, partial(_tell_lost, base.journal))
    return Application(
        context=context,
        runner=runner,
        sealing=sealing,
        viewers=viewers,
        home=SlackHomeTab(base.slack, context, viewers, rate_gate),
        trail=trail,
        outbox=RedisOutbox(runner, base.ids.operation(), reader),
        cursors=RedisCursors(runner),
        ended=ended,
        deadlines=RedisDeadlines(runner),
        directory=directory,
        messages=SlackMessages(base.slack, audit_channel=base.serving.audit_channel, alarms=alarms),
        memory=memory,
        rate_gate=rate_gate,
        alarms=alarms,
        guard=guard,
        seal_keys=refresh,
        sessions=sessions,
        proposals=proposals,
        authenticator=Authenticator(sessions, Nonces(seals, WallClock().now), ended),
        server_key=server_key,
    )


def _guard(base: Base, alarms: Alarms) -> ChannelGuard:
    return ChannelGuard(
        alarms,
        base.serving.approvers_channel,
        base.serving.audit_channel,
        public_allowed=base.settings.unsafe_public_approvers,
    )


def _sessions(base: Base, runner: Runner, sealing: Sealing) -> tuple[RedisSessions, RedisProposals]:
    alarm = partial(_tell_refused, base.journal)
    return RedisSessions(runner, sealing, alarm), RedisProposals(runner, sealing, alarm)


def _ended(base: Base, runner: Runner, trail: RedisTrail, sealing: Sealing) -> EndedMemory:
    seen = SeenEnds(sealing.is_returned)
    return EndedMemory(RedisEnds(runner), trail, seen, time.monotonic, base.journal)


def _context(
    base: Base,
    runner: Runner,
    memory: health.Memory,
    reader: RequestReader,
    trail: RedisTrail,
    directory: SlackDirectory,
    ended: EndedMemory,
    sessions: RedisSessions,
    proposals: RedisProposals,
    server_key: ServerKey,
) -> ServiceContext:
    return ServiceContext(
        requests=RedisRequests(runner, reader, memory.full),
        reveals=RedisReveals(runner, reader, base.ids.operation),
        trail=trail,
        history=RedisHistory(trail),
        throttle=RedisThrottle(runner),
        catalogue=RedisCatalogue(runner, reader.sealing, partial(_tell_refused, base.journal)),
        values=open_values(base.client, directory.workspace, base.keyring, reader.sealing),
        ledger=open_ledger(runner, base.keyring, directory.workspace),
        directory=directory,
        ids=base.ids,
        delegations=RedisDelegations(runner, reader.sealing),
        locks=RedisLocks(runner),
        rulebook=Rulebook(base.policy),
        clock=WallClock(),
        ended=ended,
        sessions=sessions,
        login_secrets=LoginCiphers(server_key),
        agents=RedisAgents(runner, reader.sealing, sessions),
        proposals=proposals,
        access_reviews=RedisAccessReviews(runner, reader.sealing, partial(_tell_refused, base.journal)),
        watched=RedisWatched(runner, reader, [spec.name for spec in base.settings.sinks]),
        alerts=_alerts(base, runner, reader.sealing),
        auditors=PrincipalSet.of([base.serving.audit_channel]),
    )


def _alerts(base: Base, runner: Runner, sealing: Sealing) -> RedisAlerts:
    return RedisAlerts(runner, sealing, base.serving.audit_channel, partial(_tell_refused, base.journal))


def _tell_lost(journal: LogJournal, channel: str, code: str) -> None:
    journal.fault("channel_lost", channel=channel, code=code)


def _tell_forged(journal: LogJournal, key: str) -> None:
    journal.fault("cached_answer_forged", question=key.partition(":")[0])


def _tell_refused(journal: LogJournal, refused: Refused) -> None:
    if isinstance(refused, VariableRefusedError):
        journal.fault("variable.refused", variable=refused.variable, why=refused.why, fault=refused.fault)
    else:
        journal.fault("record.refused", request=refused.request, why=refused.why)


def _policy_loop(base: Base, application: Application) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """The loop that watches the policy's file, where there is one."""
    file, channel = base.settings.policy_file, base.serving.approvers_channel
    if file is None:
        return []
    source = PolicyFile(file, channel, push=base.settings.pushes)
    context = application.context
    reload = PolicyReload(
        context.rulebook, source, context.directory, context.trail, base.journal, context.clock
    )
    return [lambda: workers.keep_on("policy", base.journal, reload.step)]


def _token_guard(base: Base, application: Application) -> TokenGuard:
    channels = base.serving.approvers_channel, base.serving.audit_channel

    async def granted(identity: Identity) -> Granted:
        return await ask_scopes(base.slack, identity, *channels)

    return TokenGuard(application.alarms, base.slack.whoami, granted)


def _session_cards(base: Base, application: Application) -> SessionCards:
    return _cards(base, application, RedisSessionCards(application.runner, application.sessions))


def _proposal_cards(base: Base, application: Application) -> SessionCards:
    return _cards(base, application, application.proposals)


def _alert_cards(base: Base, application: Application) -> SessionCards:
    return _cards(base, application, _alerts(base, application.runner, application.sealing))


def _signals(base: Base, application: Application) -> SignalFollower:
    outbox, trail = application.outbox, application.trail
    memory = RedisSignals(application.runner, application.sealing, outbox.token)
    rules = application.context.rulebook
    return SignalFollower(outbox, application.cursors, trail, memory, base.ids, base.journal, rules)


def _cards(base: Base, application: Application, outbox: CardOutbox) -> SessionCards:
    return SessionCards(
        outbox,
        application.outbox,
        application.messages,
        application.trail,
        application.rate_gate,
        base.journal,
    )


def _disk_loop(
    base: Base, application: Application, last: str
) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """The loop that takes off our own disk what owners replaced; of another server that is its operator's."""
    if base.settings.redis_url:
        return []
    erasure = DiskErasure(
        application.trail, partial(rewrite_log, base.client, data_folder(base.settings.home)), last
    )
    return [lambda: workers.keep_on("disk", base.journal, erasure.step)]


def _checkpoints(base: Base, application: Application, keys: LogKeys) -> Checkpoints:
    outbox = application.outbox
    tree, memory = (
        RedisTree(application.runner, outbox.token),
        head_file(base.settings.home, application.directory.workspace),
    )
    retention = application.cursors.retention
    signer = CurrentLogKeys(base.client, application.directory.workspace, base.keyring, keys)
    return Checkpoints(outbox, tree, signer, memory, base.journal, time.monotonic, retention)


def _audit_lines(base: Base, application: Application) -> AuditLines:
    return AuditLines(
        application.outbox,
        application.cursors,
        application.trail,
        application.messages,
        base.journal,
        application.rate_gate,
        base.serving.audit_channel,
        RedisTree(application.runner),
    )


def loops(
    base: Base, application: Application, keys: LogKeys, last: str
) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """What runs beside the listeners, until it is cancelled; `last` is the newest event at the start."""
    journal, outbox = base.journal, application.outbox
    messages, rate_gate, channel = application.messages, application.rate_gate, base.serving.approvers_channel
    relay = Relay(outbox, messages, journal, rate_gate, channel, partial(outsiders, application.context))
    lines = _audit_lines(base, application)
    watches = partial(is_security, application.context)
    homes = HomeTabs(application.viewers, application.home, application.trail, outbox, journal, watches)
    rendering = workers.RenderLoops(
        relay, lines, outbox, application.cursors, application.trail, application.trail, journal, base.ids
    )
    backlogs = backlogs_of(base.settings.sinks, application.trail)
    sinks = [SINK + spec.name for spec in base.settings.sinks]
    trimming = Trimming(application.cursors, application.memory.filling, journal, sinks, backlogs)
    return [
        lambda: workers.keep_on("tree", journal, _checkpoints(base, application, keys).step),
        *sink_loops(base.settings.sinks, outbox, application.cursors, application.trail, journal, backlogs),
        *_policy_loop(base, application),
        *_disk_loop(base, application, last),
        rendering.run,
        lambda: workers.keep_time(application.deadlines, journal),
        lambda: workers.keep_tidy(application.context, trimming, outbox, journal),
        lambda: workers.keep_on("ended", journal, application.ended.step),
        lambda: workers.keep_on("homes", journal, homes.step),
        lambda: workers.keep_on("session_cards", journal, _session_cards(base, application).step),
        lambda: workers.keep_on("proposal_cards", journal, _proposal_cards(base, application).step),
        lambda: workers.keep_on("alert_cards", journal, _alert_cards(base, application).step),
        lambda: workers.keep_on("signals", journal, _signals(base, application).step),
        lambda: workers.keep_on("vanished", journal, StalledRequests(application.context, outbox).step),
        lambda: workers.keep_sampling(application.memory.sample, journal),
        lambda: workers.keep_on("seal_keys", journal, application.seal_keys.step),
        lambda: workers.keep_on("token", journal, _token_guard(base, application).watch),
        lambda: workers.keep_on(
            "channels", journal, partial(application.guard.watch, application.directory.channel)
        ),
    ]
