"""Why something was refused: a value, never an exception. What is said about it stands in `words`."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why not. The value stands in `access.refused` events and is stable."""

    # who
    NOT_FOUND = "person_not_found"
    OTHER_WORKSPACE = "other_workspace"
    DEACTIVATED = "deactivated"
    BOT = "bot"
    GUEST = "guest"
    LOCKED = "locked"
    NO_SECURITY = "no_security"
    NOT_SECURITY = "not_security"
    PERSONS_ONLY = "persons_only"
    SELF_APPROVAL = "self_approval"
    NOT_APPROVER = "not_approver"
    NOT_YOURS = "not_yours"
    # what was asked
    UNKNOWN_VARIABLE = "unknown_variable"
    UNKNOWN_SET = "unknown_set"
    TOO_MANY_VARIABLES = "too_many_variables"
    NO_RULE = "no_rule"
    NOT_REQUESTER = "not_requester"
    NO_EMERGENCY = "no_emergency"
    NOT_TOGETHER = "not_together"
    TOO_LONG = "too_long"
    REASON_SHORT = "reason_too_short"
    REASON_PATTERN = "reason_pattern"
    OUT_OF_HOURS = "out_of_hours"
    TOO_MANY_OPEN = "too_many_open"
    COOL_DOWN = "cool_down"
    DELIVERY = "delivery"
    ONCE_WHOLE = "once_whole"
    NOT_WIDER = "not_wider"
    NOT_EXTENDABLE = "not_extendable"
    NO_APPROVERS = "no_approvers"
    NO_REVIEWERS = "no_reviewers"
    APPROVERS_UNREACHABLE = "approvers_unreachable"
    STORE_FULL = "store_full"
    SLOW_DOWN = "slow_down"
    TOO_MANY_PRESSES = "too_many_presses"
    TOO_MANY_PENDING = "too_many_pending"
    TOO_MANY_FILED = "too_many_filed"
    TOO_MANY_EMERGENCIES = "too_many_emergencies"
    # what it was asked of
    UNKNOWN_ID = "unknown_id"
    NOT_PENDING = "not_pending"
    REMADE = "variable_remade"
    EXTENDS_ENDED = "extends_ended"
    NOT_YOUR_STEP = "not_your_step"
    ALREADY_COUNTED = "already_counted"
    POLICY_CHANGED = "policy_changed"
    MOVED_ON = "moved_on"
    NOT_BEGUN = "not_begun"
    NO_REVIEW = "no_review"
    OWN_REVIEW = "own_review"
    NOT_REVIEWER = "not_reviewer"
    ALERT_UNKNOWN = "alert_unknown"
    ALERT_JUDGED = "alert_judged"
    OWN_ALERT = "own_alert"
    NOT_ALERT_JUDGE = "not_alert_judge"
    QUESTIONS = "too_many_questions"
    NO_QUESTION = "no_question"
    DUTY_TOO_LONG = "duty_too_long"
    NOT_DELEGATE = "not_delegate"
    NO_GRANT = "no_grant"
    NOT_LOCKED = "not_locked"
    ENDED = "grant_ended"
    OTHER_OPERATION = "other_operation"
    TAP = "tap"
    TAP_REFUSED = "tap_refused"
    TAP_LAPSED = "tap_lapsed"
    # access reviews
    NOT_REVIEW_SECURITY = "not_review_security"
    NOT_ACCESS_REVIEWER = "not_access_reviewer"
    OWN_ACCESS = "own_access"
    HOST_KEEPS = "host_keeps"
    NO_ACCESS_REVIEW = "no_access_review"
    ACCESS_REVIEW_OPEN = "access_review_open"
    ACCESS_REVIEW_OVER = "access_review_over"
    NO_REVIEW_SCOPE = "no_review_scope"
    NO_REVIEW_ITEMS = "no_review_items"
    TOO_MANY_ITEMS = "too_many_review_items"
    REVIEW_TIME = "review_time"
    REVIEW_ITEM = "review_item"
    NOT_REDUCIBLE = "not_reducible"
    REVIEWER_UNFIT = "reviewer_unfit"
    # agents of people
    AGENT_UNKNOWN = "agent_unknown"
    AGENT_NOT_YOURS = "agent_not_yours"
    AGENT_OVER = "agent_over"
    TOO_MANY_AGENTS = "too_many_agents"
    PROPOSAL_UNKNOWN = "proposal_unknown"
    PROPOSAL_NOT_YOURS = "proposal_not_yours"
    PROPOSAL_OVER = "proposal_over"
    TOO_MANY_PROPOSALS = "too_many_proposals"
    NOT_FOR_AGENTS = "not_for_agents"
    NO_SERVICE = "no_service"
    AGENTS_ONLY = "agents_only"
    # values that owners set
    NOT_OWNER = "not_owner"
    SEEN_NOT_YOURS = "seen_not_yours"
    NOT_ROTATION_OWNER = "not_rotation_owner"
    ROTATION_UNKNOWN = "rotation_unknown"
    ROTATION_OVER = "rotation_over"
    ROTATION_UNCHANGED = "rotation_unchanged"
    ROTATION_UNREAD = "rotation_unread"
    ROTATION_LEASED = "rotation_leased"
    NO_VALUE = "no_value"
    VALUE_EXISTS = "value_exists"
    KEPT_ELSEWHERE = "kept_elsewhere"
    # who is signed in
    NO_API = "no_api"
    LOGIN_SHOWN = "login_shown"
    LOGIN_CODE = "login_code"
    LOGIN_UNKNOWN = "login_unknown"
    LOGIN_NOT_YOURS = "login_not_yours"
    LOGIN_OVER = "login_over"
    TOO_MANY_SESSIONS = "too_many_sessions"
    SESSION_UNKNOWN = "session_unknown"
    TOKEN_USED = "token_used"  # noqa: S105 - a reason, not a secret
    TOO_MANY_OF_MACHINE = "too_many_of_machine"
    TOO_MANY_RUNS = "too_many_machine_sessions"
    NO_SESSION = "no_session"
    BAD_PROOF = "bad_proof"
    USE_NONCE = "use_nonce"
    PROOF_USED = "proof_used"
    IDEMPOTENCY_BODY = "idempotency_body"
    # pipelines and agents
    NO_PROGRAM = "no_program"
    NO_MACHINE = "no_machine"
    MACHINE_CHANGED = "machine_changed"
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - a reason, not a secret
    TOKEN_KEY_UNKNOWN = "token_key_unknown"  # noqa: S105 - a reason, not a secret
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a reason, not a secret
    ISSUER_AWAY = "issuer_away"
    ACTOR_UNKNOWN = "actor_unknown"
    RESTARTED = "run_restarted"
    # faults
    DM_SLOW = "dm_slow"
    DM_REFUSED = "dm_refused"
    NOT_CHECKED = "not_checked"
    DIRECTORY_REFUSED = "directory_refused"
    GROUP_REFUSED = "group_refused"
    STORE_DOWN = "store_down"
    STORE_UNCERTAIN = "store_uncertain"
    STORE_UNCONFIRMED = "store_unconfirmed"
    RECORD_REFUSED = "record_refused"
    SEAL_BROKEN = "seal_broken"
    CLOCK_OFF = "clock_off"


AUDITED = frozenset(
    {
        Reason.NOT_FOUND,
        Reason.OTHER_WORKSPACE,
        Reason.DEACTIVATED,
        Reason.BOT,
        Reason.GUEST,
        Reason.LOCKED,
        Reason.NO_SECURITY,
        Reason.NOT_SECURITY,
        Reason.PERSONS_ONLY,
        Reason.SELF_APPROVAL,
        Reason.NOT_APPROVER,
        Reason.NOT_YOURS,
        Reason.UNKNOWN_VARIABLE,
        Reason.UNKNOWN_SET,
        Reason.NO_RULE,
        Reason.NOT_REQUESTER,
        Reason.NO_EMERGENCY,
        Reason.TOO_LONG,
        Reason.REASON_PATTERN,
        Reason.OUT_OF_HOURS,
        Reason.TOO_MANY_OPEN,
        Reason.COOL_DOWN,
        Reason.TOO_MANY_PENDING,
        Reason.TOO_MANY_FILED,
        Reason.TOO_MANY_EMERGENCIES,
        Reason.DELIVERY,
        Reason.ONCE_WHOLE,
        Reason.NOT_WIDER,
        Reason.EXTENDS_ENDED,
        Reason.NOT_YOUR_STEP,
        Reason.ALREADY_COUNTED,
        Reason.POLICY_CHANGED,
        Reason.REMADE,
        Reason.OWN_REVIEW,
        Reason.NOT_REVIEWER,
        Reason.NOT_REVIEW_SECURITY,
        Reason.NOT_ACCESS_REVIEWER,
        Reason.OWN_ACCESS,
        Reason.HOST_KEEPS,
        Reason.REVIEW_ITEM,
        Reason.ALERT_UNKNOWN,
        Reason.OWN_ALERT,
        Reason.NOT_ALERT_JUDGE,
        Reason.NOT_DELEGATE,
        Reason.AGENT_UNKNOWN,
        Reason.AGENT_NOT_YOURS,
        Reason.TOO_MANY_AGENTS,
        Reason.PROPOSAL_UNKNOWN,
        Reason.PROPOSAL_NOT_YOURS,
        Reason.TOO_MANY_PROPOSALS,
        Reason.NOT_FOR_AGENTS,
        Reason.NO_SERVICE,
        Reason.NOT_OWNER,
        Reason.SEEN_NOT_YOURS,
        Reason.NOT_ROTATION_OWNER,
        Reason.ROTATION_UNKNOWN,
        Reason.ROTATION_UNCHANGED,
        Reason.ROTATION_LEASED,
        Reason.NO_APPROVERS,
        Reason.NO_REVIEWERS,
        Reason.APPROVERS_UNREACHABLE,
        Reason.UNKNOWN_ID,
        Reason.NO_GRANT,
        Reason.ENDED,
        Reason.LOGIN_UNKNOWN,
        Reason.LOGIN_NOT_YOURS,
        Reason.SESSION_UNKNOWN,
        Reason.TOO_MANY_SESSIONS,
        Reason.TOKEN_USED,
        Reason.TOO_MANY_OF_MACHINE,
        Reason.TOO_MANY_RUNS,
        Reason.NO_MACHINE,
        Reason.NO_PROGRAM,
        Reason.TOKEN_REFUSED,
        Reason.ACTOR_UNKNOWN,
        Reason.RESTARTED,
    }
)
"""Refusals that the security team reads; a lost race, a fault and a grammar error are none."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused attempt.

    Attributes:
        reason: why.
        request: the id of the request concerned, if there is one.
        state: that request's or grant's state where the reason is about it.
        by: who decided or ended it, where a race was lost.
        at: when, milliseconds since the epoch (Redis time); 0 when it does not matter.
        names: variables (labels or canonical) or sets (`@shop`) that the reason is about.
        limit: seconds, characters or how many, where a limit was passed.
        hint: what the policy asks for, or why somebody locked, in people's words; why access ended, as
            records say it; of an unknown set, the name of the one that is most like it.
        target: who or what is locked, as text (`domain.lock`); of an unknown variable, the sets that it was
            asked for by.
    """

    reason: Reason
    request: str = ""
    state: str = ""
    by: str = ""
    at: int = 0
    names: tuple[str, ...] = ()
    limit: int = 0
    hint: str = ""
    target: str = ""
