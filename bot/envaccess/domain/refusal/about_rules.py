"""Refusals that are about what was asked: the policy's rules, and how much one person may have."""

from collections.abc import Callable, Mapping
from typing import Final

from envaccess.domain.limits import COMMANDS_PER_MINUTE, PRESSES_PER_MINUTE
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.policy.variable_sets import SET_LENGTH
from envaccess.domain.refusal.entry import Entry, Input, Place, Words, by_request
from envaccess.domain.refusal.reason import Reason, Refusal

_SLOWER: Final = {Place.FORM: "Slow down, please: nothing was done. Please send it again in a minute."}

_CHOOSE_AGAIN: Final = {Place.FORM: "One of these does not exist any more. Please choose again."}
_UNKNOWN: Final[Callable[[Refusal], Words]] = by_request(
    # Said to an approver, who cannot choose another name.
    some=Words(
        "There is no variable {if_names:{names}}{no_names:of that name} any more, so nothing was approved.",
        "Deny the request, or have the value stored again.",
        Input.VARIABLES,
        _CHOOSE_AGAIN,
    ),
    none=Words(
        "There is no variable {if_names:{names}}{no_names:of that name}, so nothing was done.",
        "{if_nearest:Did you mean {nearest}? }{type:list} shows what there is.",
        Input.VARIABLES,
        _CHOOSE_AGAIN,
    ),
)
_UNKNOWN_IN_SET: Final = Words(
    "{target_sets} names {names_all}, and there is no such variable, so nothing was filed for the whole set.",
    "Ask for others of it by their names, and tell whoever looks after the policy.",
    Input.VARIABLES,
    {Place.FORM: "This set names a variable that does not exist. Please choose others."},
)


def _unknown(refusal: Refusal) -> Words:
    return _UNKNOWN_IN_SET if refusal.target else _UNKNOWN(refusal)


_NOT_IN_SLACK: Final = "The policy does not show {names} in Slack. Nothing was revealed."
_NOT_AT_A_TERMINAL: Final = "The policy gives {names} to no terminal. Nothing was handed over."
_ITS_OWNER: Final = "Its owner knows where it is to be had."


def _delivery(refusal: Refusal) -> Words:
    """Where a value is to be had that may not leave here: the state is the way tried, the hint what else."""
    ways = refusal.hint.split(",")
    if refusal.state == DeliveryMode.CLI:
        shown = "Type {type:show {wanted}} in Slack to see it there."
        return Words(_NOT_AT_A_TERMINAL, shown if DeliveryMode.REVEAL in ways else _ITS_OWNER)
    run = "Use it in your terminal: {host:envaccess run -- COMMAND}."
    return Words(_NOT_IN_SLACK, run if DeliveryMode.CLI in ways else _ITS_OWNER)


RULES: Final[Mapping[Reason, Entry]] = {
    Reason.UNKNOWN_VARIABLE: _unknown,
    Reason.UNKNOWN_SET: Words(
        "The policy has no set {names}, so nothing was done.",
        "{if_hint:Did you mean {set_like}? }{type:list} shows what there is.",
        Input.VARIABLES,
        _CHOOSE_AGAIN | {Place.EXPLAIN: "the policy has no such set{if_hint:; did you mean {set_like}?}"},
    ),
    Reason.TOO_MANY_VARIABLES: Words(
        "That is too much for one request: with {names_all} it may have {limit} variables at most, whose "
        f"names have {SET_LENGTH:,} characters together.",
        "Nothing was filed; please ask for fewer at once.",
        Input.VARIABLES,
        {
            Place.FORM: "These are too many variables for one request. Please choose fewer sets.",
            Place.EXPLAIN: "they are too many variables for one request",
        },
    ),
    Reason.NO_RULE: Words(
        "No rule of the policy is about {names}, so nobody may ask for it. Nothing was filed.",
        "Whoever looks after the policy can add one.",
        elsewhere={Place.EXPLAIN: "no rule matches it"},
    ),
    Reason.NOT_REQUESTER: Words(
        "The policy does not let you have {names}, so nothing was done.",
        "Ask your team's lead who may, or whoever looks after the policy.",
        elsewhere={Place.EXPLAIN: "they are not among the rule's requesters"},
    ),
    Reason.NO_EMERGENCY: Words(
        "The policy has no emergency access to {names} for you. Nothing was done.",
        "Ask in the usual way: {type:NAME 1h} and why; the approvers are told at once.",
        elsewhere={Place.EXPLAIN: "the rule does not let them have it in an emergency"},
    ),
    Reason.NOT_TOGETHER: Words(
        "The policy's rules for {names_all} differ too much for one request.",
        "Nothing was filed; please ask for them one by one.",
        elsewhere={Place.EXPLAIN: "their rules differ too much for one request; ask for them one by one"},
    ),
    Reason.TOO_LONG: Words(
        "That is too long: the policy allows{if_length: at most {length}}{no_length: less}{if_hint:, "
        "{hint}}.",
        "Nothing was filed; please ask for a shorter time.",
        Input.DURATION,
        {
            Place.FORM: "The policy does not allow that long. Please choose a shorter time.",
            Place.EXPLAIN: "it is longer than the rule's maximum ({length_typed})",
        },
    ),
    Reason.REASON_SHORT: Words(
        "Please say a little more about why: the policy asks for at least {limit} characters for {names}. "
        "Nothing was filed.",
        elsewhere={Place.EXPLAIN: "the reason has too few characters ({limit} at least)"},
    ),
    Reason.REASON_PATTERN: Words(
        "The reason for {names} must name {hint}.",
        "Nothing was filed; please ask again with it.",
        elsewhere={Place.EXPLAIN: "the reason lacks what the rule asks for{if_hint: ({hint})}"},
    ),
    Reason.OUT_OF_HOURS: Words(
        "{names} may be asked for only in these hours: {hint}.",
        "Nothing was filed; please ask again then.",
        elsewhere={Place.EXPLAIN: "it is outside the rule's hours{if_hint: ({hint})}"},
    ),
    Reason.TOO_MANY_OPEN: Words(
        "You have as many requests and grants for {names} as the policy allows at once ({limit}). Nothing "
        "was filed.",
        "{type:status} shows them; end or withdraw one first.",
    ),
    Reason.COOL_DOWN: Words(
        "It is too early to ask for {names} again: the policy wants a pause until {when}. Nothing was filed.",
    ),
    Reason.DELIVERY: _delivery,
    Reason.ONCE_WHOLE: Words(
        "This access is for one use of all its variables together, so {names} cannot be had alone. Nothing "
        "was handed over.",
        "Please use all of them at once, in one command.",
    ),
    Reason.NOT_OWNER: Words(
        "Only the owners whom the policy names may set {names}. Nothing was changed.",
        "Whoever looks after the policy can name them, and whoever runs envaccess can set it on its host.",
    ),
    Reason.SEEN_NOT_YOURS: Words(
        "Only the owners whom the policy names, and its security people, may see who has seen {names}.",
        "Whoever looks after the policy can name them.",
    ),
    Reason.NO_VALUE: Words(
        "The value {hint_bare}; nothing was changed.", "Please look at where it comes from, and set it again."
    ),
    Reason.VALUE_EXISTS: Words(
        "{names} has a value already, so nothing was changed.", "To replace it, say so."
    ),
    Reason.KEPT_ELSEWHERE: Words(
        "The value of {names} is kept in {hint}, not in envaccess's own store. Nothing was changed.",
        "Please change it there: envaccess reads it anew each time.",
    ),
    Reason.NOT_WIDER: Words(
        "One can approve less than what is asked for, never more, and never nothing. Nothing was changed.",
    ),
    Reason.NOT_EXTENDABLE: Words(
        "Only live access can be extended, never a single reveal, and only while the policy gives it as it "
        "did. Nothing was filed.",
        "To ask anew, type {type:NAME 1h} and why.",
    ),
    Reason.DUTY_TOO_LONG: Words(
        "A duty can be handed over for 30 days at most.",
        "Nothing was changed; please name a shorter time.",
    ),
    Reason.SLOW_DOWN: Words(
        f"Slow down, please: that was more than {COMMANDS_PER_MINUTE} commands and forms in a minute.",
        "Nothing was done; try again in a minute.",
        elsewhere=_SLOWER,
    ),
    Reason.TOO_MANY_PRESSES: Words(
        f"Slow down, please: that was more than {PRESSES_PER_MINUTE} presses in a minute.",
        "Nothing was done; try again in a minute.",
        elsewhere=_SLOWER,
    ),
    Reason.TOO_MANY_PENDING: Words(
        "You have {limit} requests that wait for a decision, which is as many as one person may have. "
        "Nothing was filed.",
        "{type:status} shows them; withdraw one that you do not need, or wait for a decision.",
    ),
    Reason.TOO_MANY_FILED: Words(
        "You have filed {limit} requests within 24 hours, which is as many as one person may.",
        "Nothing was filed; you can ask again {when}. What is pending or live still works, and so does an "
        "emergency.",
    ),
    Reason.TOO_MANY_EMERGENCIES: Words(
        "You have used emergency access {limit} times within an hour, which is as often as one person may. "
        "Nothing was given; the next is possible {when}.",
        "Please ask in the ordinary way, or let a colleague raise it.",
    ),
    Reason.QUESTIONS: Words(
        "As many questions as a request may have were asked.",
        "Please approve or deny it, or write to its requester.",
    ),
}
