"""Refusals where something did not work: the store, the answers of Slack, the channel of the approvers."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.refusal.delivery import by_failure
from envaccess.domain.refusal.entry import Entry, Place, Words
from envaccess.domain.refusal.reason import Reason

_AGAIN: Final = "Please press or type it again."

FAULTS: Final[Mapping[Reason, Entry]] = {
    Reason.APPROVERS_UNREACHABLE: Words(
        "Nothing was filed: envaccess cannot rely on its approvers channel. It is out of reach, open to "
        "people who should not decide, or empty.",
        "Please tell whoever runs envaccess; {host:envaccess doctor} says how to mend it.",
    ),
    Reason.STORE_FULL: Words(
        "Nothing was filed: the store is nearly full, so it takes no new requests. Access that is live still "
        "works and can be ended.",
        "Please tell whoever runs envaccess.",
    ),
    Reason.NOT_CHECKED: Words(
        "Slack did not answer in time, so we could not check who you are.",
        "Nothing was done; please press or type it again.",
        elsewhere={Place.FORM: "Slack did not tell us in time who may do this. Please send it again."},
    ),
    Reason.OTHER_OPERATION: Words(
        "This arrived under the id of something else that you did before, so nothing was done.",
        _AGAIN,
    ),
    Reason.DIRECTORY_REFUSED: Words(
        "Slack refuses to tell envaccess who may do this{if_hint: ({hint_code})}. Nothing was done, and "
        "doing it again will not help:",
        "please tell whoever runs envaccess; {host:envaccess doctor} may say why.",
    ),
    Reason.GROUP_REFUSED: Words(
        "Who may do this is not known, because nobody can say who is in the user group "
        "{if_group:{group}}{no_group:one of the user groups}, which the policy names: "
        "{if_hint:{hint}}{no_hint:Slack refuses to say}{if_state: (Slack's code: {state})}. "
        "Nothing was done, and doing it again will not help:",
        "please tell whoever runs envaccess, or whoever looks after the policy.",
    ),
    Reason.RECORD_REFUSED: Words(
        "This version of envaccess cannot read the record of this request, so nothing can be done with it. "
        "Whoever runs envaccess was told.",
        "You can ask again, or ask them.",
    ),
    Reason.SEAL_BROKEN: Words(
        "What is stored of this request is not what people did, so nothing can be done with it. "
        "Whoever runs envaccess was told.",
        "You can ask again, or ask them.",
    ),
    Reason.CLOCK_OFF: Words(
        "The clocks of envaccess and of its Redis differ too much, so nothing was changed.",
        "Please tell whoever runs envaccess: both need their time from the same place.",
    ),
    Reason.DM_SLOW: Words(
        "Slack did not open your direct messages in time. Nothing was shown, and your access is as it was.",
        _AGAIN,
    ),
    Reason.DM_REFUSED: by_failure,
    Reason.STORE_DOWN: Words(
        "Our store does not answer just now, so nothing was done.",
        "Please try again in a moment.",
        elsewhere={
            Place.FORM: "Our store does not answer just now. Please send it again in a moment.",
        },
    ),
    Reason.STORE_UNCERTAIN: Words(
        "Our store did not answer in time, so this may or may not have happened.",
        "Check {type:status} or the request's message before you try again.",
        elsewhere={Place.FORM: "Our store did not answer in time. Please send it again: it counts once."},
    ),
    Reason.STORE_UNCONFIRMED: Words(
        "This is not confirmed yet: our store has it, and too few of its replicas do.",
        "Look at {type:status} or the request's message in a moment, and try again where it is not there.",
        elsewhere={
            Place.FORM: "Too few replicas of our store have it yet. Please send it again: it counts once."
        },
    ),
}
