"""Every key and every TTL, in one place. The scripts get these names from here (`lua_tables`).

All keys of a workspace share one hash tag, `envaccess:{T0ACME}:...`, so that a script touches one slot of
a Redis Cluster. A key's name contains the word of what it holds.
"""

import json
from collections.abc import Mapping
from typing import Final

from envaccess.domain.approval_progress import Review
from envaccess.domain.broker_calls import CALLS_MAX
from envaccess.domain.catalogue import SEALED
from envaccess.domain.clock_guard import BEHIND_EVENTS
from envaccess.domain.leases import LeaseState
from envaccess.domain.limits import (
    COMMANDS_PER_MINUTE,
    EMERGENCIES_PER_HOUR,
    FILED_PER_DAY,
    MACHINE_FILED_PER_DAY,
    MACHINE_PENDING_MAX,
    PENDING_MAX,
    PRESSES_PER_MINUTE,
    REPORTS_PER_MINUTE,
    SEARCHES_PER_MINUTE,
    Act,
)
from envaccess.domain.policy import pinned_v1
from envaccess.domain.policy.rules import LONGEST, PER_RUN
from envaccess.domain.principal import PROGRAMS
from envaccess.domain.proposal import ProposalState
from envaccess.domain.request import (
    GRANT_TABLE,
    REQUEST_TABLE,
    WARN_LEAST,
    WARN_MOST,
    WARN_PART,
    GrantState,
    State,
)
from envaccess.domain.retention import MOST_DAYS, RETENTION
from envaccess.domain.seals.walk import FROM_REDIS
from envaccess.domain.session import HOST_DAYS, NONCE_SECONDS, SESSION_SECONDS, LoginState
from envaccess.domain.signals.baseline import DENIED_MAX, DENIED_NAMES
from envaccess.domain.tap import TAP_SECONDS
from envaccess.store import installation_kinds
from envaccess.store.archive_kinds import ARCHIVE_SINGLES
from envaccess.store.lease_limits import LEASE
from envaccess.store.ledger_kinds import LEDGER_KINDS, LEDGER_SINGLES

SCHEMA = 2
"""How the record of a request is written; 1 where it does not say; a greater one is a later version's."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

KINDS = {
    # hash: a request's short fields, small enough to stay a listpack
    "request": "request:",
    # hash: what people typed and the pinned ruling; long text would unpack the hash above
    "text": "request-text:",
    # string: the right itself; it lives exactly as long as its TTL
    "grant": "grant:",
    # zset: the requests of a person or a run in 30 days, or of all runs of a machine in one day, by creation
    "asked": "person-requests:",
    # hash: what is usual for a person, a machine or somebody's agents; what was denied them; a mark
    "baseline": "person-request-baseline:",
    # hash: variables -> the request that is pending for them
    "pending": "person-pending-requests:",
    # zset: live grants of a person or program, of all runs of a machine, or with a person behind, by expiry
    "held": "person-grants:",
    # zset: the live grants over a variable, by expiry
    "shared": "variable-grants:",
    # zset: automatic approvals under a rule of a person, a run, a machine or somebody's agents, by when
    "automatic": "person-automatic-grants:",
    # hash: what a source makes for one use: its seal, how it stands; kept until that is confirmed gone
    "source_lease": "source-lease:",
    # zset: what one source makes that is not confirmed gone, by when to ask it next
    "leases_at": "source-leases:",
    # zset: requests with such leases: of a person or program, with a person behind, or of a variable, by end
    "leased": "leased-grants:",
    # string: what an operation came to
    "outcome": "outcome:",
    # hash: a variable that exists: source, owner, incarnation, version, times
    "catalogue": "catalogue:",
    # hash: a sealed value, its version and its master key
    "secret": "secret:",
    # string: the last lock on a person or a variable; a use on its way is not given back after it
    "barred": "last-lock:",
    # string: refused attempts of this minute beyond the first
    "refused": "refused-count:",
    # zset: a person's emergencies of a day, by creation
    "raised": "person-emergency-requests:",
    # hash: a host that values of a person went to -> the seal that says so
    "hosts": "person-release-hosts:",
    # zset: the newest ends of access, and denials, of a person for a variable, by when
    "over": "person-ended-grants:",
    # string: what somebody did in this minute, by kind (`COUNTED`); or whether an operation was one too many
    "commands": "command-count:",
    # string: the pages of a Home tab that somebody looks at
    "pages": "home-pages:",
    # string: an answer of Slack
    "cache": "directory-cache:",
    # hash: a login, and the session that it becomes: its seals, and how it stands
    "session": "session:",
    # string: the look-up part of a login's code -> that login
    "login_code": "login-code:",
    # string: the digest of a token -> its session; it lives exactly as long as its TTL, which slides
    "session_token": "session-token:",
    # zset: sessions of a person or program, or of all runs of a machine, by their latest end
    "signed_in": "person-sessions:",
    # zset: sessions of a person's agents, and of pipelines that they started, by their latest end
    "agents": "person-agent-sessions:",
    # string: what may be exchanged by one key only: a pipeline's token, or a pod -> that key
    "pipeline_token": "session-pipeline-token:",
    # hash: what an agent wants to ask for: its seal, and how it stands
    "proposal": "request-proposal:",
    # zset: the proposals of an agent that wait, by until when
    "proposals": "agent-request-proposals:",
    # hash: calls of an agent's brokers in this minute: which -> how often more than is written down
    "calls": "session-broker-calls:",
    # string: a proof of a session's key that was used -> by which call
    "session_jti": "session-jti:",
    # string: the digest of a body that came under an operation's key
    "idempotency": "idempotency:",
    # hash: an access review: its seals, and how it stands
    "access_review": "access-review:",
    # hash: the number of an item of it -> the item, as it stood when the review started
    "review_items": "access-review-items:",
    # hash: the number of an item -> what somebody said about it: the seal, and the reason with its salt
    "judgements": "access-review-judgements:",
    # hash: events of a day, by their ids -> what somebody typed, with its salt
    "typed": "audit-text:",
    # hash: an alert: its seals, and how it stands
    "alert": "alert:",
    "rotation": "rotation:",  # hash: its seal, how it stands, and ciphertexts of what is to be published
    "rotated": "variable-rotations:",  # hash: mark of a seen value -> its rotation, and its end
    # hash: of a person or machine: what was unusual lately, and what is usual besides requests
    "followed": "person-signals:",
    **installation_kinds.KINDS,
    **LEDGER_KINDS,
}
"""Kinds of keys that take an id."""

SINGLES = {
    # stream: every event
    "audit": "audit",
    # string: the event that told the last loss of the stream, for a minute
    "gap": "audit-gap",
    # integer: how many events were ever written, which is the next one's number
    "event_number": "audit-number",
    # zset: the pending requests, by creation
    "undecided": "requests-pending",
    # zset: emergencies whose review is open, by creation
    "reviews": "emergency-reviews",
    # zset: access reviews, by when they started
    "access_reviews": "access-reviews",
    # zset: `giver:taker` of an approver's duty, by until when
    "delegations": "delegations",
    # hash: `person:ID` or `variable:NAME` that is locked -> by whom, when, why
    "locks": "locks",
    # zset: who opened their Home tab lately, by when
    "homes": "homes",
    # zset: what time will bring about, `kind:id` by when
    "deadlines": "deadlines",
    # zset: alerts that nobody has closed, by when they were raised
    "alerts": "alerts-open",
    # zset: alerts whose messages are to be drawn again, by when to look at them
    "alert_cards": "alert-dirty",
    "rotations": "rotations-open",  # zset: those that are not over, by when to look at them
    "rotation_cards": "rotation-dirty",  # zset: those whose messages are to be drawn again, by when
    # string: since when anybody looks for what is unusual
    "watched": "signals-since",
    # zset: requests to be drawn again, by when to look at them
    "dirty": "request-dirty",
    # zset: logins and sessions whose messages are to be drawn again, by when to look at them
    "session_cards": "session-dirty",
    # zset: proposals whose messages are to be drawn again, by when to look at them
    "proposal_cards": "proposal-request-dirty",
    # zset: those of them that need a new message in the approvers channel, by whose turn it is
    "postings": "request-postings",
    # zset: those that need something else, by whose turn it is
    "drawings": "request-drawings",
    # hash: the last turn of each person in a queue, and the turn that was last drawn
    "turns": "request-turns",
    # zset, all scores 0: the index of the catalogue
    "names": "secret-names",
    # hash: the last version of each variable ever; outlives deletion, so that no version comes twice
    "versions": "secret-versions",
    # hash: id of a key that seals -> that key, wrapped by a master key
    "seal_keys": "seal-keys",
    # hash: `fork:NUMBER` of the tree over the events -> its head; `current`, the fork that grows
    "tree": "audit-tree",
    # hash: `FORK/LEVEL/INDEX` of a tile of it -> its hashes
    "tree_tiles": "audit-tree-tiles",
    # hash: the first day of a week -> whether its digest is posted, or how often it was tried
    "digests": "audit-digests",
    # hash: keys that sign heads of it, by number, each wrapped by a master key; how others check each
    "log_keys": "audit-tree-keys",
    # hash: `giver:taker` of an approver's duty -> its seal
    "duty_seals": "delegation-seals",
    # string: which process draws
    "lease": "relay-lease",
    # hash: a process that serves -> when it last said so, and what it is
    "replicas": "relay-replicas",
    # hash: sources that have made something which is not confirmed gone -> 1
    "leasing": "lease-sources",
    # hash: followers of the stream -> the last event that each has
    "cursors": "stream-cursors",
    # string: the cursor of `lines` as 0.1.0 kept it: read until `cursors` has it, written no more
    "cursor": "relay-cursor",
    # integer: how the store as a whole is laid out; 0 where it does not say
    "epoch": "store-epoch",
    # string: the seal that says so; without it the next start upgrades the store (again)
    "epoch_seal": "store-epoch-seal",
    **LEDGER_SINGLES,
    **installation_kinds.SINGLES,
    **ARCHIVE_SINGLES,
    # string: which restore is under way, or did not finish; nothing is served while it is there
    "restoring": "restore-under-way",
}
"""Keys of which a workspace has one."""

NAMES = {**KINDS, **SINGLES}

LEFT_OUT = {
    "grant": "no access comes back with a restore",
    "pending": "a restore ends what waits",
    "undecided": "a restore ends what waits",
    "held": "a restore ends what lives",
    "shared": "a restore ends what lives",
    "hosts": "after a restore each host is a new one, and its person is told",
    "outcome": "operations are repeated within the hour, or never",
    "refused": "a count of this minute",
    "calls": "counts of this minute",
    "commands": "a count of this minute",
    "pages": "what somebody looks at now",
    "homes": "what somebody looks at now",
    "cache": "an answer of Slack, seconds old",
    "postings": "made anew of what is dirty",
    "drawings": "made anew of what is dirty",
    "turns": "made anew of what is dirty",
    "lease": "of a process that runs now",
    "replicas": "of processes that run now",
    "session": "nobody is signed in by a restore",
    "login_code": "nobody is signed in by a restore",
    "session_token": "nobody is signed in by a restore",
    "signed_in": "nobody is signed in by a restore",
    "agents": "nobody is signed in by a restore",
    "session_cards": "nobody is signed in by a restore",
    "proposal": "no agent lives through a restore",
    "proposals": "no agent lives through a restore",
    "proposal_cards": "no agent lives through a restore",
    "pipeline_token": "a pipeline's token is over within the hour, or soon after",
    "session_jti": "of sessions, minutes old",
    "idempotency": "operations are repeated within the hour, or never",
    "restoring": "of a restore that runs now",
    **installation_kinds.LEFT_OUT,
    "gap": "of a loss that processes find now",
}
"""Kinds of keys that no backup holds, and why. Every other key is in it, of whatever version it is."""

CANARY = "never-written"
"""A key that never exists: every script asks for it first (`script_text`)."""

TTLS = {
    "outcome": HOUR,  # Slack repeats a delivery for minutes, a person for a few more
    "repeat": 5 * MINUTE,  # of what is only counted: nothing that changes something relies on it
    "records": RETENTION * SECOND,  # from the last change; as long as the audit stream, if not told otherwise
    "unseen": DAY,  # a request that was withdrawn before anybody saw it: its events tell of it
    "over": LONGEST * SECOND,  # the longest pause that a policy may ask for
    "run": 35 * DAY,  # as long as any platform lets one run take
    "baseline": 400 * DAY,  # from the last request or denial: longer than the rules remember anything
    "asked": 30 * DAY,  # the window that approvers are told about
    "hosts": HOST_DAYS * DAY,  # from the last release to one of them
    "followed": 100 * DAY,  # from the last event that is looked at: longer than somebody is silent
    "typed": 2 * DAY,  # more than the audit stream, from the first event of its day
    "minute": MINUTE,
    "hour": HOUR,
    "day": DAY,
    "lease": 10 * SECOND,
    "replicas": MINUTE,  # some times as long as a process is silent between two words
    "session": (SESSION_SECONDS + 24 * 3_600) * SECOND,  # a day longer than any session
    "session_jti": 2 * NONCE_SECONDS * SECOND,  # longer than the nonce in a proof is taken
    "pipeline_token": 10 * MINUTE,  # from its end: longer than an issuer's clock may differ from ours
    **installation_kinds.TTLS,
    "unknown": 10 * SECOND,  # how long a deadline that this version does not know is put aside
}
"""Lifetimes in milliseconds. Grants have their own: the duration that was approved."""

DEADLINES = {
    "time_out": "request",  # nobody decided
    "step": "request",  # nobody passed this step
    "remind": "request",
    "start": "request",  # access begins at an hour
    "lapse": "request",  # access that was not used
    "expire": "request",
    "warn": "request",
    "tap": "request",  # a press that is waited for
    "redraw": "request",  # releases to terminals that were not drawn one by one
    "review": "request",  # of an emergency, asked for again
    "count": "attempts",  # refused attempts of a minute, `actor:reason`
    "return": "duty",  # of an approver, `giver:taker`
    "proposal": "proposal",  # of an agent, which nobody answered
    "session": "session",  # a login that nobody answered, or a session, looked at again
    "calls": "agent",  # whose brokers' calls of a minute are counted
    "run": "run",  # whose session ended: what it asked for is withdrawn with the last one
    "lock": "lock",  # one that has grants left to end, by its target
    "access_review": "access_review",  # its reviewers are reminded
    "lease": "source_lease",  # what a source made, whose time is over, or which does not end
}
"""Kinds of deadlines, and what the id behind each is of. One that is not here is another version's."""

COUNTED = {
    Act.COMMAND: {"": COMMANDS_PER_MINUTE},
    Act.PRESS: {"press:": PRESSES_PER_MINUTE},
    Act.SEARCH: {"search:": SEARCHES_PER_MINUTE},
    Act.ENDING: {"": 0, "press:": PRESSES_PER_MINUTE},
    Act.REPORT: {"report:": REPORTS_PER_MINUTE},
}
"""What stands before the person where each act is counted, and how many there may be; 0: any number."""
MOST = {
    "pending": PENDING_MAX,
    "filed": FILED_PER_DAY,
    "machine_pending": MACHINE_PENDING_MAX,
    "machine_filed": MACHINE_FILED_PER_DAY,
    "emergencies": EMERGENCIES_PER_HOUR,
    "calls": CALLS_MAX,
    "denied": DENIED_MAX,
    "denied_names": DENIED_NAMES,
    "install_pages": installation_kinds.PAGES_MOST,
}
LOCK_AT_ONCE = 500
"""Grants that a lock ends in one step; what is left gives no value, and is ended in further steps."""
RELISTED_AT_ONCE = 500
"""Lists of people that are changed in one step where a value became current, or is so no longer."""
REVIEW_MOST = 24 * 3_600
"""Seconds between two reminders of an open review, at most."""
_PINNED_V1: Final = json.dumps(
    {
        "ruling": dict(pinned_v1.RULING),
        "step": dict(pinned_v1.STEP),
        "emergency": dict(pinned_v1.EMERGENCY),
    }
)
"""What a ruling of schema 1 leaves out, for the scripts."""
LONGEST_KEPT = MOST_DAYS
"""Days for which events are kept at most."""
AUDIT_RETENTION = RETENTION * SECOND
"""How long events are kept in milliseconds, where no setting says otherwise."""

EPOCH = 1
"""How this version lays out a store; a store of a greater epoch is a later version's."""


def prefix(workspace: str) -> str:
    """What every key of a workspace begins with."""
    return f"envaccess:{{{workspace}}}:"


def lua_tables() -> Mapping[str, Mapping[str, str | int] | str | int]:
    """The tables and numbers that the scripts share with this module and with `domain.request`."""
    return {
        "KEY": NAMES,
        "TTL": TTLS,
        "DEADLINE": DEADLINES,
        "SCHEMA": SCHEMA,
        "PROGRAM": dict.fromkeys(map(str, sorted(PROGRAMS)), 1),
        "FROM_REDIS": FROM_REDIS,
        "BEHIND_EVENTS": BEHIND_EVENTS,
        "STATE": dict.fromkeys(map(str, State), 1),
        "GRANT": dict.fromkeys(map(str, GrantState), 1),
        "PROPOSAL": dict.fromkeys(map(str, ProposalState), 1),
        "LOGIN": dict.fromkeys(map(str, LoginState), 1),
        "REVIEWED": dict.fromkeys(map(str, Review), 1),
        "REQUEST_NEXT": {f"{state}:{verb}": str(to) for (state, verb), to in REQUEST_TABLE.items()},
        "GRANT_NEXT": {f"{state}:{verb}": str(to) for (state, verb), to in GRANT_TABLE.items()},
        "LEASED": dict.fromkeys(map(str, LeaseState), 1),
        "LEASE": LEASE,
        "PER_RUN": PER_RUN,
        "MOST": MOST,
        "UNUSED": pinned_v1.USE_WITHIN,
        "PINNED_V1": _PINNED_V1,
        "TAP_SECONDS": TAP_SECONDS,
        "LOCK_AT_ONCE": LOCK_AT_ONCE,
        "RELISTED_AT_ONCE": RELISTED_AT_ONCE,
        "SEALED": SEALED,
        "WARN": {"least": WARN_LEAST, "most": WARN_MOST, "part": WARN_PART},
        "REVIEW_MOST": REVIEW_MOST,
        "LONGEST_KEPT": LONGEST_KEPT,
    }
