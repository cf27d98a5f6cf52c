"""The verbs on a workspace of the store tests: its adapters are the real ones, its people are in memory."""

from dataclasses import replace
from typing import Any

from envaccess.application.rulebook import Rulebook
from envaccess.application.service_context import ServiceContext
from envaccess.domain.policy.book import built_in
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.identity.login_secrets import LoginCiphers
from envaccess.identity.server_key import ServerKey
from envaccess.store.access_reviews import RedisAccessReviews
from envaccess.store.agents import RedisAgents
from envaccess.store.alerts import RedisAlerts
from envaccess.store.audit_history import RedisHistory
from envaccess.store.proposals import RedisProposals
from envaccess.store.request_reader import RequestReader
from envaccess.store.watched import RedisWatched
from envaccess.wiring.parts import WallClock
from tests.fakes.books import Books
from tests.fakes.context import APPROVERS, AUDIT, FakeDirectory, FakeIds, FakeSource, NothingEnded
from tests.fakes.lease_sources import FakeLeaseSources
from tests.fakes.rotations import FakeRotators
from tests.fakes.sealing import seals_for
from tests.store.harness import StoreHarness
from tests.store.rotating import rotations_on


def context_on(store: StoreHarness, directory: FakeDirectory, **other: Any) -> ServiceContext:
    """No values, the built-in policy, and nothing that was seen to end, but for what is given instead."""
    usual = ServiceContext(
        requests=store.requests,
        reveals=store.reveals,
        trail=store.trail,
        history=RedisHistory(store.trail),
        throttle=store.throttle,
        catalogue=store.catalogue,
        values=FakeSource(Books()),
        ledger=store.ledger,
        lease_sources=FakeLeaseSources(),
        leases=store.leases,
        directory=directory,
        ids=FakeIds(),
        delegations=store.delegations,
        locks=store.locks,
        rulebook=Rulebook(built_in(APPROVERS)),
        clock=WallClock(),
        ended=NothingEnded(),
        sessions=store.sessions,
        login_secrets=LoginCiphers(ServerKey(seals_for(store.workspace))),
        agents=RedisAgents(store.runner, store.sealing, store.sessions),
        proposals=RedisProposals(store.runner, store.sealing),
        access_reviews=RedisAccessReviews(store.runner, store.sealing),
        watched=RedisWatched(store.runner, RequestReader(store.runner, store.sealing), []),
        alerts=RedisAlerts(store.runner, store.sealing, AUDIT),
        auditors=PrincipalSet.of([AUDIT]),
        rotations=rotations_on(store),
        rotators=FakeRotators(None),
    )
    return replace(usual, **other)
