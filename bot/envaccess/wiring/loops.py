"""What runs beside the listeners: the loops of one workspace."""

import time
from functools import partial

from envaccess.application.exposure import with_seen
from envaccess.application.home import owns_any
from envaccess.application.leases.located import with_leased
from envaccess.application.leases.sweep import LeaseSweep
from envaccess.application.people.approvers_not_in_channel import outsiders
from envaccess.application.people.leaver_lists import leaver_lists
from envaccess.application.people.lock import is_security
from envaccess.application.place_variables import place_variables
from envaccess.application.policy.reload import PolicyReload
from envaccess.application.reload_sources import SourcesReload, leases_object
from envaccess.application.requests.stalled import StalledRequests
from envaccess.domain.archive import cutoff
from envaccess.domain.audit import BOT
from envaccess.domain.cursors import SINK
from envaccess.embedded.folder import data_folder
from envaccess.projections import workers
from envaccess.projections.archiving import Archiving
from envaccess.projections.audit_lines import AuditLines
from envaccess.projections.checkpoints import Checkpoints
from envaccess.projections.disk_erasure import DiskErasure
from envaccess.projections.gaps import Gaps
from envaccess.projections.home_tabs import HomeTabs
from envaccess.projections.leaver_lists import LeaverLists
from envaccess.projections.relay import Relay
from envaccess.projections.session_cards import CardOutbox, SessionCards
from envaccess.projections.signals import SignalFollower
from envaccess.projections.trimming import Trimming
from envaccess.projections.workers import Loop
from envaccess.slack.client import Identity
from envaccess.slack.scopes import Granted, ask_scopes
from envaccess.slack.token_guard import TokenGuard
from envaccess.store.append_only_rewrite import rewrite_log
from envaccess.store.archiving import RedisArchiving
from envaccess.store.catalogue import RedisCatalogue
from envaccess.store.sealed import SealedStore
from envaccess.store.session_cards import RedisSessionCards
from envaccess.store.signals import RedisSignals
from envaccess.store.tree import RedisTree
from envaccess.wiring.application import Application, Base, redis_alerts
from envaccess.wiring.clock_guard import ClockGuard
from envaccess.wiring.ledger_key import open_ledger
from envaccess.wiring.log_keys import CurrentLogKeys, LogKeys, head_file
from envaccess.wiring.policy_tools import PolicyFile
from envaccess.wiring.sink_loops import backlogs_of, sink_loops
from envaccess.wiring.sources import SourcesOnDisk


def _policy_loop(base: Base, application: Application) -> list[Loop]:
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


def _sources_loop(base: Base, application: Application) -> list[Loop]:
    """The loop that makes the catalogue follow `sources.yml`, and watches that, where there is one."""
    path, runner, sealing = base.settings.sources_file, application.runner, application.sealing
    if path is None:
        return []
    catalogue, store = RedisCatalogue(runner, sealing), SealedStore(runner, sealing)
    reload = SourcesReload(
        application.values,
        SourcesOnDisk(path),
        partial(place_variables, catalogue, store, base.ids, BOT),
        partial(leases_object, application.context.leases, application.values),
        application.trail,
        base.journal,
        application.context.clock,
    )
    return [lambda: workers.keep_on("sources", base.journal, reload.step)]


def _token_guard(base: Base, application: Application) -> TokenGuard:
    channels = base.serving.approvers_channel, base.serving.audit_channel

    async def granted(identity: Identity) -> Granted:
        return await ask_scopes(base.slack, identity, *channels)

    return TokenGuard(application.alarms, base.slack.whoami, granted)


def _guards(base: Base, application: Application) -> list[Loop]:
    """The loops that look whether what serving relies on holds: the token, the channels, Redis' clock."""
    journal, alarms, now = base.journal, application.alarms, application.context.clock.now
    return [
        lambda: workers.keep_on("token", journal, _token_guard(base, application).watch),
        lambda: workers.keep_on(
            "channels", journal, partial(application.guard.watch, application.directory.channel)
        ),
        lambda: workers.keep_on("redis_clock", journal, ClockGuard(application.runner, now, alarms).step),
    ]


def _session_cards(base: Base, application: Application) -> SessionCards:
    return _cards(base, application, RedisSessionCards(application.runner, application.sessions))


def _proposal_cards(base: Base, application: Application) -> SessionCards:
    return _cards(base, application, application.proposals)


def _alert_cards(base: Base, application: Application) -> SessionCards:
    return _cards(base, application, redis_alerts(base, application.runner, application.sealing))


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


def _disk_loop(base: Base, application: Application, last: str) -> list[Loop]:
    """The loop that takes off our own disk what owners replaced; of another server that is its operator's."""
    if base.settings.redis_url:
        return []
    erasure = DiskErasure(
        application.trail, partial(rewrite_log, base.client, data_folder(base.settings.home)), last
    )
    return [lambda: workers.keep_on("disk", base.journal, erasure.step)]


def _archive_loop(base: Base, application: Application) -> list[Loop]:
    """The loop that moves what is over out of Redis, where there is an archive."""
    archive, outbox = application.archive, application.outbox
    if archive is None:
        return []
    hot = RedisArchiving(application.runner, outbox.token)
    until = partial(cutoff, hot_days=base.settings.hot_days)
    archiving = Archiving(outbox, hot, archive, base.ids, until, base.journal)
    return [lambda: workers.keep_on("archive", base.journal, archiving.step)]


def _lease_sweep(base: Base, application: Application) -> LeaseSweep:
    context = application.context
    return LeaseSweep(
        application.directory.workspace,
        context.leases,
        context.lease_sources,
        context.requests,
        context.clock,
        base.journal,
        application.alarms,
        workers.keep_on,
    )


def _checkpoints(base: Base, application: Application, keys: LogKeys) -> Checkpoints:
    outbox = application.outbox
    tree, memory = (
        RedisTree(application.runner, outbox.token),
        head_file(base.settings.home, application.directory.workspace),
    )
    retention = application.cursors.retention
    signer = CurrentLogKeys(base.client, application.directory.workspace, base.keyring, keys)
    return Checkpoints(outbox, tree, signer, memory, base.journal, time.monotonic, retention)


def _audit_lines(base: Base, application: Application, gaps: Gaps) -> AuditLines:
    return AuditLines(
        application.outbox,
        application.cursors,
        application.trail,
        application.messages,
        base.journal,
        application.rate_gate,
        base.serving.audit_channel,
        RedisTree(application.runner),
        gaps,
    )


def _leaver_lists(base: Base, application: Application) -> LeaverLists:
    queue = open_ledger(application.runner, base.keyring, application.directory.workspace)
    lists = partial(leaver_lists, application.context)
    return LeaverLists(application.outbox, queue, lists, application.messages, base.journal)


def _homes(base: Base, application: Application) -> HomeTabs:
    asks = partial(is_security, application.context), partial(owns_any, application.context)
    draws = application.viewers, application.home, application.trail, application.outbox
    return HomeTabs(*draws, base.journal, *asks)


def _relay(base: Base, application: Application) -> Relay:
    messages, rate_gate, channel = application.messages, application.rate_gate, base.serving.approvers_channel
    besides = partial(outsiders, application.context), partial(with_seen, application.context)
    located = partial(with_leased, application.context)
    return Relay(application.outbox, messages, base.journal, rate_gate, channel, *besides, located)


def loops(base: Base, application: Application, keys: LogKeys, last: str) -> list[Loop]:
    """What runs beside the listeners, until it is cancelled; `last` is the newest event at the start."""
    journal, outbox = base.journal, application.outbox
    relay = _relay(base, application)
    gaps = Gaps(application.trail, application.cursors, journal)
    lines = _audit_lines(base, application, gaps)
    homes = _homes(base, application)
    rendering = workers.RenderLoops(relay, lines, outbox, gaps, application.trail, journal)
    backlogs = backlogs_of(base.settings.sinks, application.trail)
    sinks = [SINK + spec.name for spec in base.settings.sinks]
    trimming = Trimming(application.cursors, application.memory.filling, journal, sinks, backlogs)
    return [
        lambda: workers.keep_on("tree", journal, _checkpoints(base, application, keys).step),
        *sink_loops(base.settings.sinks, outbox, application.cursors, application.trail, journal, backlogs),
        *_policy_loop(base, application),
        *_sources_loop(base, application),
        *_disk_loop(base, application, last),
        rendering.run,
        lambda: workers.keep_time(application.deadlines, journal),
        lambda: workers.keep_tidy(application.context, trimming, outbox, journal),
        lambda: workers.keep_reading(application.context, outbox, journal),
        lambda: workers.keep_on("ended", journal, application.ended.step),
        lambda: workers.keep_on("leaver_lists", journal, _leaver_lists(base, application).step),
        lambda: workers.keep_on("homes", journal, homes.step),
        lambda: workers.keep_on("session_cards", journal, _session_cards(base, application).step),
        lambda: workers.keep_on("proposal_cards", journal, _proposal_cards(base, application).step),
        lambda: workers.keep_on("alert_cards", journal, _alert_cards(base, application).step),
        lambda: workers.keep_on("signals", journal, _signals(base, application).step),
        lambda: workers.keep_on("vanished", journal, StalledRequests(application.context, outbox).step),
        lambda: workers.keep_sampling(application.memory.sample, journal),
        _lease_sweep(base, application).run,
        lambda: workers.keep_on("seal_keys", journal, application.seal_keys.step),
        *_archive_loop(base, application),
        *_guards(base, application),
    ]
