"""Why Slack refused a call, by its code: the one table of who can mend it, and whether waiting does.

Source: the errors of https://docs.slack.dev/reference/methods/chat.postEphemeral, `chat.postMessage`,
`chat.update` and `conversations.open`. What passes by itself (`ratelimited`, `service_unavailable`) never
comes here as a refusal: the adapter calls it a delay.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """What a refusal is about; `UNKNOWN` for a code that is in no list here, or that waiting may mend."""

    CONTENT = "content"
    GONE = "gone"
    MESSAGES_TAB = "messages_tab"
    PERSON = "person"
    PLACE = "place"
    FORBIDDEN = "forbidden"
    APP = "app"
    UNKNOWN = "unknown"


_CODES: Final[dict[Cause, Collection[str]]] = {
    # What was sent: the same again is refused again.
    Cause.CONTENT: (
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "markdown_text_conflict",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    ),
    # One message, which cannot be changed any more.
    Cause.GONE: ("block_mismatch", "cant_update_message", "edit_window_closed", "message_not_found"),
    # The app's Messages tab is off: nobody gets direct messages of it.
    Cause.MESSAGES_TAB: ("messages_tab_disabled",),
    # One person, to whom no app can write.
    Cause.PERSON: (
        "cannot_dm_bot",
        "invalid_user_combination",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
    ),
    # The conversation, which is closed to the app or to the person.
    Cause.PLACE: (
        "channel_is_limited_access",
        "channel_not_found",
        "is_archived",
        "is_inactive",
        "method_not_supported_for_channel_type",
        "not_in_channel",
        "user_not_in_channel",
    ),
    # A rule of the workspace or of its organisation.
    Cause.FORBIDDEN: (
        "ekm_access_denied",
        "message_limit_exceeded",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
    ),
    # The app's installation: its token, its scopes, the machine's address.
    Cause.APP: (
        "access_denied",
        "accesslimited",
        "account_inactive",
        "enterprise_is_restricted",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "team_not_found",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    ),
}
_CAUSES: Final = {code: cause for cause, codes in _CODES.items() for code in codes}


def cause_of(code: str) -> Cause:
    """What a refusal with this code is about."""
    return _CAUSES.get(code, Cause.UNKNOWN)


def codes_of(causes: Iterable[Cause]) -> frozenset[str]:
    """Every code with one of these causes."""
    return frozenset(code for cause in causes for code in _CODES[cause])


GONE: Final = codes_of({Cause.GONE, Cause.CONTENT})
"""Codes that say that a message cannot be drawn again: it is posted anew."""
UNREACHABLE: Final = codes_of({Cause.PERSON, Cause.MESSAGES_TAB})
"""Codes that say that nobody can be reached there any more: the message counts as drawn."""
