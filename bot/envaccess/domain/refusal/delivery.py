"""Why a value was not shown, in words, and what becomes of the use."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.outcome import Failure
from envaccess.domain.refusal.entry import Words
from envaccess.domain.refusal.reason import Refusal

_NO_WORD: Final = "Slack did not say whether your message with the value arrived."
_TWICE: Final = "Slack sent this press twice, and it was handled the first time."
_NOT_RETURNED: Final = "Nothing was shown: one part of envaccess does not answer."
_KEPT: Final = "Nothing was shown, and your access is as it was."
_NO_HELP: Final = f"{_KEPT} Pressing again will not help:"
_SPENT: Final = "access was for one reveal and is used."
_ONCE: Final = "To ask again, type {type:NAME once} and why you need it."

FAILURES: Final[Mapping[Failure, Words]] = {
    Failure.VALUE_MISSING: Words(
        f"A variable of this request has no value any more. {_KEPT}",
        "Ask whoever keeps the secrets to set it.",
    ),
    Failure.SOURCE_DOWN: Words(
        f"The place where the values are kept does not answer. {_KEPT}",
        "Please try again in a moment.",
    ),
    Failure.SOURCE_SLOW: Words(
        f"The place where this value is kept did not answer in time. {_KEPT}",
        "Please try again in a moment.",
    ),
    Failure.SOURCE_MISSING: Words(
        f"The place where this value is kept has no such secret. {_KEPT}",
        "Ask whoever keeps the secrets: it may have another name there.",
    ),
    Failure.SOURCE_DELETED: Words(
        f"This value was deleted where it is kept. {_KEPT}",
        "Ask whoever keeps the secrets to store a new one there.",
    ),
    Failure.SOURCE_DENIED: Words(
        f"The place where this value is kept does not let envaccess read it. {_KEPT}",
        "Whoever runs envaccess was told; trying again helps once they have mended it.",
    ),
    Failure.SOURCE_MALFORMED: Words(
        f"The place where this value is kept answered what envaccess cannot read. {_KEPT}",
        "Whoever runs envaccess was told; trying again helps once they have mended it.",
    ),
    Failure.MOVED: Words(
        f"This value is kept in another place than when you asked for it. {_KEPT}",
        "To ask again, type {type:NAME 1h} and why you need it.",
    ),
    Failure.LEASE_SHORT: Words(
        f"This access ends in a moment, so no login was made for it. {_KEPT}",
        "To ask again, type {type:NAME 1h} and why you need it.",
    ),
    Failure.LEASES_FULL: Words(
        f"Five logins were made for this access, and none is confirmed ended; there can be no more. {_KEPT}",
        "Use one of those that you were shown, or end this access and ask again.",
    ),
    Failure.SEALED: Words(
        f"The value could not be opened with the keys that envaccess has. {_KEPT}",
        "Please tell whoever runs envaccess.",
    ),
    Failure.SEAL_BROKEN: Words(
        f"What is stored of this request is not what people did. {_KEPT}",
        "Whoever runs envaccess was told; you can ask again.",
    ),
    Failure.TOO_LONG: Words(
        f"This is too long to be shown in Slack{{if_limit: (over {{limit_long}} characters)}}. {_KEPT}",
        "Ask whoever keeps the secrets for another way; if there are several variables, ask for them one by "
        "one.",
    ),
    Failure.ENDED: Words(
        "This access ended before the value was shown. Nothing was shown.",
        "To ask again, type {type:NAME 1h} and why you need it.",
    ),
    Failure.NOT_ALLOWED: Words(
        "You may not see this value any more, so nothing was shown.",
        "Ask your team's lead who may, or whoever looks after the policy.",
    ),
    Failure.NOT_CHECKED: Words(
        f"It could not be checked in time whether this access still lives. {_KEPT}",
        "Please press {press:Reveal} again in a moment.",
    ),
    Failure.NOT_WRITTEN_DOWN: Words(
        f"It could not be written down that you see this value, and without that it is not shown. {_KEPT}",
        "Please press {press:Reveal} again in a moment.",
    ),
    Failure.NOT_CONFIRMED: Words(
        f"Too few replicas of our store have it yet that you asked for this value. {_KEPT}",
        "Please press {press:Reveal} again in a moment.",
    ),
    Failure.SLACK_REFUSED: Words(
        f"Slack did not take the message with the value. {_KEPT}",
        "Please press {press:Reveal} again; if it stays so, tell whoever runs envaccess: its log has Slack's "
        "reason.",
    ),
    Failure.NOT_DRAWN: Words(
        f"Slack does not draw this value. {_NO_HELP}",
        "ask whoever keeps the secrets for another way, and tell whoever runs envaccess.",
    ),
    Failure.MESSAGES_TAB: Words(
        "Slack did not take the message with the value, because the {press:Messages} tab of envaccess is "
        f"switched off. {_NO_HELP}",
        "please tell whoever runs envaccess ({press:App Home} in the app's settings), or an admin of this "
        "workspace.",
    ),
    Failure.DM_CLOSED: Words(
        f"Slack does not let envaccess write to your direct messages with it. {_NO_HELP}",
        "please tell whoever runs envaccess, or an admin of this workspace.",
    ),
    Failure.FORBIDDEN: Words(
        f"A setting of this workspace forbids envaccess to write to your direct messages. {_NO_HELP}",
        "an admin of this workspace can allow it; please tell whoever runs envaccess.",
    ),
    Failure.APP_REFUSED: Words(
        f"Slack does not accept envaccess as it is installed in this workspace. {_NO_HELP}",
        "please tell whoever runs envaccess; {host:envaccess doctor} says what to mend.",
    ),
    Failure.UNKNOWN: Words(_NO_WORD, "If you do not see it, press {press:Reveal} again."),
    Failure.REPEATED: Words(_TWICE, "If you do not see the value, press {press:Reveal} again."),
    Failure.CLIENT_GONE: Words(f"Whoever asked for it had hung up. {_KEPT}"),
    Failure.NOT_RETURNED: Words(_NOT_RETURNED, "Please press {press:Reveal} again in a moment."),
}
SPENT: Final[Mapping[Failure, Words]] = {
    Failure.UNKNOWN: Words(f"{_NO_WORD} If you do not see it: this {_SPENT}", _ONCE),
    Failure.REPEATED: Words(f"{_TWICE} If you do not see it: this {_SPENT}", _ONCE),
    Failure.NOT_RETURNED: Words(f"{_NOT_RETURNED} This {_SPENT}", _ONCE),
}
"""The same where the only use is gone with it."""


def by_failure(refusal: Refusal) -> Words:
    """Words by the failure that the refusal's state names; closed direct messages where it names none."""
    known = refusal.state in set(Failure)
    return FAILURES[Failure(refusal.state) if known else Failure.DM_CLOSED]
