"""The parts that services act through, joined by `wiring`."""

from dataclasses import dataclass

from envaccess.application.ports.access_reviews import AccessReviews
from envaccess.application.ports.agents import AgentStore, ProposalStore
from envaccess.application.ports.audit import History, Trail
from envaccess.application.ports.grants import KnownEnds, Reveals
from envaccess.application.ports.leases import LeaseSources, LeaseStore
from envaccess.application.ports.ledger import Ledger
from envaccess.application.ports.people import Delegations, Directory, LockRegistry
from envaccess.application.ports.process import Clock, Ids, Throttle
from envaccess.application.ports.requests import Requests
from envaccess.application.ports.rotations import Rotations, Rotators
from envaccess.application.ports.secrets import Catalogue, VariableValues
from envaccess.application.ports.sessions import LoginSecrets, SessionStore
from envaccess.application.ports.signals import Alerts
from envaccess.application.ports.watch import Watched
from envaccess.application.rulebook import Rulebook
from envaccess.domain.policy.principal_set import PrincipalSet


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """Every port that a verb may need.

    Attributes:
        auditors: whoever reads the audit channel: its members.
    """

    requests: Requests
    reveals: Reveals
    trail: Trail
    history: History
    throttle: Throttle
    catalogue: Catalogue
    values: VariableValues
    ledger: Ledger
    lease_sources: LeaseSources
    leases: LeaseStore
    directory: Directory
    ids: Ids
    delegations: Delegations
    locks: LockRegistry
    rulebook: Rulebook
    clock: Clock
    ended: KnownEnds
    sessions: SessionStore
    login_secrets: LoginSecrets
    agents: AgentStore
    proposals: ProposalStore
    access_reviews: AccessReviews
    watched: Watched
    alerts: Alerts
    auditors: PrincipalSet
    rotations: Rotations
    rotators: Rotators
