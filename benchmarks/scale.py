"""How much a run measures."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CompanyExtent:
    """How large a simulated company is, and for how long.

    Attributes:
        rate: requests a second, over all workspaces.
        replicas: processes of the product: for each workspace, or for all of them.
        together: whether each process serves all workspaces.
        every: seconds from one kill of a process to the next, and from one failover to the next.
        questions: how often a minute `users.info` is answered in each workspace; 0: as often as it is asked.
        durability: ENVACCESS_DURABILITY.
    """

    minutes: float
    rate: float
    workspaces: int
    replicas: int = 2
    together: bool = False
    every: float = 120.0
    questions: int = 100
    durability: str = "replicas:1"


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of one run.

    Attributes:
        rounds: interleaved rounds; the table shows their median.
        filings: requests a round.
        approvals: presses a round.
        expiries: grants that end.
        others: keys with a TTL that are not ours.
        reveals: tries after the TTL.
        items: live grants that are weighed.
        old: requests that ended long ago.
        fresh: requests a round beside them.
        starts: times that a command is started.
        acks: payloads of each kind whose calls are counted.
        company: the simulated company.
        day: one workspace of it, for a day that is so many minutes long, without faults.
        before: a checkout of another version, measured in the same run; None where there is none.
    """

    rounds: int
    filings: int
    approvals: int
    expiries: int
    others: int
    reveals: int
    items: int
    old: int
    fresh: int
    starts: int
    acks: int
    company: CompanyExtent
    day: CompanyExtent
    before: Path | None = None


FULL = Scale(
    rounds=7,
    filings=1200,
    approvals=60,
    expiries=10_000,
    others=500_000,
    reveals=100_000,
    items=200_000,
    old=1_000_000,
    fresh=500,
    starts=25,
    acks=12,
    company=CompanyExtent(minutes=20, rate=58, workspaces=20, together=True),
    day=CompanyExtent(minutes=10, rate=40, workspaces=1, every=1_000_000, questions=0),
)
QUICK = Scale(
    rounds=2,
    filings=320,
    approvals=10,
    expiries=500,
    others=10_000,
    reveals=5_000,
    items=5_000,
    old=20_000,
    fresh=100,
    starts=5,
    acks=4,
    company=CompanyExtent(minutes=1.5, rate=2.5, workspaces=2, every=40),
    day=CompanyExtent(minutes=2.5, rate=10, workspaces=1, every=1_000_000, questions=0),
)
