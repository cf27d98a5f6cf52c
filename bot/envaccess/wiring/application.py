"""The adapters of one workspace, joined."""

import time
from dataclasses import dataclass
from functools import partial

from envaccess import log
from envaccess.application.ports.metrics import UNMETERED, Meter
from envaccess.application.rulebook import Rulebook
from envaccess.application.service_context import ServiceContext
from envaccess.archive.request_archive import RequestArchive
from envaccess.crypto.keys import Keyring
from envaccess.crypto.seals import Seals
from envaccess.domain.ends import SeenEnds
from envaccess.domain.errors import VariableRefusedError
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.sources.file import NO_FILE, SourcesFile
from envaccess.identity.authenticate import Authenticator
from envaccess.identity.login_secrets import LoginCiphers
from envaccess.identity.nonces import Nonces
from envaccess.identity.server_key import ServerKey
from envaccess.log import LogJournal
from envaccess.projections.ended import EndedMemory
from envaccess.projections.rate_gate import RateGate
from envaccess.settings import Serving, Settings
from envaccess.slack.alarms import Alarms
from envaccess.slack.channel_guard import ChannelGuard
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.directory import SlackDirectory
from envaccess.slack.home_tab import SlackHomeTab
from envaccess.slack.messages import SlackMessages
from envaccess.slack.ttl_cache import SHARED_SECONDS
from envaccess.sources.router import SourceRouter
from envaccess.store import health
from envaccess.store.access_reviews import RedisAccessReviews
from envaccess.store.agents import RedisAgents
from envaccess.store.alerts import RedisAlerts
from envaccess.store.audit_history import RedisHistory
from envaccess.store.catalogue import RedisCatalogue
from envaccess.store.client import Client
from envaccess.store.cursors import RedisCursors
from envaccess.store.delegations import RedisDelegations
from envaccess.store.ends import RedisEnds
from envaccess.store.home_viewers import RedisHomeViewers
from envaccess.store.leases import RedisLeases
from envaccess.store.locks import RedisLocks
from envaccess.store.outbox import RedisDeadlines, RedisOutbox
from envaccess.store.proposals import RedisProposals
from envaccess.store.refusals import Refused
from envaccess.store.request_reader import RequestReader
from envaccess.store.requests import RedisRequests
from envaccess.store.reveals import RedisReveals
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.store.sessions import RedisSessions
from envaccess.store.shared_cache import RedisCache
from envaccess.store.throttle import RedisThrottle
from envaccess.store.trail import RedisTrail
from envaccess.store.watched import RedisWatched
from envaccess.wiring.archive import open_archive
from envaccess.wiring.lease_sources import RoutedLeases
from envaccess.wiring.ledger_key import open_ledger
from envaccess.wiring.parts import RandomIds, WallClock, make_runner, open_values
from envaccess.wiring.rotators import FileRotators, redis_rotations
from envaccess.wiring.seal_keys import SealKeyRefresh
from envaccess.wiring.sources import SourceAlarms, surroundings


@dataclass(frozen=True, slots=True)
class Base:
    """What can be opened before Slack says which workspace this is.

    Attributes:
        replica: names this process among those that serve, where it serves several workspaces; else empty.
    """

    settings: Settings
    serving: Serving
    client: Client
    slack: SlackClient
    keyring: Keyring
    ids: RandomIds
    journal: LogJournal
    policy: Policy
    sources: SourcesFile = NO_FILE
    meter: Meter = UNMETERED
    replica: str = ""


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
    archive: RequestArchive | None = None

    @property
    def values(self) -> SourceRouter:
        """What the verbs read values by, as what it is: with its sources and their limits."""
        assert isinstance(self.context.values, SourceRouter)
        return self.context.values

    def lost(self) -> bool:
        """Whether a channel is lost, or an alarm is raised."""
        return bool(self.rate_gate.lost or self.alarms.faults)


def join(base: Base, identity: Identity, seals: Seals) -> Application:
    """Make every part for the workspace of our token; no part is called yet."""
    refresh = SealKeyRefresh(base.client, identity.team, base.keyring, seals, time.monotonic)
    sealing = Sealing(seals, WallClock().now, refresh.look_again)
    runner = make_runner(base.settings, base.client, identity.team, base.meter)
    memory, alarms = health.Memory(base.client), Alarms()
    guard = _guard(base, alarms)
    directory = _directory(base, identity, runner, sealing, guard, alarms)
    trail, viewers, server_key = RedisTrail(runner), RedisHomeViewers(runner), ServerKey(seals)
    archive, reader = _records(base, runner, sealing)
    ended = _ended(base, runner, trail, sealing)
    sessions, proposals = _sessions(base, runner, sealing)
    values = _values(base, identity.team, sealing, alarms)
    signed_in = sessions, proposals, server_key, ended
    context = _context(base, runner, memory, reader, trail, directory, signed_in, values)
    rate_gate = RateGate(time.monotonic, partial(_tell_lost, base.journal))
    return Application(
        context=context,
        runner=runner,
        sealing=sealing,
        viewers=viewers,
        home=SlackHomeTab(base.slack, context, viewers, rate_gate),
        trail=trail,
        outbox=RedisOutbox(runner, base.replica or base.ids.operation(), reader),
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
        archive=archive,
    )


def _records(base: Base, runner: Runner, sealing: Sealing) -> tuple[RequestArchive | None, RequestReader]:
    """Where requests are that are over, and what reads those and all others."""
    archive = open_archive(base.settings, runner, sealing)
    return archive, RequestReader(runner, sealing, partial(tell_refused, base.journal), archive)


def _directory(
    base: Base, identity: Identity, runner: Runner, sealing: Sealing, guard: ChannelGuard, alarms: Alarms
) -> SlackDirectory:
    cache = RedisCache(runner, sealing, int(SHARED_SECONDS * 1_000), partial(_tell_forged, base.journal))
    return SlackDirectory(base.slack, identity, cache, time.monotonic, admits=guard.admits, alarms=alarms)


def _values(base: Base, workspace: str, sealing: Sealing, alarms: Alarms) -> SourceRouter:
    sealed = open_values(base.client, workspace, base.keyring, sealing)
    return SourceRouter(sealed, surroundings(base.meter), base.sources, SourceAlarms(alarms))


def _guard(base: Base, alarms: Alarms) -> ChannelGuard:
    return ChannelGuard(
        alarms,
        base.serving.approvers_channel,
        base.serving.audit_channel,
        public_allowed=base.settings.unsafe_public_approvers,
    )


def _sessions(base: Base, runner: Runner, sealing: Sealing) -> tuple[RedisSessions, RedisProposals]:
    alarm = partial(tell_refused, base.journal)
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
    signed_in: tuple[RedisSessions, RedisProposals, ServerKey, EndedMemory],
    values: SourceRouter,
) -> ServiceContext:
    sessions, proposals, server_key, ended = signed_in
    return ServiceContext(
        requests=RedisRequests(runner, reader, memory.full),
        reveals=RedisReveals(runner, reader, base.ids.operation),
        trail=trail,
        history=RedisHistory(trail),
        throttle=RedisThrottle(runner),
        catalogue=RedisCatalogue(runner, reader.sealing, partial(tell_refused, base.journal)),
        values=values,
        ledger=open_ledger(runner, base.keyring, directory.workspace),
        lease_sources=RoutedLeases(values),
        leases=RedisLeases(runner, reader, directory.workspace, base.ids.operation()),
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
        access_reviews=RedisAccessReviews(runner, reader.sealing, partial(tell_refused, base.journal)),
        watched=RedisWatched(runner, reader, [spec.name for spec in base.settings.sinks]),
        alerts=redis_alerts(base, runner, reader.sealing),
        auditors=PrincipalSet.of([base.serving.audit_channel]),
        rotations=redis_rotations(runner, reader.sealing, (base.keyring, directory.workspace)),
        rotators=FileRotators(values, log.withhold_too),
    )


def redis_alerts(base: Base, runner: Runner, sealing: Sealing) -> RedisAlerts:
    """What is unusual, as the store keeps it."""
    return RedisAlerts(runner, sealing, base.serving.audit_channel, partial(tell_refused, base.journal))


def _tell_lost(journal: LogJournal, channel: str, code: str) -> None:
    journal.fault("channel_lost", channel=channel, code=code)


def _tell_forged(journal: LogJournal, key: str) -> None:
    journal.fault("cached_answer_forged", question=key.partition(":")[0])


def tell_refused(journal: LogJournal, refused: Refused) -> None:
    """Log that something of the store is not relied on."""
    if isinstance(refused, VariableRefusedError):
        journal.fault("variable.refused", variable=refused.variable, why=refused.why, fault=refused.fault)
    else:
        journal.fault("record.refused", request=refused.request, why=refused.why)
