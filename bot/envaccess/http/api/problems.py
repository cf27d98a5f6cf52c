"""What goes wrong, as problems of RFC 9457: refusals of the verbs, and what is wrong with the HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from envaccess.domain.audit import read_person
from envaccess.domain.duration import parse_duration
from envaccess.domain.phrase import OnHost, Phrase, Quote, Slot, Typed, Who, plain
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.words import tell_apart
from envaccess.http.api.models import InputFault, ProblemInfo

_IN_TERMINALS: Final = frozenset({"status", "list", "cancel"})
"""Commands that a terminal has under the same names as Slack."""
_MINUTE: Final = 60
_SOON: Final = 2
_BAD, _FORBIDDEN = HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.FORBIDDEN
_ABSENT, _CONFLICT = HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
_OFTEN, _AWAY = HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE

_STATUS: Final[Mapping[HTTPStatus, frozenset[Reason]]] = {
    _ABSENT: frozenset(
        {
            Reason.UNKNOWN_ID,
            Reason.UNKNOWN_VARIABLE,
            Reason.UNKNOWN_SET,
            Reason.LOGIN_UNKNOWN,
            Reason.AGENT_UNKNOWN,
            Reason.PROPOSAL_UNKNOWN,
            Reason.NO_SERVICE,
        }
    ),
    _BAD: frozenset(
        {
            Reason.TOO_LONG,
            Reason.REASON_SHORT,
            Reason.REASON_PATTERN,
            Reason.NOT_TOGETHER,
            Reason.IDEMPOTENCY_BODY,
            Reason.TOO_MANY_VARIABLES,
            Reason.NO_VALUE,
            Reason.ONCE_WHOLE,
            Reason.TOKEN_INVALID,
        }
    ),
    _OFTEN: frozenset(
        {
            Reason.SLOW_DOWN,
            Reason.TOO_MANY_PRESSES,
            Reason.TOO_MANY_PENDING,
            Reason.TOO_MANY_FILED,
            Reason.TOO_MANY_EMERGENCIES,
            Reason.TOO_MANY_RUNS,
            Reason.TOO_MANY_AGENTS,
            Reason.TOO_MANY_PROPOSALS,
        }
    ),
    _AWAY: frozenset(
        {
            Reason.STORE_DOWN,
            Reason.STORE_UNCERTAIN,
            Reason.STORE_UNCONFIRMED,
            Reason.STORE_FULL,
            Reason.NOT_CHECKED,
            Reason.DIRECTORY_REFUSED,
            Reason.GROUP_REFUSED,
            Reason.APPROVERS_UNREACHABLE,
            Reason.CLOCK_OFF,
            Reason.ISSUER_AWAY,
            Reason.TOKEN_KEY_UNKNOWN,
        }
    ),
    _FORBIDDEN: frozenset(
        {
            Reason.NOT_FOUND,
            Reason.OTHER_WORKSPACE,
            Reason.DEACTIVATED,
            Reason.BOT,
            Reason.GUEST,
            Reason.LOCKED,
            Reason.PERSONS_ONLY,
            Reason.NOT_YOURS,
            Reason.AGENT_NOT_YOURS,
            Reason.PROPOSAL_NOT_YOURS,
            Reason.NOT_FOR_AGENTS,
            Reason.AGENTS_ONLY,
            Reason.NO_RULE,
            Reason.NOT_REQUESTER,
            Reason.OUT_OF_HOURS,
            Reason.DELIVERY,
            Reason.LOGIN_CODE,
            Reason.NOT_OWNER,
            Reason.SEEN_NOT_YOURS,
            Reason.TAP_REFUSED,
            Reason.NO_MACHINE,
            Reason.MACHINE_CHANGED,
            Reason.TOKEN_REFUSED,
            Reason.TOKEN_USED,
            Reason.ACTOR_UNKNOWN,
            Reason.RESTARTED,
        }
    ),
}
"""Which answer a refusal is; every other is a conflict with how things stand."""
_BY_REASON: Final = {reason: status for status, reasons in _STATUS.items() for reason in reasons}
_RETRY: Final[Mapping[Reason, int]] = {
    Reason.SLOW_DOWN: _MINUTE,
    Reason.TOO_MANY_PRESSES: _MINUTE,
    Reason.STORE_DOWN: _SOON,
    Reason.STORE_UNCERTAIN: _SOON,
    Reason.STORE_UNCONFIRMED: _SOON,
    Reason.NOT_CHECKED: _SOON,
    Reason.ISSUER_AWAY: _MINUTE,
    Reason.TOKEN_KEY_UNKNOWN: _MINUTE,
}


class HttpFault(StrEnum):
    """What is wrong with a request before any verb sees it, or with us."""

    NO_SUCH_PATH = "no_such_path"
    METHOD = "method_not_allowed"
    HOST = "wrong_host"
    ORIGIN = "foreign_origin"
    HEADERS_LARGE = "headers_too_large"
    BODY_LARGE = "body_too_large"
    BODY_LATE = "body_late"
    MEDIA_TYPE = "unsupported_media_type"
    BODY = "body_unreadable"
    INPUT = "input_invalid"
    NO_KEY = "idempotency_key_missing"
    BAD_KEY = "idempotency_key_invalid"
    NO_PROOF = "not_signed_in"
    FAILURES = "too_many_failures"
    RATE = "too_many_calls"
    POLLS = "too_many_polls"
    STARTING = "not_serving"
    OVERTAKEN = "overtaken"
    UNEXPECTED = "unexpected"


_FAULTS: Final[Mapping[HttpFault, tuple[int, str, str]]] = {
    HttpFault.NO_SUCH_PATH: (
        404,
        "There is nothing at this address.",
        "GET /v1/openapi.json lists what there is.",
    ),
    HttpFault.METHOD: (
        405,
        "This address does not take that method.",
        "The header Allow names those it takes.",
    ),
    HttpFault.HOST: (
        421,
        "This request is for another host.",
        "Use the URL that whoever runs envaccess names; a proxy on the way has to pass the header Host on.",
    ),
    HttpFault.ORIGIN: (403, "Web pages cannot use this API.", "Use the command envaccess."),
    HttpFault.HEADERS_LARGE: (431, "The headers are longer than 16 KB.", "Send fewer."),
    HttpFault.BODY_LARGE: (413, "The body is longer than 64 KB.", "Send less."),
    HttpFault.BODY_LATE: (408, "The body did not arrive in time.", "Send it again."),
    HttpFault.MEDIA_TYPE: (415, "The body must be JSON in UTF-8.", "Send Content-Type: application/json."),
    HttpFault.BODY: (400, "The body is no JSON object in UTF-8.", "GET /v1/openapi.json describes it."),
    HttpFault.INPUT: (
        422,
        "The input is not what this takes; nothing was done.",
        "GET /v1/openapi.json describes it.",
    ),
    HttpFault.NO_KEY: (
        400,
        "This needs the header Idempotency-Key, so that sending it twice does it once.",
        "Send a new random key with each thing that is to be done, and the same one when it is repeated.",
    ),
    HttpFault.BAD_KEY: (
        400,
        "Idempotency-Key must be 1 to 64 visible characters of ASCII.",
        "Send a random one.",
    ),
    HttpFault.NO_PROOF: (
        401,
        "You are not signed in.",
        "Type envaccess login; in Slack, /envaccess login gives the code.",
    ),
    HttpFault.FAILURES: (429, "Too many attempts from this address failed.", "Try again in a minute."),
    HttpFault.RATE: (429, "Too many calls within a minute.", "Try again in a minute."),
    HttpFault.POLLS: (429, "Too many calls of yours wait at once.", "End some, or wait in fewer."),
    HttpFault.STARTING: (503, "envaccess is starting or stopping.", "Try again in a moment."),
    HttpFault.OVERTAKEN: (
        503,
        "Somebody else set the same variable at the same moment, again and again; nothing was changed.",
        "Try again in a moment.",
    ),
    HttpFault.UNEXPECTED: (
        500,
        "Something unexpected happened.",
        "Please tell whoever runs envaccess; its log has more under this id.",
    ),
}
_FAULT_RETRY: Final[Mapping[HttpFault, int]] = {
    HttpFault.FAILURES: _MINUTE,
    HttpFault.RATE: _MINUTE,
    HttpFault.POLLS: _SOON,
    HttpFault.STARTING: 1,
    HttpFault.OVERTAKEN: _SOON,
}


@dataclass(frozen=True, slots=True)
class ApiProblem:
    """An answer that is none of what was asked for.

    Attributes:
        headers: besides those of every answer.
    """

    status: int
    reason: str
    detail: str
    hint: str = ""
    request: str = ""
    retry_in: int = 0
    errors: Sequence[InputFault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def info(self) -> ProblemInfo:
        """What is sent."""
        return ProblemInfo(
            type=f"urn:envaccess:refusal:{self.reason}",
            title=self.reason.replace("_", " ").capitalize(),
            status=self.status,
            detail=self.detail,
            hint=self.hint,
            reason=self.reason,
            request=self.request or None,
            retry_in=self.retry_in or None,
            errors=list(self.errors) or None,
        )


def fault_problem(fault: HttpFault) -> ApiProblem:
    """The problem of a fault of HTTP, or of ours."""
    status, detail, hint = _FAULTS[fault]
    return ApiProblem(status, fault, detail, hint, retry_in=_FAULT_RETRY.get(fault, 0))


def unexpected(error_id: str) -> ApiProblem:
    """An exception that nobody foresaw; it is in the log under this id."""
    problem = fault_problem(HttpFault.UNEXPECTED)
    return replace(problem, detail=f"Something unexpected happened (error {error_id}).")


def refusal_problem(refusal: Refusal, called: Mapping[str, str] | None = None) -> ApiProblem:
    """A refusal of a verb.

    Args:
        refusal: why not.
        called: what people are called, by their user id.
    """
    says, do = (plain(_name(phrase, called or {})) for phrase in tell_apart(refusal))
    status = _BY_REASON.get(refusal.reason, _CONFLICT)
    retry = _RETRY.get(refusal.reason, 0)
    return ApiProblem(status, refusal.reason, says, do, refusal.request, retry)


def people_in(refusal: Refusal) -> frozenset[str]:
    """The user ids of whom the refusal's words speak."""
    slots = [slot for phrase in tell_apart(refusal) for slot in phrase if isinstance(slot, Who)]
    return frozenset(read_person(slot.actor) for slot in slots) - {""}


def _name(phrase: Phrase, called: Mapping[str, str]) -> Phrase:
    """The phrase with people by their names, where these are known, and commands as a terminal has them."""

    def told(slot: str | Slot) -> str | Slot:
        if isinstance(slot, Who) and (person := read_person(slot.actor)) in called:
            return Quote(called[person])
        return OnHost(_command(slot.words)) if isinstance(slot, Typed) else slot

    return tuple(map(told, phrase))


def _command(words: str) -> str:
    """What is typed after `/envaccess`, as it is typed in a terminal; in Slack, where no terminal has it."""
    verb, *rest = words.split()
    if verb in _IN_TERMINALS:
        return f"envaccess {words}"
    return f"envaccess request {words}" if parse_duration("".join(rest)) else f"/envaccess {words}"
